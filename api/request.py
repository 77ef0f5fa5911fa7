"""What a caller may ask for, checked once for every way in: command line, batch, HTTP and workbench."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import BinaryIO, get_args

from assistant.intake.text import CHARACTER_LIMIT, check_text, decode
from models.errors import BadDate, InputError, UnknownSetting
from models.note import Note, Setting

_SHOWN = 40  # characters of a bad value in a message: enough to recognise it, too few for a pasted note
_BYTE_LIMIT = 4 * CHARACTER_LIMIT  # what a note of the largest size may take in any encoding


def make_note(
    note_id: str,
    text: str,
    place: str,
    setting: str | None = None,
    date_of_service: str | None = None,
    payer: str | None = None,
) -> Note:
    """A checked note; empty strings count as not stated.

    Raises:
        InputError: empty, oversized or unprintable text, unknown setting, bad date. ``place`` names the source.
    """
    check_text(text, place)
    return Note(
        id=note_id,
        text=text,
        setting=read_setting(setting),
        date_of_service=read_date(date_of_service, "date of service"),
        payer=payer or None,
    )


def read_setting(value: str | None) -> Setting | None:
    """Raises:
    UnknownSetting: neither ``physician`` nor ``facility``.
    """
    for setting in get_args(Setting):
        if value == setting:
            return setting  # type: ignore[no-any-return]
    if value:
        raise UnknownSetting(clip(value))
    return None


def read_date(value: str | None, place: str) -> date | None:
    """Raises:
    BadDate: not ``YYYY-MM-DD``. Other ISO forms (week dates, no dashes) are refused: they are mostly typing errors.
    """
    if not value:
        return None
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise BadDate(place, clip(value)) from None
    if found.isoformat() != value:
        raise BadDate(place, clip(value))
    return found


def read_document(source: str, stdin: BinaryIO) -> tuple[str, str]:
    """Text of the file ``source`` (``-``: standard input) and the name to call it by.

    Raises:
        InputError: the file cannot be opened, or ``decode`` refuses what it holds.
    """
    if source == "-":
        return decode(stdin.read(_BYTE_LIMIT + 1), "standard input"), "standard input"
    place = Path(source).name
    try:
        with Path(source).open("rb") as file:
            data = file.read(_BYTE_LIMIT + 1)
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}.", "Check the path.") from None
    return decode(data, place), place


def clip(value: str) -> str:
    """A value short enough to stand in a message."""
    return value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
