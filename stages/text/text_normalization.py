"""Normalized transcripts: equal for two spellings of one sentence."""

import unicodedata


def normalize(transcript: str) -> str:
    """Remove case, punctuation and width variants (NFKC); words are separated by single spaces.

    Apostrophes are removed, so `don't` equals `dont`.
    """
    folded = unicodedata.normalize("NFKC", transcript).casefold().replace("'", "").replace("’", "")
    kept = "".join(" " if unicodedata.category(c)[0] in "PSZC" else c for c in folded)
    return " ".join(kept.split())
