"""Every pattern that assistant and terminology compile, and texts made from a pattern's own parts to slow it down."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

_EVERYWHERE = (" ", "\n", "\t", "a", "A ", "1", "1 ", ". ", ", ", "a-", "(", "1/", "1:", "mg ", "\x00")
_MOST_UNITS = 24
_CATEGORIES = {
    op.CATEGORY_DIGIT: "1",
    op.CATEGORY_NOT_DIGIT: "a",
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_NOT_SPACE: "a",
    op.CATEGORY_WORD: "a",
    op.CATEGORY_NOT_WORD: " ",
}
# Writes down what the packages compile on import, with their tables, and over the sample notes.
_SPY = """
import json, pkgutil, re, sys
from importlib import import_module
from pathlib import Path
from re import _compiler
found, real = {}, _compiler.compile
def spy(pattern, flags=0):
    frame = sys._getframe(1)
    while frame and frame.f_globals["__name__"].split(".")[0] == "re":
        frame = frame.f_back
    module = frame.f_globals["__name__"] if frame else ""
    if isinstance(pattern, str) and module.split(".")[0] in ("assistant", "terminology"):
        found.setdefault((pattern, int(flags)), f"{module}:{frame.f_lineno}")
    return real(pattern, flags)
_compiler.compile = spy
for package in ("assistant", "terminology"):
    for module in pkgutil.walk_packages(import_module(package).__path__, package + "."):
        if module.name != "terminology.__main__":
            import_module(module.name)
from assistant.pipeline import code_note
from models.note import Note
from terminology.store import Terminology
for path in sorted(Path("api/samples").glob("*.txt")):
    code_note(Note(id=path.stem, text=path.read_text()), Terminology.open())
json.dump([[p, f, where] for (p, f), where in found.items()], sys.stdout)
"""


class Shipped(NamedTuple):
    """One compiled pattern and the place in the source that compiled it first."""

    pattern: re.Pattern[str]
    place: str


@cache
def shipped_patterns() -> tuple[Shipped, ...]:
    """Every pattern, those of the tables included, from a fresh process that watches ``re``."""
    root = Path(__file__).parents[2]
    listed = subprocess.run(
        [sys.executable, "-c", _SPY], capture_output=True, text=True, check=True, timeout=120, cwd=root
    )
    return tuple(Shipped(re.compile(text, flags), place) for text, flags, place in json.loads(listed.stdout))


def attack(lead: str, unit: str, size: int) -> str:
    """``unit`` again and again behind ``lead``, up to ``size`` characters and a last one that fits nothing."""
    return lead + (unit * (size // len(unit) + 1))[: max(0, size - len(lead) - 1)] + "\x00"


@cache
def units(pattern: re.Pattern[str]) -> tuple[tuple[str, str], ...]:
    """(text that leads up to a repetition, what is repeated)."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    whole = _sample(tree)
    found = dict.fromkeys([("", whole[:-1]), ("", whole + " "), *_repeated(tree, "")])
    found |= dict.fromkeys(("", unit) for unit in _EVERYWHERE)
    return tuple(pair for pair in found if pair[1])[:_MOST_UNITS]


def _repeated(tree: Any, lead: str) -> Iterator[tuple[str, str]]:
    for kind, value in tree:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            _, high, body = value
            if high > 1:
                for unit in _variants(body):
                    yield lead, unit
                    yield "", lead[-8:] + unit
            yield from _repeated(body, lead)
        elif kind is op.SUBPATTERN:
            yield from _repeated(value[-1], lead)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _repeated(branch, lead)
        lead += _sample([(kind, value)])


def _variants(tree: Any) -> set[str]:
    """The body once for each alternative of its first choice."""
    if len(tree) == 1:
        kind, value = tree[0]
        if kind is op.IN:
            return set(_members(value))
        if kind is op.SUBPATTERN:
            return _variants(value[-1])
        if kind is op.BRANCH:
            return {_sample(branch) for branch in value[1][:6]}
    return {_sample(tree)}


def _members(items: Any) -> list[str]:
    chosen = [
        chr(value) if kind is op.LITERAL else chr(value[0]) if kind is op.RANGE else _CATEGORIES.get(value, "")
        for kind, value in items
        if kind in (op.LITERAL, op.RANGE, op.CATEGORY)
    ]
    if items and items[0][0] is op.NEGATE:
        return [next(character for character in "a1 .%" if character not in chosen)]
    return chosen[:4]


def _sample(tree: Any) -> str:
    """Text that fits the pattern, look-arounds and anchors aside."""
    text = ""
    for kind, value in tree:
        if kind is op.LITERAL:
            text += chr(value)
        elif kind is op.NOT_LITERAL:
            text += "b" if value == ord("a") else "a"
        elif kind is op.ANY:
            text += "a"
        elif kind is op.IN:
            text += _members(value)[0]
        elif kind is op.BRANCH:
            text += _sample(value[1][0])
        elif kind is op.SUBPATTERN:
            text += _sample(value[-1])
        elif kind is op.ATOMIC_GROUP:
            text += _sample(value)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            text += _sample(value[2]) * max(1, min(value[0], 4))
    return text
