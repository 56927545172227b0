"""Stages `quality` and `trim`: a row for every kind of bad file, equal bytes with any number of workers."""

import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from stages import quality, trim
from stages.core import audio, files, params, store, tables
from stages.core.errors import UserError
from stages.signal import dnsmos
from tests.makers import catalog, tone, wav
from tests.voices import syllables, white

GATE: dict[str, Any] = {"vad_low_db": 4.0, "vad_high_db": 8.0, "top_db": 40.0, "min_silence_s": 0.15}
MEASURES = ("snr_db", "wada_snr_db", "bandwidth_hz", "silence_share", "lufs", "peak_db")


def voice(rate: int = 48000) -> np.ndarray:
    clean = syllables(rate, [0.5, 0.9, 1.3])
    return (clean + 1e-4 * white(len(clean))).astype(np.float32)


def row(path: Path) -> dict[str, object]:
    """The measures of one file; a faulty one has no trim."""
    measured = quality.measure(str(path), dnsmos=False)
    cut = trim.detect_speech(str(path), pad_s=0.08, **GATE)
    assert bool(cut) == (measured.get("snr_db") is not None)
    for made, model in ((measured, tables.Quality), (cut, tables.Trim)):
        store.check(store.frame([{**made, "clip_id": "a", "cache_key": "k"}], model), model, "table")
    return measured


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


FORMAT = struct.pack("<HHIIHH", 1, 1, 48000, 96000, 2, 16)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "empty_file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "lfs_pointer"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "html_page"),
        (b"\n <HTML><head></head></HTML>", "html_page"),
        (b"FORM" + struct.pack(">I", 46) + b"AIFFCOMM" + bytes(60), "wrong_container"),
        (b"ID3\x04" + bytes(100), "wrong_container"),
        (b"\xff\xfb\x90\x64" + bytes(100), "wrong_container"),
        (b"RIFF\x24\0\0\0WAVE", "truncated"),
        (riff(chunk(b"fmt ", FORMAT), b"data" + struct.pack("<I", 9600) + bytes(4800)), "truncated"),
        (riff(chunk(b"fmt ", FORMAT), chunk(b"data", b"")), "empty_file"),
        (riff(chunk(b"fmt ", b"\xff\xff" + FORMAT[2:]), chunk(b"data", bytes(100))), "undecodable"),
    ],
    ids=["no bytes", "LFS", "HTML", "HTML in capitals", "AIFF", "MP3 tagged", "MP3 bare", "header only",
         "half the samples", "no samples", "unknown codec"],
)  # fmt: skip
def test_a_file_that_is_not_a_recording_has_a_fault(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    measured = row(path)
    assert measured == {"fault": fault, "fault_detail": measured["fault_detail"]}
    assert measured["fault_detail"]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_not_finite_are_a_fault(tmp_path: Path, value: float) -> None:
    samples = voice()
    samples[[5, 9]] = value
    measured = row(wav(tmp_path / "a.wav", samples, subtype="FLOAT"))
    assert measured["fault"] == "not_finite"
    assert "2" in str(measured["fault_detail"])


def test_channels_must_be_equal(tmp_path: Path) -> None:
    samples = voice()
    assert row(wav(tmp_path / "six.wav", np.stack([samples] * 6, 1)))["fault"] == "too_many_channels"
    assert row(wav(tmp_path / "two.wav", np.stack([samples, -samples], 1)))["fault"] == "channels_differ"
    mono, stereo = (row(wav(tmp_path / "a.wav", x)) for x in (samples, np.stack([samples] * 2, 1)))
    assert (mono.pop("channels"), stereo.pop("channels")) == (1, 2)
    assert mono == stereo


def test_a_silent_file_has_the_measures_that_exist_for_silence(tmp_path: Path) -> None:
    measured = row(wav(tmp_path / "a.wav", np.zeros(48000, np.float32)))
    assert "fault" not in measured
    assert [measured[name] for name in MEASURES] == [None, None, None, 1.0, None, None]
    assert measured["digital_silence_share"] == 1.0
    assert (measured["clipping_samples"], measured["dc_offset"]) == (0, 0.0)


@pytest.mark.parametrize(
    ("subtype", "bit_depth"), [("PCM_U8", 8), ("PCM_16", 16), ("PCM_24", 24), ("PCM_32", 32), ("FLOAT", 32)]
)
def test_bit_depths(tmp_path: Path, subtype: str, bit_depth: int) -> None:
    measured = row(wav(tmp_path / "a.wav", voice(), subtype=subtype))
    assert measured["bit_depth"] == bit_depth
    assert (measured["snr_db"] >= 55) == (bit_depth > 8)  # type: ignore[operator]
    assert measured["lufs"] == pytest.approx(row(wav(tmp_path / "b.wav", voice()))["lufs"], abs=0.3)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 96000])
def test_sample_rates(tmp_path: Path, rate: int) -> None:
    measured = row(wav(tmp_path / "a.wav", voice(rate), rate))
    assert (measured["sample_rate"], measured["n_samples"]) == (rate, len(voice(rate)))
    assert all(measured[name] is not None for name in MEASURES)


@pytest.mark.parametrize("rate", [1, 100, 4000])
def test_a_rate_below_8_khz_has_no_measures_of_sound(tmp_path: Path, rate: int) -> None:
    measured = row(wav(tmp_path / "a.wav", voice(8000), rate))
    assert measured["sample_rate"] == rate
    assert "snr_db" not in measured


@pytest.mark.parametrize("n", [1, 100, 479, 480, 2000])
def test_a_few_samples_have_no_loudness(tmp_path: Path, n: int) -> None:
    measured = quality.measure(str(wav(tmp_path / "a.wav", tone(1.0)[1 : n + 1])), dnsmos=False)
    assert measured["n_samples"] == n
    assert measured["lufs"] is None


def test_chunks_around_the_samples_change_nothing(tmp_path: Path) -> None:
    samples = (voice() * 32767).astype("<i2").tobytes()
    plain = riff(chunk(b"fmt ", FORMAT), chunk(b"data", samples))
    filled = riff(
        chunk(b"fmt ", FORMAT), chunk(b"FLLR", b"\x55" * 4044), chunk(b"data", samples),
        chunk(b"junk", b"\x7f" * 40001),
    )  # fmt: skip
    longer = riff(chunk(b"fmt ", FORMAT + b"\0\0"), chunk(b"data", samples))  # a header of 46 bytes
    path = tmp_path / "a.wav"
    rows = []
    for content in (plain, filled, filled + b"\x7f" * 999, longer):
        path.write_bytes(content)
        rows.append(row(path))
    assert rows == rows[:1] * 4


def test_the_digest_is_of_the_samples_not_of_the_file(tmp_path: Path) -> None:
    a = row(wav(tmp_path / "a.wav", voice()))
    b = row(wav(tmp_path / "b.wav", audio.read(tmp_path / "a.wav").samples, subtype="FLOAT"))
    c = row(wav(tmp_path / "c.wav", 0.5 * voice()))
    assert a["audio_sha256"] == b["audio_sha256"] != c["audio_sha256"]


def build(root: Path) -> None:
    """A corpus of three clips, one of them not a recording, with its params."""
    wav(root / "a.wav", voice())
    wav(root / "b.wav", voice(16000), 16000)
    (root / "c.wav").write_bytes(b"<html></html>")
    rows = [{"path": name, "sha256": files.sha256(root / name)} for name in ("a.wav", "b.wav", "c.wav")]
    store.write(catalog(*rows), tables.Catalog, root / "data/tables/catalog/demo.parquet")
    gate = "".join(f", {name}: {value}" for name, value in GATE.items())
    (root / "params.yaml").write_text(
        f"corpora: [demo]\nquality: {{dnsmos: false}}\ntrim: {{pad_s: 0.08{gate}}}\n"
    )


def test_stages_write_the_same_bytes_with_any_number_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    contents = []
    for workers in ("1", "2"):
        root = tmp_path / workers
        root.mkdir()
        build(root)
        monkeypatch.chdir(root)
        monkeypatch.setenv("EXPRESSIVE_WORKERS", workers)
        quality.run("demo")
        trim.run("demo")
        made = [Path("data/tables") / stage / "demo.parquet" for stage in ("quality", "trim")]
        contents.append([path.read_bytes() for path in made])
    assert contents[0] == contents[1]
    table = store.read(made[0], tables.Quality).set_index("clip_id")
    assert table["fault"].dropna().to_dict() == {"demo_2": "html_page"}
    cuts = store.read(made[1], tables.Trim).set_index("clip_id")
    assert cuts["start"].isna().to_dict() == {"demo_0": False, "demo_1": False, "demo_2": True}
    # speech from 0.5 s, pad of 80 ms
    assert int(cuts["start"].to_dict()["demo_0"]) / 48000 == pytest.approx(0.42, abs=0.025)
    printed = capsys.readouterr().out
    assert "quality@demo: 3 clips in, 2 kept, 1 dropped (html_page 1); " in printed
    assert "4.2 s of audio" in printed
    assert "trim@demo: 3 clips in, 2 kept, 1 dropped (no_speech 1)" in printed


@pytest.mark.parametrize(
    ("model", "values", "text"),
    [
        (quality.Quality, {}, r"quality\.dnsmos: missing"),
        (quality.Quality, {"dnsmos": False, "dnsmoss": True}, r"did you mean 'dnsmos'\?"),
        (quality.Quality, {"dnsmos": 3}, r"quality\.dnsmos"),
        (trim.Trim, {"pad_s": -1, **GATE}, r"trim\.pad_s: .*greater than or equal to 0, found -1"),
    ],
    ids=["missing", "misspelled", "not a boolean", "out of range"],
)
def test_wrong_params_are_refused(
    tmp_path: Path, model: type[params.Section], values: dict[str, Any], text: str
) -> None:
    name = model.__name__.lower()
    (tmp_path / "params.yaml").write_text(yaml.dump({name: values}))
    with pytest.raises(UserError, match=text):
        params.section(model, name, path=tmp_path / "params.yaml")


def test_a_missing_package_names_the_requirements_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dnsmos, "find_spec", lambda name: None)
    dnsmos.network.cache_clear()
    with pytest.raises(ImportError, match=r"pip install --require-hashes -r requirements-dnsmos\.txt"):
        dnsmos.network()


@pytest.mark.slow
@pytest.mark.skipif(find_spec("speechmos") is None, reason="speechmos is not installed")
def test_dnsmos_ranks_noise_and_equals_the_package(tmp_path: Path) -> None:
    dnsmos.network.cache_clear()
    clean = quality.measure(str(wav(tmp_path / "a.wav", voice(16000), 16000)), dnsmos=True)
    noise = voice(16000) + 0.05 * white(len(voice(16000))).astype(np.float32)
    noisy = quality.measure(str(wav(tmp_path / "b.wav", noise, 16000)), dnsmos=True)
    assert clean["dnsmos_noise"] > noisy["dnsmos_noise"] + 0.5
    from speechmos import dnsmos as package

    # on a clip of one window the package averages over this window alone
    window = np.resize(audio.read(tmp_path / "b.wav").samples, dnsmos.WINDOW)
    stock = package.run(window, 16000)
    ours = (noisy["dnsmos_overall"], noisy["dnsmos_speech"], noisy["dnsmos_noise"])
    assert ours == pytest.approx((stock["ovrl_mos"], stock["sig_mos"], stock["bak_mos"]), abs=1e-3)
