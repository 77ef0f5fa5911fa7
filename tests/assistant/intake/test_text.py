"""Bytes become text, or an error that names the place and never the content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.intake.text import CHARACTER_LIMIT, check_text, decode
from models.errors import EmptyNote, NoteTooLarge, NotText

NOTE = "Paclitaxel 175 mg/m² – 0915 → 1220, naïve café ½"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_encodings(encoding: str) -> None:
    assert decode(NOTE.encode(encoding), "note.txt") == NOTE


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_both_byte_orders(mark: bytes, encoding: str) -> None:
    assert decode(mark + NOTE.encode(encoding), "note.txt") == NOTE


def test_windows_1252_is_the_fallback() -> None:
    assert decode("Gemcitabine 1,000 mg/m² – “ok”".encode("cp1252"), "note.txt") == "Gemcitabine 1,000 mg/m² – “ok”"


def test_nothing_is_repaired() -> None:
    text = "a\r\nb\tc\x0cd \r\n"
    assert decode(text.encode(), "note.txt") == text


@pytest.mark.parametrize("data", [b"", b"  \r\n\t ", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty(data: bytes) -> None:
    with pytest.raises(EmptyNote, match=r"note\.txt"):
        decode(data, "note.txt")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.7 ...", "a PDF"),
        (b"PK\x03\x04....", "ZIP"),
        (b"{\\rtf1 note}", "Rich Text"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        ("note".encode("utf-16-le"), "without a byte order mark"),
        (b"note \x81 more", "neither UTF-8 nor Windows-1252"),
        (b"\xff\xfen\x00\x00", "byte order mark says"),
        (b"vital\x02signs", "U\\+0002"),
    ],
)
def test_not_text(data: bytes, reason: str) -> None:
    with pytest.raises(NotText, match=reason):
        decode(data, "note.txt")


def test_limit_is_exact() -> None:
    assert len(decode(b"a" * CHARACTER_LIMIT, "note.txt")) == CHARACTER_LIMIT
    with pytest.raises(NoteTooLarge, match="1,000,000"):
        decode(b"a" * (CHARACTER_LIMIT + 1), "note.txt")


def test_limit_counts_characters_not_bytes() -> None:
    assert len(decode("é".encode() * CHARACTER_LIMIT, "note.txt")) == CHARACTER_LIMIT


def test_half_a_surrogate_pair() -> None:
    with pytest.raises(NotText, match="character 4"):
        check_text("dose\ud83d", "text")


@given(st.binary(max_size=300))
def test_any_bytes_give_text_or_one_of_our_errors(data: bytes) -> None:
    try:
        text = decode(data, "note.txt")
    except (EmptyNote, NotText):
        return
    assert text.strip()
    assert text.encode()
