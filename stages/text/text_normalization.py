"""When two transcripts are the same sentence."""

import unicodedata


def normalised(transcript: str) -> str:
    """A transcript without case, punctuation and width variants (NFKC), its words parted by single spaces.

    Two spellings of one sentence become equal; apostrophes fall away, so `don't` equals `dont`.
    """
    folded = unicodedata.normalize("NFKC", transcript).casefold().replace("'", "").replace("’", "")
    kept = "".join(" " if unicodedata.category(c)[0] in "PSZC" else c for c in folded)
    return " ".join(kept.split())
