"""What the pipeline needs to know of a language tag and of a script."""

import re

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
"""A Chinese character."""


def language_of(tag: str) -> str:
    """`en-US` -> `en`."""
    return tag.lower().split("-")[0]
