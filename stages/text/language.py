"""Language tags, and Chinese characters."""

import re

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
"""A Chinese character."""


def language_of(tag: str) -> str:
    """Return the language of a BCP 47 tag: `en-US` -> `en`."""
    return tag.lower().split("-")[0]
