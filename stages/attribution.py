"""Stage `attribution`: credits, licenses and changes, in `data/ATTRIBUTION.md`, published with the dataset.

Creative Commons requires the creator, the license and its address, and an indication of changes (CC BY 4.0,
section 3(a)(1)). All are read from the timeline, so they cover exactly the rendered clips.
"""

from pathlib import Path

import pandas as pd

from stages.core import files, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.publishing import licenses
from stages.reporting.markdown import escaped
from stages.signal.lengths import SAMPLE_RATE

HEAD = """# Attribution

This dataset is a collection. Each clip keeps the license of its source, which is in its JSON file and in each
line of the manifests; a license named below applies to the clips listed with it.
"""


def terms(license: str) -> str:
    """Describe a license: name, address and conditions, as one line of Markdown."""
    known = licenses.facts(license, "timeline")
    conditions = {
        "credit the source": known.attribution,
        "adapted copies keep this license": known.share_alike,
        "no commercial use": not known.commercial,
        "research use only": not (known.non_commercial or known.commercial),
        "no redistribution": not known.redistribution,
        "no redistribution of adapted copies (as here)": known.redistribution and not known.derivatives,
    }
    required = "; ".join(text for text, applies in conditions.items() if applies)
    address = f", <{known.address}>" if known.address else ""
    return f"{escaped(known.name)} (`{license}`){address}" + (f": {required}" if required else "")


def changes(clips: pd.DataFrame) -> list[str]:
    """List what was changed in these clips, as phrases.

    Args:
        clips: rows of the timeline.
    """
    augmented = int((clips.copy_number > 0).sum())
    denoised = int((clips.denoise_gain_floor_db.notna() & (clips.copy_number == 0)).sum())
    rates = ", ".join(f"{rate:,}" for rate in sorted(set(clips.sample_rate) - {SAMPLE_RATE}))
    targets = ", ".join(f"{target:g}" for target in sorted(set(clips.target_lufs)))
    return [
        "trimmed to the speech, with short fades",
        *([f"noise reduced in {denoised:,} clips"] if denoised else []),
        *([f"pitch, tempo or noise changed in {augmented:,} copies"] if augmented else []),
        *([f"converted from {rates} Hz to {SAMPLE_RATE:,} Hz"] if rates else []),
        f"level set to {targets} LUFS",
        "written as one channel of a 16-bit stereo file",
        "emotion labels mapped to one vocabulary, word times added",
    ]


def section(corpus: str, clips: pd.DataFrame) -> str:
    """Format the section of one corpus: citations, licenses, clips, changes.

    Args:
        corpus: name of the corpus.
        clips: rows of the timeline from this corpus.
    """
    lines = [f"## {escaped(corpus)}", ""]
    for (citation, license), group in clips.groupby(["citation", "license"]):
        lines += [f"- Source: {escaped(citation)}"]
        lines += [f"  - License: {terms(license)}"]
        lines += [f"  - Clips used: {group.clip_id.nunique():,}"]
    return "\n".join([*lines, f"- Changes: {'; '.join(changes(clips))}.", ""])


def attribution(timeline: pd.DataFrame) -> str:
    """Format the complete document, corpora sorted by name.

    Args:
        timeline: columns of `tables.Timeline`.
    """
    return "\n".join([HEAD, *(section(str(corpus), clips) for corpus, clips in timeline.groupby("corpus"))])


def run() -> None:
    """Write `data/ATTRIBUTION.md`."""
    watch = Stopwatch("attribution")
    timeline = store.read(Path("data/tables/timeline.parquet"), tables.Timeline)
    files.write_text(Path("data/ATTRIBUTION.md"), attribution(timeline))
    watch.end(timeline.clip_id.nunique())


if __name__ == "__main__":
    main(run)
