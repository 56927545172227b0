"""Markdown: escaped text, and tables."""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd


def escaped(text: str) -> str:
    """Escape text of a corpus or of metadata.csv as one line of plain Markdown text.

    HTML is escaped first, then the characters that are Markdown syntax within a line; text never
    starts a line, so those that are syntax only there (`#`, `-`, `1.`) stay.
    """
    line = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_\[\]|~$])", r"\\\1", line)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Format a Markdown table; floats have four significant digits."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(text(cell) for cell in line) + " |" for line in lines)


def text(value: Any) -> str:
    """Format one value for a table; null becomes `-`."""
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value).replace("|", "\\|")
