"""Text folded for matching: same length as the original, so every offset holds in both."""

from __future__ import annotations

_SAME_LENGTH = str.maketrans(
    {
        "\u00a0": " ", "\u2007": " ", "\u202f": " ", "\t": " ",
        "‘": "'", "’": "'", "“": '"', "”": '"',
        "–": "-", "—": "-", "‑": "-", "−": "-", "×": "x", "µ": "u", "μ": "u",
    }
)  # fmt: skip


def fold(text: str) -> str:
    """Lower-case with plain spaces, quotes and dashes; code point for code point."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters (such as "İ") grow when lowered: those stay as they are
        lowered = "".join(low if len(low := character.lower()) == 1 else character for character in text)
    return lowered.translate(_SAME_LENGTH)
