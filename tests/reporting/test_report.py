"""The report: plots by hand, a card that the Hub reads, and a page that a real browser opens offline."""

import base64
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from huggingface_hub import DatasetCard

from stages import report, statistics
from stages.core import files, store, tables
from stages.reporting import card, examples, plots, report_page
from stages.samples import sidecar
from tests import makers

RATE = 24000
EVIL = '<script>alert(1)</script> & "quoted" </audio>'


def validation(timeline: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """Make the table of `validate`, with samples of 2 s unless `columns` says otherwise."""
    made = timeline[["sample_id", "emotion", "style", "corpus", "speaker"]].assign(
        augmented=timeline.copy_number > 0, clip_ids=[[clip] for clip in timeline.clip_id], cache_key="k",
        faults=[[] for _ in timeline.index], clips=1, duration_s=2.0, lufs=-23.0, true_peak_dbtp=-3.0,
        snr_db=40.0, gain_capped=False, words=1, token_collisions=0,
    )  # fmt: skip
    rows = made.assign(**columns).to_dict("records")
    return store.check(store.frame(rows, tables.Validation), tables.Validation, "validation")


def metrics(emotions: tuple[str, ...] = ("happy",)) -> dict[str, Any]:
    """Make the parts of metrics/ that the report reads."""
    size = {"minutes": 2.0, "augmented_minutes": 0.5, "samples": 3, "speakers": 2, "snr_db_median": 40.0,
            "lufs_mean": -23.0, "dropped_share": 0.25}  # fmt: skip
    value = {"available": 1.5, "chosen": 1.0, "augmented": 0.5, "target": 2.0}
    part: dict[str, Any] = {"imbalance_reason": "", "minutes_by": {"emotion": dict.fromkeys(emotions, value)}}
    reasons, overlap = {"low_snr": 2, "no_signal": 0, "too_long": 3}, {"all": {"share_of_sentences": 0.5}}
    return {
        "validate": {"all": size, "by_emotion": dict.fromkeys(emotions, size)},
        "balance": {"train": part, "validation": part, "messages": {"happy": "happy: 2 of 30 minutes"}},
        "coverage": {"met": False, "min_minutes": 30.0, "minutes_by_emotion": {"happy": {"missing": 28.0}}},
        "screen": {"all": {"clips_in": 8, "clips_dropped": 5, "reasons": reasons}},
        "split": {"train": {"speakers": 2}, "validation": {"speakers": 1}, "sentence_overlap": overlap},
    }


def test_minutes_recorded_and_augmented() -> None:
    rows = makers.timeline({"emotion": "sad"}, {}, {"copy_number": 1}, {"copy_number": 1})
    found = plots.minutes(validation(rows, duration_s=[30.0, 60.0, 6.0, 12.0]))
    assert found.to_numpy().tolist() == [
        ["happy", "recorded", 1.0], ["happy", "augmented", 0.3],
        ["sad", "recorded", 0.5], ["sad", "augmented", 0.0],
    ]  # fmt: skip


def test_bins_are_centred_and_have_no_gaps() -> None:
    # -22.95 is between two bins and belongs to the upper one
    found = plots.histogram(pd.Series([-23.04, -23.0, -22.95, None, -22.7]), 0.1, "lufs")
    assert found.to_numpy().tolist() == [[-23.0, 2], [-22.9, 1], [-22.8, 0], [-22.7, 1]]
    assert plots.histogram(pd.Series([], dtype=float), 0.1, "lufs").empty
    alone = plots.histogram(pd.Series([-23.0, -22.96]), 0.1, "lufs", min_bins=5)
    assert alone.to_numpy().tolist() == [[-23.2, 0], [-23.1, 0], [-23.0, 2], [-22.9, 0], [-22.8, 0]]
    assert len(plots.histogram(pd.Series([0.0, 1.0]), 0.1, "lufs", min_bins=5)) == 11


def test_overlap_of_speakers_recordings_and_sentences() -> None:
    clips = makers.timeline(
        {"speaker": "demo_1", "transcript": "Hello there!", "sha256": "a" * 64},
        {"speaker": "demo_2", "transcript": "Good bye.", "sha256": "b" * 64},
        {"speaker": "demo_3", "transcript": "hello THERE", "sha256": "c" * 64, "split": "validation"},
        {"speaker": "demo_2", "transcript": "Who?", "sha256": "b" * 64, "split": "validation"},
    )
    assert plots.overlap(clips).to_numpy().tolist() == [
        [item, kind, 1] for item in ("speakers", "recordings", "sentences") for kind in plots.PARTS
    ]


def test_balance_has_a_row_per_value_and_kind() -> None:
    found = plots.balance(metrics()["balance"]["train"]).to_numpy().tolist()
    values = {"available": 1.5, "chosen": 1.0, "augmented": 0.5, "target": 2.0}
    assert found == [["emotion: happy", kind, value] for kind, value in values.items()]


def card_of(rows: pd.DataFrame, found: dict[str, Any]) -> str:
    return card.render_card(card.Facts(rows, validation(rows), found))


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (["CC0-1.0", "CC0-1.0"], {"license": ["cc0-1.0"]}),
        (["ODbL-1.0", "CC-BY-NC-SA-4.0"], {"license": ["cc-by-nc-sa-4.0", "odbl"]}),
        (["CC0-1.0", "LicenseRef-ESD"], {"license": ["cc0-1.0", "other"], "license_name": "LicenseRef-ESD"}),
    ],
)
def test_the_hub_reads_the_card(held: list[str], expected: dict[str, Any]) -> None:
    text = card_of(makers.timeline(*({"license": license} for license in held)), metrics())
    found = DatasetCard(text).data.to_dict()
    assert {name: found.get(name) for name in expected} == expected
    assert ("license_link" in found) == ("other" in found["license"])
    assert (found["language"], found["size_categories"]) == (["en"], ["n<1K"])
    assert found["configs"][0]["data_files"] == [
        {"split": "train", "path": "expressive_train.jsonl"},
        {"split": "validation", "path": "expressive_valid.jsonl"},
    ]
    assert "| happy | 3 | 1.5 | 0.5 | 2 | 40 | 25.0% |" in text
    assert "- happy: 2 of 30 minutes\n" in text
    assert "- 50% of the validation sentences also occur in training" in text


def test_the_card_says_what_all_licenses_permit() -> None:
    for license, permitted in {
        "CC-BY-NC-SA-4.0": "research, non-commercial, redistributable. Some licenses forbid: commercial.",
        "LicenseRef-ESD": "research. Some licenses forbid: non-commercial, redistributable, commercial.",
    }.items():
        found = card.uses(makers.timeline({"license": license}, {}))
        assert found == f"The licenses of all clips permit: {permitted}"


def test_the_card_names_keys_that_samples_have() -> None:
    named = re.findall(r"`(\w+)`", card.TEXT.split("## Structure")[1].split("\n## ")[0])
    made = sidecar.describe([makers.timeline({}).to_dict("records")[0]], RATE, "0" * 64)
    assert len(named) > 15
    assert set(named) <= {"path", *made}
    assert {*sidecar.MANIFEST_LABELS, "path", "duration"} <= set(named)


def test_the_card_escapes_text() -> None:
    found = metrics()
    found["balance"]["train"]["imbalance_reason"] = EVIL
    text = card_of(makers.timeline({}), found)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_examples_are_short_recorded_permitted_and_of_different_speakers() -> None:
    rows = makers.timeline(
        {}, {}, {}, {"speaker": "demo_2"}, {"speaker": "demo_3", "copy_number": 1},
        {"speaker": "demo_4", "license": "LicenseRef-ESD"}, {"speaker": "demo_5"}, {"emotion": "sad"},
    )  # fmt: skip
    samples = validation(rows, duration_s=[2.0] * 6 + [10.01, 2.0])
    found = examples.choose(rows, samples)
    assert sorted(found.speaker[found.emotion == "happy"]) == ["demo_1", "demo_2"]
    assert found[found.emotion == "sad"].sample_id.tolist() == ["demo_7"]
    again = examples.choose(rows.sample(frac=1, random_state=1), samples.iloc[::-1])
    assert set(again.sample_id) == set(found.sample_id)


def test_a_dialogue_is_withheld_if_one_of_its_voices_is() -> None:
    rows = makers.timeline(
        {"sample_id": "demo_x"}, {"sample_id": "demo_x", "is_primary": False, "license": "CC-BY-NC-ND-4.0"}
    )
    assert examples.choose(rows, validation(rows.iloc[:1])).empty


def test_embedded_audio_is_the_sample_bit_for_bit(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).integers(-2000, 2000, (RATE, 2), dtype=np.int16)
    path = makers.wav(tmp_path / "a.wav", samples, RATE)
    address = examples.embed(path)
    kind, _, coded = address.partition(",")
    assert kind == "data:audio/flac;base64"
    decoded, rate = soundfile.read(io.BytesIO(base64.b64decode(coded)), dtype="int16")
    assert rate == RATE
    np.testing.assert_array_equal(decoded, samples)
    assert examples.embed(path) == address


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run `report` on three samples, one of which has a transcript that is HTML."""
    folder = tmp_path_factory.mktemp("report")
    rows = makers.timeline(
        {"speaker": "demo_1", "transcript": EVIL, "f0_median_hz": 200.0},
        {"speaker": "demo_2", "f0_median_hz": 210.0},
        {"speaker": "demo_3", "split": "validation", "license": "LicenseRef-ESD", "transcript": "secret"},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for i, name in enumerate(rows.sample_id, start=1):
            left = makers.tone(i, RATE)
            makers.wav(Path(f"data/data_stereo/{name}.wav"), np.stack([left, 0 * left], axis=1), RATE)
        store.write(rows, tables.Timeline, Path("data/tables/timeline.parquet"))
        found = validation(rows, duration_s=[1.0, 2.0, 3.0])
        store.write(found, tables.Validation, Path("data/tables/validate.parquet"))
        for name, content in metrics().items():
            files.write_json(report.METRICS[name], content)
        statistics.run()
        made = []
        for _ in range(2):
            report.run()
            made.append((report.PAGE.read_bytes(), report.CARD.read_bytes()))
    assert made[0] == made[1]
    return folder


def test_the_page_needs_nothing_from_outside(built: Path) -> None:
    text = (built / "data/report.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|iframe|img|object|embed)\b|@import|url\(", text)
    sources = re.findall(r'\bsrc="([^"]{,30})', text)
    assert len(sources) == 2
    assert all(source.startswith("data:audio/flac;base64,") for source in sources)
    assert "secret" not in text  # the transcript of a sample that may not be redistributed


def test_every_plot_has_its_table_for_dvc(built: Path) -> None:
    for name in ("minutes", "balance", "loudness", "snr", "durations", "overlap"):
        assert (built / f"metrics/plots/{name}.csv").read_text().count("\n") > 1
    assert (built / "metrics/plots/durations.csv").read_text() == "duration_s,samples\n1.0,1\n2.0,1\n3.0,1\n"


FLAGS = (
    "headless=new", "no-sandbox", "disable-dev-shm-usage", "mute-audio",
    "host-resolver-rules=MAP * ~NOTFOUND", "autoplay-policy=no-user-gesture-required",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Debian's Chromium, without a network."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        if os.environ.get("CI"):
            pytest.fail("no chromium or chromedriver; .ci/run installs both")
        pytest.skip("no chromium or chromedriver on this machine")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in FLAGS:
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


PLAYED = """
const done = arguments[0], all = [...document.querySelectorAll('audio')], found = [];
for (const one of all) {
  one.addEventListener('ended', () => {
    found.push(one.duration);
    if (found.length == all.length) done(found);
  });
  one.addEventListener('error', () => done(one.error.message));
  one.playbackRate = 4; one.play().catch(error => done(String(error)));
}
"""


def test_a_browser_shows_and_plays_it_offline(built: Path, browser: Any) -> None:
    browser.get((built / "data/report.html").as_uri())
    logged = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [entry["params"]["request"] for entry in logged if entry["method"] == "Network.requestWillBeSent"]
    assert sent
    assert {request["url"].split(":")[0] for request in sent} <= {"file", "data"}
    assert browser.get_log("browser") == []
    quoted = [element.text for element in browser.find_elements("css selector", ".sample q")]
    assert sorted(text.strip('“”"') for text in quoted) == sorted([EVIL, "a"])
    browser.set_script_timeout(20)
    assert sorted(browser.execute_async_script(PLAYED)) == pytest.approx([1.0, 2.0], abs=0.01)
    sizes = [figure.size for figure in browser.find_elements("css selector", "figure")]
    assert all(size["width"] > 200 and size["height"] > 20 for size in sizes)
    hatched = "return getComputedStyle(document.querySelector('#minutes .augmented')).backgroundImage"
    assert "repeating-linear-gradient" in browser.execute_script(hatched)  # copies differ without colours
    widths = [e.size["width"] for e in browser.find_elements("css selector", "#minutes .track i")]
    assert (widths[0] > 100, widths[1]) == (True, 0)  # all samples are recorded


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(built: Path, browser: Any, width: int) -> None:
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get((built / "data/report.html").as_uri())
    root = "document.documentElement"
    assert browser.execute_script(f"return {root}.scrollWidth") <= width
    assert browser.execute_script(f"return {root}.clientWidth") == pytest.approx(width, abs=20)


def test_pitch_and_bars_are_in_percent_of_their_axis() -> None:
    f0 = pd.DataFrame(
        {"emotion": ["sad"], "gender": ["male"], "clips": [3], "p5": [100.0], "p25": [120.0],
         "median": [150.0], "p75": [180.0], "p95": [200.0]}
    )  # fmt: skip
    (line,) = report_page.ranges(f0)["lines"]
    assert [line[name] for name in ("p5", "p25", "at", "p75", "p95")] == [0, 20, 50, 80, 100]
    bars = report_page.balance(plots.balance(metrics()["balance"]["train"]))["emotion"]
    assert bars[0]["parts"] == [("recorded", 1.0, 50.0), ("augmented", 0.5, 25.0)]
    assert (bars[0]["target_at"], bars[0]["longest"]) == (100.0, 2.0)
    value = {"available": 1.0, "chosen": 1.0, "augmented": 0.0, "target": 1.0}
    two = {"minutes_by": {"style": {"x": value}, "gender": {"x": {**value, "chosen": 10.0}}}}
    longest = {name: rows[0]["longest"] for name, rows in report_page.balance(plots.balance(two)).items()}
    assert longest == {"style": 1, "gender": 10}


def test_summary_of_a_build() -> None:
    found = metrics(("happy", "sad"))
    found["validate"]["by_emotion"]["sad"] = {"minutes": 0.75}
    found["screen"]["all"] |= {"clips_in": 1200}
    assert card.summary_text(found).splitlines()[1:] == [
        "Dataset: 3 samples, 2.0 minutes (0.5 augmented), 2 speakers",
        "Dropped: 5 of 1,200 clips",
        "Shortest emotion: sad, 0.8 minutes; some have less than 30 minutes of training",
        "Next: open data/report.html and data/README.md",
    ]
