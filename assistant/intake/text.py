"""From the bytes that came in to the text of one note, or an error that says what is wrong with them.

Nothing is repaired: line endings, tabs and odd spaces stay, because every evidence span counts code points of this very
text. Only a byte order mark is dropped; it is no part of the text.
"""

from __future__ import annotations

import codecs
import re

from models.errors import EmptyNote, NoteTooLarge, NotText

CHARACTER_LIMIT = 1_000_000  # code points in one note; spaCy refuses more for the same reason: memory
_BYTES_PER_CHARACTER = 4  # the most that UTF-8, UTF-16 or UTF-32 spends on one code point

# Longer marks first: the UTF-32 mark begins with the UTF-16 one.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# What people send in place of text, by the first bytes of the file.
_SIGNATURES = (
    (b"%PDF-", "it is a PDF"),
    (b"PK\x03\x04", "it is a ZIP container (Word, Excel and OpenDocument files are)"),
    (b"\xd0\xcf\x11\xe0", "it is an old Word or Excel file"),
    (b"{\\rtf", "it is Rich Text Format"),
    (b"\x89PNG", "it is a picture"),
    (b"\xff\xd8\xff", "it is a picture"),
    (b"GIF8", "it is a picture"),
    (b"II*\x00", "it is a scanned picture"),
    (b"MM\x00*", "it is a scanned picture"),
    (b"\x1f\x8b", "it is compressed"),
)

# Every C0 control but those documents hold: tab, line feed, vertical tab, form feed, carriage return, DOS end of file.
_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f]")


def decode(data: bytes, place: str) -> str:
    """The text in ``data``: by its byte order mark, else UTF-8, else Windows-1252.

    Args:
        data: the whole document as it came in.
        place: what to call the document in a message ("note.txt", "standard input", "row 7"); never its text.

    Raises:
        EmptyNote: no bytes, or only white space.
        NotText: a known binary format, control characters, or bytes that are in none of the encodings.
        NoteTooLarge: more than ``CHARACTER_LIMIT`` characters.
    """
    if len(data) > CHARACTER_LIMIT * _BYTES_PER_CHARACTER:
        raise NoteTooLarge(place, CHARACTER_LIMIT)
    for signature, reason in _SIGNATURES:
        if data.startswith(signature):
            raise NotText(place, reason)
    text = _decode_bytes(data, place)
    check_text(text, place)
    return text


def check_text(text: str, place: str) -> None:
    """Refuse text that cannot be a note.

    Raises:
        EmptyNote, NotText, NoteTooLarge: as ``decode`` does.
    """
    check_size(text, place)
    if not text.strip():
        raise EmptyNote(place)
    if control := _CONTROL.search(text):
        raise NotText(place, f"a control character (U+{ord(control[0]):04X}) stands at character {control.start():,}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        # JSON can spell half of a surrogate pair; no encoding can write it back.
        raise NotText(place, f"half of a surrogate pair stands at character {error.start:,}") from None


def check_size(text: str, place: str) -> None:
    """Raises:
    NoteTooLarge: ``text`` has more than ``CHARACTER_LIMIT`` code points.
    """
    if len(text) > CHARACTER_LIMIT:
        raise NoteTooLarge(place, CHARACTER_LIMIT)


def _decode_bytes(data: bytes, place: str) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.removeprefix(mark).decode(encoding)
            except UnicodeDecodeError as error:
                raise NotText(place, f"its byte order mark says {encoding}, byte {error.start:,} is not") from None
    if b"\0" in data:
        raise NotText(place, "it holds zero bytes (binary, or UTF-16 without a byte order mark)")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise NotText(place, f"byte {error.start:,} fits neither UTF-8 nor Windows-1252") from None
