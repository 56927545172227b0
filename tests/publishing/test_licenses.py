"""Facts of licenses, the check of the intended use, the attribution."""

import pytest

from stages import attribution, licensing
from stages.core import params
from stages.core.errors import UserError
from stages.corpora import base
from stages.publishing import licenses
from stages.publishing.licenses import LICENSES, permits
from stages.reporting.markdown import escaped
from tests import makers


@pytest.mark.parametrize("name", sorted(params.names(params.STAGES / "corpora")))
def test_every_corpus_has_a_license_that_is_known(name: str) -> None:
    licenses.facts(getattr(base.load(name), "LICENSE"), name)  # noqa: B009


@pytest.mark.parametrize("spdx", [spdx for spdx in LICENSES if spdx.startswith("CC-")])
def test_creative_commons_facts_follow_from_the_letters(spdx: str) -> None:
    letters = spdx.removeprefix("CC-").removesuffix("-4.0")
    assert LICENSES[spdx] == licenses.License(
        f"CC {letters} 4.0", f"https://creativecommons.org/licenses/{letters.lower()}/4.0/",
        commercial="NC" not in letters, derivatives="ND" not in letters, share_alike="SA" in letters,
        attribution=True, redistribution=True,
    )  # fmt: skip


@pytest.mark.parametrize(("spdx", "uses"), [
    ("CC0-1.0", {*licenses.USES}),
    ("ODbL-1.0", {*licenses.USES}),
    ("CC-BY-4.0", {*licenses.USES}),
    ("CC-BY-NC-SA-4.0", {"research", "non-commercial", "redistributable"}),
    ("CC-BY-NC-ND-4.0", {"research", "non-commercial"}),
    ("LicenseRef-ESD", {"research"}),
    ("LicenseRef-MSP-Podcast", {"research"}),
    ("LicenseRef-custom-research", {"research"}),
    ("LicenseRef-custom-non-commercial", {"research", "non-commercial"}),
    ("LicenseRef-custom-redistributable", {"research", "non-commercial", "redistributable"}),
    ("LicenseRef-custom-commercial", {"research", "non-commercial", "commercial"}),
])  # fmt: skip
def test_uses(spdx: str, uses: set[str]) -> None:
    assert {use for use in licenses.USES if permits(LICENSES[spdx], use)} == uses


def test_an_unknown_license_is_an_error_that_names_the_clip_and_a_near_one() -> None:
    clips = makers.catalog({}, {"license": "CC-BY-NC-SA-3.0"})
    with pytest.raises(UserError, match=r"demo_1: unknown license 'CC-BY-NC-SA-3.0' \(did you mean"):
        licensing.decide(clips, "research")


def test_each_clip_is_checked() -> None:
    clips = makers.catalog({"license": "CC-BY-NC-4.0"}, {}, {"license": "LicenseRef-ESD"})
    assert licensing.decide(clips, "commercial").permitted.tolist() == [False, True, False]
    assert licensing.decide(clips, "redistributable").permitted.tolist() == [True, True, False]
    assert licensing.decide(clips, "research").permitted.tolist() == [True, True, True]


def test_catalog_metrics() -> None:
    clips = makers.catalog(
        {}, {"speaker": "demo_2"}, {"emotion_intended": "sad", "corpus_label": "Trauer", "language": "de"},
        {"corpus": "esd", "speaker": "esd_1", "license": "LicenseRef-ESD"},
    ).assign(seconds=[60.0, 30.0, 15.0, None])  # fmt: skip
    found = licensing.metrics(clips)
    assert found["all"]["clips"] == 4
    assert found["all"]["licenses"] == {"CC0-1.0": 3, "LicenseRef-ESD": 1}
    demo = found["by_corpus"]["demo"]
    assert (demo["clips"], demo["speakers"], demo["minutes"]) == (3, 2, 1.75)
    assert demo["languages"] == {"de": 1, "en": 2}
    assert demo["by_emotion"] == {
        "happy": {"clips": 2, "speakers": 2, "minutes": 1.5, "labels": {"happy": 2}},
        "sad": {"clips": 1, "speakers": 1, "minutes": 0.25, "labels": {"Trauer": 1}},
    }
    assert found["by_corpus"]["esd"]["minutes"] == 0.0


def test_attribution_names_source_license_clips_and_changes() -> None:
    clip = {
        "corpus": "ravdess",
        "license": "CC-BY-NC-SA-4.0",
        "citation": "L & R (2018). https://doi.org/1/x",
    }
    clips = makers.timeline(clip, {**clip, "denoise_gain_floor_db": -12.0}, {})
    text = attribution.attribution(clips)
    demo, ravdess = text.split("## ")[1:]
    assert "L &amp; R (2018). https://doi.org/1/x" in ravdess
    assert "<https://creativecommons.org/licenses/by-nc-sa/4.0/>" in ravdess
    assert "credit the source; adapted copies keep this license; no commercial use" in ravdess
    assert "Clips used: 2" in ravdess
    assert "noise reduced in 1 clips; converted from 48,000 Hz to 24,000 Hz; level set to -23 LUFS" in ravdess
    assert "Clips used: 1" in demo
    assert "noise" not in demo


def test_each_license_within_a_corpus_is_listed_and_order_does_not_matter() -> None:
    clips = makers.timeline({"license": "CC-BY-4.0"}, {}, {"license": "CC-BY-4.0", "citation": "Ann"})
    text = attribution.attribution(clips)
    assert text.count("License:") == 3
    assert attribution.attribution(clips.sample(frac=1, random_state=0)) == text


@pytest.mark.parametrize(("text", "expected"), [
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("[here](http://x) `code` *b* _i_", r"\[here\](http://x) \`code\` \*b\* \_i\_"),
    ("one\n\n# two\r\n- three", "one # two - three"),
    ("![a](b) &lt; a|b", r"!\[a\](b) &amp;lt; a\|b"),
    ("<http://x.org>", "&lt;http://x.org&gt;"),
])  # fmt: skip
def test_markup_in_metadata_is_escaped(text: str, expected: str) -> None:
    assert escaped(text) == expected
