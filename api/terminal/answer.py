"""Answers of a look-up as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from api.terminal.style import Style
from models.code import Match


def write_matches(matches: Sequence[Match], on: date, style: Style) -> Iterator[str]:
    """Lines of text, without line feeds."""
    yield style.heading("CODES", f"as of {on:%Y-%m-%d}")
    wide = max(len(match.code) for match in matches)
    for match in matches:
        dates = ""
        if match.valid_from or match.valid_to:
            dates = f"{match.valid_from or ''} to {match.valid_to or 'open'}"
        state = "" if match.valid else style.bad("not valid on that day")
        detail = " · ".join(part for part in (match.detail, dates, state) if part)
        yield style.wrap(
            match.text, 20 + wide, f" {match.system:<16}  {style.code(match.code)}{' ' * (wide - len(match.code) + 1)}"
        )
        if detail:
            yield style.dim(f"{'':{20 + wide}}{detail}")
