"""An S3 server for tests: one-node OpenStack Swift with its S3 layer, as one child process on loopback.

Everything is kept: a server that was killed and started again serves the same objects at the same address.
"""

import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEY, SECRET = "test:tester", "testing"
BUCKET = "dataset"
KINDS = ("account", "container", "object", "proxy")

SERVER = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {root}
devices = {root}/devices
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
recon_cache_path = {root}
log_level = WARNING
log_udp_host = 127.0.0.1
log_udp_port = 9
conn_timeout = 10
node_timeout = 60
container_update_timeout = 60
"""

STORAGE = """
[pipeline:main]
pipeline = healthcheck {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
[filter:healthcheck]
use = egg:swift#healthcheck
"""

FILTERS = ("catch_errors", "gatekeeper", "healthcheck", "listing_formats", "bulk", "s3api", "tempauth", "slo")
SETTINGS = {
    "s3api": "location = us-east-1\ns3_acl = no\nallow_multipart_uploads = yes\n",
    "tempauth": f"user_{KEY.replace(':', '_')} = {SECRET} .admin\n",
}

PROXY = f"""
[pipeline:main]
pipeline = {" ".join(FILTERS)} proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
conn_timeout = 10
node_timeout = 60
recoverable_node_timeout = 60
error_suppression_interval = 1
error_suppression_limit = 1000000
"""

COMMON = """
[swift-hash]
swift_hash_path_prefix = test
swift_hash_path_suffix = test
[storage-policy:0]
name = Policy-0
default = yes
"""


RINGS = """
import sys
from swift.common.ring import RingBuilder
for kind, port in zip(sys.argv[1::2], map(int, sys.argv[2::2])):
    place = {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port}
    ring = RingBuilder(2, 1, 1)  # four partitions, one replica
    ring.add_dev({"region": 1, "zone": 1, "device": "disk", "weight": 1.0, **place})
    ring.rebalance()
    ring.get_ring().save(f"{kind}.ring.gz")
"""
"""Run in a process of its own: Swift brings green threads, which have no place in that of the tests."""

SERVE = """
import json, os, sys
import eventlet
from eventlet import wsgi as servers
from swift.common import utils, wsgi
utils.eventlet_monkey_patch()
utils.set_swift_dir(os.getcwd())

class Memory:  # what memcached does: without it, each request asks for account and bucket again
    def __init__(self):
        self.known = {}
    def get(self, key, **_):
        return json.loads(self.known.get(key, "null"))
    def set(self, key, value, **_):
        self.known[key] = json.dumps(value)
    def delete(self, key, **_):
        self.known.pop(key, None)

def remembering(app, memory):
    return lambda environ, start: app({**environ, "swift.cache": memory}, start)

for kind, port in zip(sys.argv[1::2], map(int, sys.argv[2::2])):
    app = wsgi.loadapp(f"{os.getcwd()}/{kind}.conf", global_conf={"log_name": kind})
    app = remembering(app, Memory()) if kind == "proxy" else app
    eventlet.spawn(servers.server, eventlet.listen(("127.0.0.1", port)), app, utils.NullLogger(),
                   protocol=wsgi.SwiftHttpProtocol, capitalize_response_headers=False)
eventlet.sleep(86400)
"""


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def die_with_parent() -> None:
    """Swift leaves its process group, so the kernel is asked to end it with the tests."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class S3:
    """The server; its objects lie below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ports = {kind: free_port() for kind in KINDS}
        self.url = f"http://127.0.0.1:{self.ports['proxy']}"
        self.environment = {
            "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
        }  # fmt: skip
        self._configure()

    def _configure(self) -> None:
        (self.root / "devices" / "disk").mkdir(parents=True)
        (self.root / "swift.conf").write_text(COMMON)
        filters = "".join(
            f"[filter:{name}]\nuse = egg:swift#{name}\n{SETTINGS.get(name, '')}" for name in FILTERS
        )
        user = pwd.getpwuid(os.getuid()).pw_name
        for kind, port in self.ports.items():
            own = PROXY + filters if kind == "proxy" else STORAGE.format(kind=kind)
            text = SERVER.format(port=port, user=user, root=self.root) + own
            (self.root / f"{kind}.conf").write_text(text)
        rings = [part for kind in KINDS[:-1] for part in (kind, str(self.ports[kind]))]
        subprocess.run([sys.executable, "-c", RINGS, *rings], cwd=self.root, check=True)

    def start(self) -> None:
        """Start and wait until each of the four answers."""
        ports = [part for kind, port in self.ports.items() for part in (kind, str(port))]
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, *ports], stdout=log, stderr=log, cwd=self.root,
                preexec_fn=die_with_parent,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while not all(map(self._answers, KINDS)):
            assert self.process.poll() is None, (self.root / "log").read_text()
            assert time.monotonic() < deadline, (self.root / "log").read_text()
            time.sleep(0.05)

    def _answers(self, kind: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[kind]}/healthcheck", timeout=2):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        """As when the power fails."""
        self.process.kill()
        self.process.wait()

    def client(self):  # type: ignore[no-untyped-def]
        """A client with all rights, for what a test does behind DVC's back."""
        import s3fs

        return s3fs.S3FileSystem(
            key=KEY, secret=SECRET, endpoint_url=self.url, client_kwargs={"region_name": "us-east-1"},
            use_listings_cache=False, skip_instance_cache=True,
        )  # fmt: skip


@contextmanager
def running(folder: Path) -> Iterator[S3]:
    """A server with one empty bucket, for the length of a test."""
    server = S3(folder / "server")
    server.start()
    try:
        server.client().mkdir(BUCKET)
        yield server
    finally:
        server.kill()
