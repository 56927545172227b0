"""An S3 server for tests: one-node OpenStack Swift with its S3 layer, as one child process on loopback.

A server that was killed and started again serves the same objects at the same address.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEY, SECRET = "test:tester", "testing"
BUCKET = "dataset"
KINDS = ("account", "container", "object", "proxy")

CONFIG = f"""
[DEFAULT]
swift_dir = {{root}}
devices = {{root}}/devices
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_level = WARNING
log_udp_host = 127.0.0.1
log_udp_port = 9
conn_timeout = 10
node_timeout = 60
container_update_timeout = 60
account_autocreate = true
error_suppression_interval = 1
error_suppression_limit = 1000000
user_{KEY.replace(":", "_")} = {SECRET} .admin
[pipeline:main]
pipeline = {{filters}} {{kind}}-server
[app:{{kind}}-server]
use = egg:swift#{{kind}}
"""
FILTERS = "catch_errors", "gatekeeper", "listing_formats", "bulk", "s3api", "tempauth", "slo"
"""Of the proxy."""

SERVE = """
import ctypes, json, os, signal, sys
import eventlet
from eventlet import wsgi as servers
from swift.common import utils, wsgi
from swift.common.ring import RingBuilder
utils.eventlet_monkey_patch()
utils.set_swift_dir(os.getcwd())
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # Swift ends with the tests

class Cache(dict):  # as memcached: without it, each request asks for account and bucket again
    def get(self, key, **_):
        return json.loads(super().get(key, "null"))
    def set(self, key, value, **_):
        self[key] = json.dumps(value)
    def delete(self, key, **_):
        self.pop(key, None)

def cached(app, cache):
    return lambda environ, start: app({**environ, "swift.cache": cache}, start)

wanted = json.loads(sys.argv[1]).items()
sockets = {kind: eventlet.listen(("127.0.0.1", port)) for kind, port in wanted}
ports = {kind: socket.getsockname()[1] for kind, socket in sockets.items()}
for kind in ("account", "container", "object"):
    ring = RingBuilder(2, 1, 1)  # four partitions, one replica
    ring.add_dev({"region": 1, "zone": 1, "device": "disk", "weight": 1.0, "ip": "127.0.0.1",
                  "port": ports[kind], "replication_ip": "127.0.0.1", "replication_port": ports[kind]})
    ring.rebalance()
    ring.get_ring().save(f"{kind}.ring.gz")
for kind, socket in sockets.items():
    app = wsgi.loadapp(f"{os.getcwd()}/{kind}.conf", global_conf={"log_name": kind})
    app = cached(app, Cache()) if kind == "proxy" else app
    eventlet.spawn(servers.server, socket, app, utils.NullLogger(),
                   protocol=wsgi.SwiftHttpProtocol, capitalize_response_headers=False)
print(json.dumps(ports), flush=True)
eventlet.sleep(86400)
"""
"""Run in a process of its own: the tests must not have the green threads of Swift."""


class S3:
    """The server, which listens from its creation on; its objects are below `root`."""

    def __init__(self, root: Path) -> None:
        self.root, self.ports = root, dict.fromkeys(KINDS, 0)
        (root / "devices" / "disk").mkdir(parents=True)
        (root / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = test\n")
        for kind in KINDS:
            filters = FILTERS if kind == "proxy" else ()
            text = CONFIG.format(root=root, kind=kind, filters=" ".join(filters))
            text += "".join(f"[filter:{name}]\nuse = egg:swift#{name}\n" for name in filters)
            (root / f"{kind}.conf").write_text(text)
        self.start()
        self.url = f"http://127.0.0.1:{self.ports['proxy']}"
        self.environment = {
            "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
        }  # fmt: skip

    def start(self) -> None:
        """Start and wait until all four listen: on free ports, later on the same ones."""
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, json.dumps(self.ports)], cwd=self.root,
                stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.process.stdout is not None
        ports = self.process.stdout.readline()
        assert ports, (self.root / "log").read_text()
        self.ports = json.loads(ports)

    def kill(self) -> None:
        """Kill the server, as a power failure does."""
        self.process.kill()
        self.process.wait()

    def client(self):  # type: ignore[no-untyped-def]
        """Return a client with all rights, for changes that DVC does not know."""
        import s3fs

        return s3fs.S3FileSystem(
            key=KEY, secret=SECRET, endpoint_url=self.url, client_kwargs={"region_name": "us-east-1"},
            use_listings_cache=False, skip_instance_cache=True,
        )  # fmt: skip


@contextmanager
def running(folder: Path) -> Iterator[S3]:
    """Run a server with one empty bucket for the length of a test."""
    server = S3(folder / "server")
    try:
        server.client().mkdir(BUCKET)
        yield server
    finally:
        server.kill()
