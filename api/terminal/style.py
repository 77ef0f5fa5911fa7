"""Colour where a terminal shows it, plain text everywhere else."""

from __future__ import annotations

import os
import shutil
import textwrap
from dataclasses import dataclass
from typing import TextIO

_NARROWEST, _WIDEST = 72, 120


@dataclass(frozen=True)
class Style:
    """``width`` in characters. Every method gives back its text, dressed when ``colour`` is on."""

    colour: bool
    width: int

    @classmethod
    def of(cls, stream: TextIO) -> Style:
        """Follows ``NO_COLOR`` and whether the stream is a terminal."""
        colour = stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        return cls(colour, max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((100, 24)).columns)))

    def bold(self, text: str) -> str:
        return self._dress("1", text)

    def dim(self, text: str) -> str:
        return self._dress("2", text)

    def good(self, text: str) -> str:
        return self._dress("32", text)

    def bad(self, text: str) -> str:
        return self._dress("31", text)

    def warn(self, text: str) -> str:
        return self._dress("33", text)

    def code(self, text: str) -> str:
        return self._dress("1;36", text)

    def colour_of(self, number: int, text: str) -> str:
        """One of six colours, the same for the same number."""
        return self._dress(str((34, 32, 35, 36, 33, 31)[number % 6]), text)

    def heading(self, text: str, aside: str = "") -> str:
        rule = "─" * max(self.width - len(text) - len(aside) - 2 - bool(aside), 3)
        return f"{self.bold(text)} {self.dim(rule)}" + (f" {self.dim(aside)}" if aside else "")

    def wrap(self, text: str, indent: int, first: str | None = None) -> str:
        """Paragraph with ``indent`` blanks before each line, ``first`` in place of them on the first."""
        pad = " " * indent
        return textwrap.fill(
            " ".join(text.split()),
            self.width,
            initial_indent=pad if first is None else first,
            subsequent_indent=pad,
            break_on_hyphens=False,
        )

    def _dress(self, sequence: str, text: str) -> str:
        return f"\033[{sequence}m{text}\033[0m" if self.colour and text else text
