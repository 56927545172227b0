"""Custom recordings: faults by line and column, parts of files, and the template of metadata.csv."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from stages import catalog, fetch
from stages.acquisition import template
from stages.core import store, tables
from stages.core.errors import UserError
from stages.corpora import custom
from stages.corpora.formats import metadata_csv
from stages.publishing.licenses import LICENSES
from tests import makers

HEADER = "file,transcript,emotion,speaker,consent,license"
GOOD = "a.wav,Hello there.,happy,me,own_voice,CC0-1.0"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    makers.wav(Path("recordings/a.wav"), np.arange(44100, dtype=np.int16) % 3000, 44100)
    makers.wav(Path("recordings/sub/a.wav"), makers.tone(1.0, 96000), 96000, "PCM_24")
    settings = "fetch: {custom: {folder: recordings, metadata: recordings/metadata.csv}}\n"
    Path("params.yaml").write_text(settings)


def write_metadata(*lines: str, header: str = HEADER) -> Path:
    path = Path("recordings/metadata.csv")
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def build(*lines: str, header: str = HEADER) -> pd.DataFrame:
    write_metadata(*lines, header=header)
    fetch.run("custom")
    catalog.run("custom")
    return store.read(store.path("catalog", "custom"), tables.Catalog)


def test_a_row_becomes_a_clip() -> None:
    table = build(
        'sub/a.wav,"Well,  hello",sad,you-2,written,LicenseRef-mine,female,whispering,strong,en-GB,,', GOOD,
        header=HEADER + ",gender,style,intensity,language,start,end",
    ).set_index("speaker")  # fmt: skip
    plain = {
        "gender": "unknown", "language": "en", "intensity": "unspecified", "expected_sample_rate": 44100,
        "license": "CC0-1.0",
    }  # fmt: skip
    stated = {
        "gender": "female", "style": "whispering", "intensity": "strong", "language": "en-GB",
        "transcript": "Well, hello", "corpus_label": "sad", "emotion_intended": "sad",
        "label_source": "stated", "license": "LicenseRef-mine", "consent": "written",
        "expected_sample_rate": 96000,
    }  # fmt: skip
    assert table.loc["custom_me", list(plain)].to_dict() == plain
    assert table.loc["custom_you-2", list(stated)].to_dict() == stated
    original = Path("recordings/sub/a.wav").read_bytes()
    assert Path(table.path["custom_you-2"]).read_bytes() == original


@pytest.mark.parametrize(("subtype", "container"), [
    ("PCM_16", "WAV"), ("PCM_24", "WAV"), ("FLOAT", "WAV"), ("PCM_16", "FLAC"), ("PCM_24", "FLAC"),
])  # fmt: skip
def test_a_part_is_exactly_its_samples(subtype: str, container: str) -> None:
    rng = np.random.default_rng(1)
    samples = rng.integers(-(2**15), 2**15, (48000, 1)) / 2.0**15
    name = f"long.{container.lower()}"
    soundfile.write(Path("recordings") / name, samples, 48000, subtype=subtype, format=container)
    table = build(
        f"{name},One.,happy,me,own_voice,CC0-1.0,,0.25", f"{name},Two.,sad,me,own_voice,CC0-1.0,0.25,0.75",
        f"{name},Three.,calm,me,own_voice,CC0-1.0,0.75,", header=HEADER + ",start,end",
    ).set_index("transcript")  # fmt: skip
    for text, (first, last) in {"One.": (0, 12000), "Two.": (12000, 36000), "Three.": (36000, 48000)}.items():
        part, rate = soundfile.read(table.path[text], always_2d=True)
        assert rate == table.expected_sample_rate[text] == 48000
        np.testing.assert_array_equal(part, samples[first:last])
        assert soundfile.info(table.path[text]).subtype == subtype
    kept = pd.read_csv("data/raw/custom/metadata.csv").set_index("transcript")
    assert kept.origin.tolist() == [name] * 3
    assert kept.start.tolist()[1:] == [0.25, 0.75]


def test_equal_recordings_and_metadata_give_equal_bytes() -> None:
    made = []
    for _ in range(2):
        build(f"{GOOD},,", "a.wav,Oh.,sad,me,own_voice,CC0-1.0,0.1,0.2", header=HEADER + ",start,end")
        made.append({path.name: path.read_bytes() for path in Path("data/raw/custom").iterdir()})
    assert made[0] == made[1]


def test_files_of_one_name_in_two_folders_are_two_clips() -> None:
    assert len(build(GOOD, "sub/a.wav,Hi.,sad,me,own_voice,CC0-1.0")) == 2


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("a.wav,Hi.,hapy,me,ME,L", "column 'emotion': expected one of angry, calm, contempt, disgust, "
         "fearful, happy, neutral, other, sad, surprised, found 'hapy' (did you mean 'happy'?)"),
        ("a.wav,Hi.,Fear,me,ME,L", "found 'Fear' (did you mean 'fearful'?)"),
        ("a.wav,Hi.,happy,,ME,L", "line 3, column 'speaker': empty, but required"),
        ("a.wav,Hi.,happy,me,,L", "line 3, column 'consent': empty, but required"),
        ("a.wav,Hi.,happy,me,ME,", "line 3, column 'license': empty, but required"),
        ("a.wav,Hi.,happy,me,yes,L", "column 'consent': expected one of own_voice, published, written"),
        ("a.wav,Hi.,happy,me,ME,CC-BY-40", "found 'CC-BY-40' (did you mean 'CC-BY-4.0'?)"),
        ("a.wav,Hi.,happy,m:e,ME,L", "line 3, column 'speaker': expected letters, digits, - and _ only"),
        ("b.wav,Hi.,happy,me,ME,L", "line 3, column 'file': no such file in the folder: b.wav"),
        ("../x.wav,Hi.,happy,me,ME,L", "line 3, column 'file': expected a path inside the folder"),
        ("a.wav,Hi.,happy,me,ME,L", "line 3, column 'file': the same clip as in line 2"),
        ("a.wav,Hi.,happy,me,ME,L,x", "line 3, column 'start': expected seconds, found 'x'"),
        ("a.wav,Hi.,happy,me,ME,L,-1", "line 3, column 'start': expected seconds, found '-1'"),
        ("a.wav,Hi.,happy,me,ME,L,nan", "line 3, column 'start': expected seconds, found 'nan'"),
        ("a.wav,Hi.,happy,me,ME,L,0.5,0.5", "line 3, column 'end': expected more than the start of 0.5 s"),
        ("a.wav,Hi.,happy,me,ME,L,0.5,1.5", "line 3, column 'end': a.wav ends earlier, at 1.000 s"),
        ("a.wav,Hi.,happy,me,ME,L,1.5,", "line 3, column 'start': a.wav ends earlier, at 1.000 s"),
        ("a.wav,Hi.,happy,me,ME,L,0.5,,English", "column 'language': expected a tag such as en"),
        ("sub/a.wav,Hi.,happy,me,ME,L,,,,female", "speaker me is female here, unknown in line 2"),
        ("a.wav,Hi.,happy,me,ME,L,0.1,,,,wispering", "(did you mean 'whispering'?)"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_line_and_column(line: str, text: str) -> None:
    line = line.replace(",ME", ",own_voice").replace(",L", ",CC0-1.0")
    columns = HEADER + ",start,end,language,gender,style"
    write_metadata(
        *(row + "," * (columns.count(",") - row.count(",")) for row in (GOOD, line)), header=columns
    )
    with pytest.raises(UserError) as caught:
        fetch.run("custom")
    assert str(caught.value).startswith("recordings/metadata.csv: 1 faults:\n")
    assert text in str(caught.value)
    assert not Path("data/raw/custom").exists()


def test_an_error_lists_all_faults_up_to_a_maximum() -> None:
    write_metadata(*["a.wav,Hi.,hapy,me,,CC0-1.0"] * 30)
    with pytest.raises(UserError) as caught:
        fetch.run("custom")
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("60 faults:")
    assert (len(lines), lines[-1]) == (1 + metadata_csv.SHOWN + 1, "... and 40 more")


@pytest.mark.parametrize(("lines", "text"), [
    ([HEADER + ",intensty", f"{GOOD},strong"],
     r"1 faults:\ncolumn 'intensty' is not known \(did you mean 'intensity'\?\)$"),
    # lines are counted as an editor does
    ([HEADER, GOOD, "", 'sub/a.wav,"Two', 'lines.",sad,me,own_voice,CC0-1.0',
      "x.wav,Hi.,hapy,me,own_voice,CC0-1.0"], r"1 faults:\nline 6, column 'emotion'"),
    ([HEADER, "a.wav,Well, hello.,happy,me,own_voice,CC0-1.0"],
     r"1 faults:\nline 2: more cells than columns; put a text with a comma into quotation marks$"),
    ([HEADER, 'a.wav,"' + "x" * 200_000], r"metadata\.csv: line \d+: expected CSV, found: field larger"),
    ([HEADER], "expected one row per clip, found none"),
], ids=["unknown column", "line numbers", "comma", "not CSV", "empty"])  # fmt: skip
def test_a_wrong_metadata_file_is_an_error(lines: list[str], text: str) -> None:
    write_metadata(*lines[1:], header=lines[0])
    with pytest.raises(UserError, match=text):
        fetch.run("custom")


def test_a_missing_metadata_file_or_folder_is_an_error() -> None:
    with pytest.raises(UserError, match=r"recordings/metadata\.csv: not found"):
        fetch.run("custom")
    Path("recordings").rename("elsewhere")
    with pytest.raises(UserError, match="expected the folder of your recordings, found no 'recordings'"):
        fetch.run("custom")


def test_clips_without_words_or_sound_are_catalogued() -> None:
    Path("recordings/page.wav").write_text("<html>")
    table = build("a.wav,,happy,me,own_voice,CC0-1.0", "page.wav,Hi.,sad,me,own_voice,CC0-1.0")
    assert sorted(table.transcript) == ["", "Hi."]


def test_codebooks_are_the_vocabularies() -> None:
    for name in ("EMOTIONS", "INTENSITIES", "GENDERS", "STYLES", "CONSENTS"):
        assert tuple(getattr(custom, name)) == getattr(tables, name)
    assert {*custom.LICENSES} == {spdx for spdx in LICENSES if not spdx.startswith("LicenseRef-")}


class TestTemplate:
    def test_a_template_has_a_row_per_recording(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("params.yaml").write_text("corpora: [demo]\n")
        template.run("recordings")
        assert "recordings/metadata.csv: 2 recordings; fill in transcript," in capsys.readouterr().out
        table = pd.read_csv("recordings/metadata.csv", keep_default_na=False)
        assert list(table) == [*metadata_csv.REQUIRED, *metadata_csv.OPTIONAL]
        assert table[["file", "speaker"]].to_numpy().tolist() == [["a.wav", ""], ["sub/a.wav", "sub"]]
        with pytest.raises(UserError) as caught:
            metadata_csv.read(Path("recordings/metadata.csv"), custom.KNOWN)
        assert "line 2, column 'emotion': empty, but required" in str(caught.value)

    @pytest.mark.parametrize(("folder", "text"), [
        ("nowhere", "nowhere: expected a folder of recordings, found none"),
        ("empty", r"empty: expected recordings \(\.wav, "),
        ("recordings", r"metadata\.csv: exists already and would be overwritten"),
    ])  # fmt: skip
    def test_a_wrong_folder_is_an_error(self, folder: str, text: str) -> None:
        Path("empty").mkdir()
        path = write_metadata(GOOD)
        before = path.read_bytes()
        with pytest.raises(UserError, match=text):
            template.run(folder)
        assert path.read_bytes() == before

    def test_emotions_that_lack_minutes_are_listed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """45 minutes of happy speech by two speakers, 12 of sad by one, and sad clips that were dropped."""
        Path("params.yaml").write_text("corpora: [demo]\n")
        stated = (
            ("happy", "1", "keep", 30), ("happy", "2", "keep_denoised", 15), ("sad", "1", "keep", 12),
            ("sad", "3", "drop", 50),
        )  # fmt: skip
        rows = [
            {"emotion_intended": emotion, "speaker": f"demo_{speaker}", "speech_start": 0, "start": 0}
            | dict.fromkeys(("speech_end", "end"), minutes * 60 * 48000)
            for emotion, speaker, _, minutes in stated
        ]
        decided = makers.decided(*rows).assign(cache_key="k")
        for stage, model in (("catalog", tables.Catalog), ("quality", tables.Quality), ("trim", tables.Trim)):
            made = store.conform(decided.reindex(columns=list(model.COLUMNS)), model)
            store.write(made, model, store.path(stage, "demo"))
        verdicts = [verdict for _, _, verdict, _ in stated]
        screened = decided[["clip_id", "corpus"]].assign(verdict=verdicts)
        screened["reason"] = ["low_snr" if verdict == "drop" else None for verdict in verdicts]
        made = store.conform(screened.reindex(columns=list(tables.Screen.COLUMNS)), tables.Screen)
        store.write(made, tables.Screen, Path("data/tables/screen.parquet"))
        template.run("recordings")
        printed = capsys.readouterr().out
        assert "sad: 12.0 of 30 minutes by 1 speakers; record 18.0 more" in printed
        assert "fearful: 0.0 of 30 minutes by 0 speakers; record 30.0 more" in printed
        assert "happy" not in printed
