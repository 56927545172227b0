"""Reader of Praat's TextGrid, the long text form that forced aligners write.

The format is in Praat's manual, "TextGrid file formats": `class = "IntervalTier"`, `name = "words"`, then
`xmin`, `xmax` and `text` of each interval; a quotation mark in a text is doubled.
"""

import re
from pathlib import Path

from stages.core.errors import UserError
from stages.corpora.base import Word

TIER = re.compile(r'class = "IntervalTier"\s+name = "((?:[^"]|"")*)"')
INTERVAL = re.compile(r'xmin = ([-\d.eE+]+)\s+xmax = ([-\d.eE+]+)\s+text = "((?:[^"]|"")*)"')
PAUSES = ("", "sil", "sp", "<eps>")


def words(path: Path, tier: str = "words") -> tuple[Word, ...]:
    """Read the words of one tier, without pauses.

    Raises:
        UserError: not a TextGrid, or without the tier.
    """
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        content = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: expected a TextGrid in UTF-8 or UTF-16: {error}") from None
    tiers = list(TIER.finditer(content))
    ends = [*(found.start() for found in tiers[1:]), len(content)]
    for found, end in zip(tiers, ends, strict=False):
        if found[1] == tier:
            intervals = INTERVAL.findall(content[found.end() : end])
            spoken = [(text.replace('""', '"').strip(), float(a), float(b)) for a, b, text in intervals]
            return tuple(Word(*word) for word in spoken if word[0] not in PAUSES)
    names = ", ".join(found[1] for found in tiers) or "none"
    raise UserError(
        f"{path}: expected a TextGrid with an interval tier '{tier}', found tiers: {names}; "
        "use the file of the release, or remove it to align the clip again"
    )
