"""Conformance tests over every module in stages/corpora, on trees in the corpus's exact shape."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from stages import catalog, fetch
from stages.core import audio, params, store, tables
from stages.corpora.base import Archive, Corpus, FileList, Generated, Hub, Local, load
from tests import dialogues, trees

ROOT = Path(__file__).parents[2]
CORPORA = sorted(params.names(params.STAGES / "corpora"))
FETCH = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["fetch"]
TREES: dict[str, Callable[[Path], Path]] = {
    "ravdess": trees.ravdess_tree,
    "crema_d": trees.crema_d_tree,
    "custom": trees.custom_tree,
    "esd": lambda folder: trees.esd_tree(folder, [k + 350 * e for k in (1, 25, 60) for e in range(5)]),
    "msp_podcast": trees.msp_tree,
    "tess": trees.tess_tree,
    "dailytalk": dialogues.complete_separate,
    "dailytalk_contiguous": dialogues.complete_contiguous,
}
PARTS = {"custom": 4, "esd": 20 * 15, "msp_podcast": 12}
"""Number of clips of the trees that are not the complete corpus."""


def make_tree(name: str, folder: Path) -> Path:
    """The corpus in its exact shape, with next to no sound; a generated corpus as params.yaml states it."""
    source = load(name).SOURCE
    if isinstance(source, Generated) and name not in TREES:
        folder.mkdir(parents=True)
        source.make(folder, source.settings.model_validate(FETCH[name]))
        return folder
    assert name in TREES, f"tests/corpora/test_corpora.py: give TREES a maker for {name}"
    return TREES[name](folder)


@pytest.fixture(scope="module", params=CORPORA)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A corpus, its catalog and its votes."""
    name, home = request.param, tmp_path_factory.mktemp(request.param)
    make_tree(name, home / "data/raw" / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        catalog.run(name)
        table = store.read(store.path("catalog", name), tables.Catalog)
        votes = store.read(store.path("votes", name), tables.Votes)
    return SimpleNamespace(name=name, corpus=load(name), table=table, votes=votes, home=home)


class TestConformance:
    def test_facts_are_well_formed(self, made: SimpleNamespace) -> None:
        corpus: Corpus = made.corpus
        assert isinstance(corpus.SOURCE, Archive | FileList | Generated | Hub | Local)
        assert re.fullmatch(r"[A-Za-z0-9.+-]+", corpus.LICENSE)
        assert re.search(r"\b(19|20)\d\d\b", corpus.CITATION) or isinstance(corpus.SOURCE, Generated)
        assert re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", corpus.LANGUAGE)
        assert corpus.SAMPLE_RATE in (8000, 16000, 22050, 24000, 24414, 32000, 44100, 48000)
        assert len(corpus.NAMES) in (0, corpus.N_CLIPS)
        assert all(correction.reason for correction in corpus.CORRECTIONS.values())
        assert corpus.__doc__

    def test_sources_can_be_verified(self, made: SimpleNamespace) -> None:
        source = made.corpus.SOURCE
        if isinstance(source, Archive):
            assert re.fullmatch(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", source.checksum)
            assert all(url.startswith("https://") for url in source.urls)
            assert source.size > 0
        if isinstance(source, FileList):
            digests = [*source.files.values(), *source.tables.values()]
            assert all(re.fullmatch(tables.SHA256, digest) for digest in digests)
            bases = [*source.bases, *source.table_bases]
            assert all(base.startswith("https://") and base.endswith("/") for base in bases)
            assert len(source.files) == made.corpus.N_CLIPS
            assert made.corpus.NAMES.keys() == {Path(path).stem for path in source.files}
        if isinstance(source, Local):
            assert "https://" in source.howto
            assert made.corpus.N_CLIPS or source.list_clips

    def test_every_clip_is_in_the_catalog_once(self, made: SimpleNamespace) -> None:
        assert len(made.table) == PARTS.get(made.name, made.corpus.N_CLIPS)
        assert (made.table.file_count == 1).all()
        assert all((made.home / path).is_file() for path in made.table.path)

    def test_names_and_speakers_are_those_of_the_facts(self, made: SimpleNamespace) -> None:
        names = made.corpus.NAMES.items()
        stated = {f"{made.name}_{name}": f"{made.name}_{speaker}" for name, speaker in names}
        found = dict(zip(made.table.clip_id, made.table.speaker, strict=True))
        assert not stated or stated.items() >= found.items()

    def test_a_speaker_has_one_gender(self, made: SimpleNamespace) -> None:
        assert (made.table.groupby("speaker").gender.nunique() == 1).all()
        assert made.table.speaker.nunique() > 1

    def test_labels_are_in_the_vocabularies(self, made: SimpleNamespace) -> None:
        # the codebooks themselves, because no clip may use some of their codes
        books = {name: value for name, value in vars(made.corpus).items() if isinstance(value, dict)}
        for book, known in (("EMOTIONS", tables.EMOTIONS), ("INTENSITIES", tables.INTENSITIES)):
            words = {value for value in books.get(book, {}).values() if isinstance(value, str)}
            assert words <= set(known)
        assert made.table.license.str.fullmatch(r"[A-Za-z0-9.+-]+").all()
        assert made.table.groupby("corpus_label").emotion_intended.nunique().max() == 1

    def test_every_file_can_be_read_at_the_stated_rate(self, made: SimpleNamespace) -> None:
        for row in made.table[::97].itertuples():
            recording = audio.read(made.home / row.path, audio.channel_of(row.source_channel))
            assert recording.sample_rate == row.expected_sample_rate
            assert len(recording.samples)

    def test_votes_are_on_clips_of_the_catalog(self, made: SimpleNamespace) -> None:
        assert set(made.votes.clip_id) <= set(made.table.clip_id)
        assert hasattr(made.corpus, "votes") == bool(len(made.votes))

    def test_params_and_readme_have_the_corpus(self, made: SimpleNamespace) -> None:
        source = made.corpus.SOURCE
        model = source.settings if isinstance(source, Generated | Hub) else fetch.Source
        assert model.model_validate(FETCH[made.name])
        assert f"| `{made.name}` |" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("content", [trees.FLLR, trees.LONG_HEADER], ids=["chunks", "long header"])
def test_chunks_and_long_headers_are_not_sound(tmp_path: Path, content: bytes) -> None:
    assert audio.read(trees.put(tmp_path / "a.wav", content)).samples.tolist() == [1 / 32768, 2 / 32768]
