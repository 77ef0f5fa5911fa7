"""A note in the characters that the readers know, and the way back to its own.

Composed letters for decomposed ones, plain blanks for those that do not break, ASCII for full-width characters; signs
without width are left out. Nothing else is touched: superscripts, dashes and quotation marks mean something.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, NamedTuple

from models.record import Record
from models.span import Span

# One letter with its marks, or one sign that is written otherwise.
_ODD = re.compile(
    "[^\u0300-\u036f][\u0300-\u036f]+"
    "|[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
    "|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
    "|[\uff01-\uff5e]"
)


class Plain(NamedTuple):
    """``text`` to read, and for each of its characters where it begins and ends in the note."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def level(note: str) -> Plain | None:
    """The note in known characters, None where it is written in them already."""
    if note.isascii() or not _ODD.search(note):
        return None
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    cursor = 0
    for match in (*_ODD.finditer(note), None):
        start, end = match.span() if match else (len(note), len(note))
        text.append(note[cursor:start])
        starts.extend(range(cursor, start))
        ends.extend(range(cursor + 1, start + 1))
        written = _written(match[0]) if match else ""
        text.append(written)
        starts.extend([start] * len(written))
        ends.extend([end] * len(written))
        cursor = end
    return Plain("".join(text), tuple(starts), tuple(ends))


def _written(odd: str) -> str:
    if len(odd) > 1:
        return unicodedata.normalize("NFC", odd)
    category = unicodedata.category(odd)
    return " " if category == "Zs" else "" if category == "Cf" else unicodedata.normalize("NFKC", odd)


def restore(value: Any, note: str, plain: Plain) -> Any:
    """The same record with every span of ``plain.text`` cut from the note itself."""
    if isinstance(value, Span):
        return Span.cut(note, plain.starts[value.start], plain.ends[value.end - 1])
    if isinstance(value, Record):
        parts = {name: restore(getattr(value, name), note, plain) for name in type(value).model_fields}
        return value.model_copy(update=parts)
    if isinstance(value, tuple):
        return tuple([restore(item, note, plain) for item in value])
    return value
