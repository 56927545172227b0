"""Text and tables in Markdown."""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd


def escaped(text: str) -> str:
    """Text of a corpus or a custom sheet as one line of Markdown that is nothing but text.

    HTML is escaped first, then the characters that mean something to Markdown inside a line; those that mean
    something at its start only (`#`, `-`, `1.`) never stand there.
    """
    line = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_\[\]|~$])", r"\\\1", line)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table; numbers to four significant digits."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(text(cell) for cell in line) + " |" for line in lines)


def text(value: Any) -> str:
    """A value as a reader wants it."""
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value).replace("|", "\\|")
