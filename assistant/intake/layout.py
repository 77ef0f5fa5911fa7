"""A note as rows and clauses: tables (pipe, tab, CSV, fixed width) with header-bound cells, prose split in sentences.

Nothing here knows about drugs. Offsets point into the original text, which is never copied or changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from terminology.layout import ColumnNames

# A cell narrower than this many columns left of its header still belongs to it (ragged fixed-width exports).
_FIXED_WIDTH_SLACK = 3
# Nobody ends a row with these words.
_CARRIED_ON = (" at", " from", " to", " until", " and", " with", " in", " of", " the", " a", " by")
# A shorter line was ended by its author, not wrapped.
_WRAPPED_LINE = 60
# A longer one is a whole paragraph in one line.
_LONGEST_WRAPPED_LINE = 170
_TIME_AT_START = re.compile(r"\W{0,3}\d{1,2}:?\d{2}\s?(?:[aApP]\.?[mM]?\.?)?\b")
_BULLET = re.compile(r"\s{0,80}(?:[-*•>+]|\d{1,2}[.)]|\[[ xX]?\])\s")
_LABEL = re.compile(
    r"\s{0,80}[A-Za-z][A-Za-z /&-]{1,22}\t"
    r"|\s{0,80}\[[A-Za-z][A-Za-z /&-]{0,20}\](?=\s)"
    r"|\s{0,80}#?[A-Za-z][A-Za-z0-9 /&_.'()-]{0,38}?"
    r"(?:\.{2,}|\s{0,20}(?<!\d):(?=\s|$|[\"\d])|\s{0,20}(?<!\d)=(?=\S)|(?<!/m2 )(?<!/kg )[:=](?=\s|$))"
)
_SHOUTED = re.compile(r"[A-Z]{4,}|[A-Z]{2,}\s[A-Z]{2,}")  # headings of forms
# A drug with its amount at the head of a line, the same in the line above: a list, not running text.
_ENTRY = re.compile(
    r"\s{0,80}[A-Za-z][\w'-]{2,30}(?:\s[\w()/-]{1,20}){0,2}\s\d[\d.,]{0,12}\s?(?:mg|mcg|g|mL|units?|IU)\b"
)
_OPEN_ENDS = ",(&+-/"
_GIVEN_ENTRY = re.compile(_ENTRY.pattern.replace("[A-Za-z]", "[A-Z]", 1) + r"\s(?:IV\w{0,2}|IM|SC|SQ|PO|subcut|slow)\b")
_LEADS_ON = re.compile(
    r"[,(&+]\Z|\b(?:given|gave|giving|received|receive|had|was|were|is|then|with|plus|got|infused|started|hung|for|on)\Z"
)
_ROW_OPENER = re.compile(
    r"(?:Orders?|ORDERS?|D[xX]|DX|Payer|Insurance|Ins|Access|Labs?|LABS?|Vitals?|VS|IV|PIV|Pre-?[Mm]eds?|PRE-?MEDS?|Post|Notes?|Signed|Nurse|RN|Plan|Assessment|Allerg\w+|Meds?|Weight|Wt|Product|Lot|Vials?|Reaction|Site|SITE)\b"
)
# A full stop ends a clause unless it belongs to a decimal, an initial or an abbreviation such as "Dr." or "approx.".
_SENTENCE_END = re.compile(
    r"(?<!\b[A-Z])(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)(?<!\bvs)(?<!\bNo)(?<!\bno)(?<!\bapprox)(?<!\best)(?<!\bpt)(?<!\bPt)"
    r"(?<!\.)[.!?](?=\s+[\"'(\[]?[A-Z0-9])|;(?=\s)|\s//\s|\s\|\s"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A half-open stretch of the note."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clause:
    """One row of a table, or one clause of prose: the unit that the readers look at.

    ``cells`` maps a column role ("time", "drug", "dose", ...) to its pieces (several where a row wraps), empty for
    prose. ``line`` and ``row`` number the source line and the logical line (wrapped lines share a row).
    ``label`` is a leading ``KEY:`` of the row.
    """

    start: int
    end: int
    line: int
    row: int
    label: str = ""
    indent: int = 0
    first_in_row: bool = True
    cells: dict[str, tuple[Piece, ...]] = field(default_factory=dict)
    blank_cells: frozenset[str] = frozenset()

    @property
    def is_table_row(self) -> bool:
        return bool(self.cells)


@dataclass(slots=True)
class _Line:
    start: int
    end: int
    number: int


def split_clauses(text: str, columns: ColumnNames) -> tuple[Clause, ...]:
    """All clauses of ``text`` in order. Linear in the length of the text."""
    lines = list(_lines(text))
    clauses: list[Clause] = []
    width = max(line.end - line.start for line in lines)
    row = 0
    index = 0
    while index < len(lines):
        table = _read_table(text, lines, index, columns)
        if table is not None:
            rows, index = table
            for first, last, cells, blanks in rows:
                row += 1
                clauses.append(Clause(first.start, last.end, first.number, row, cells=cells, blank_cells=blanks))
            continue
        end_index = index + 1
        while end_index < len(lines) and _continues(text, lines[end_index - 1], lines[end_index], columns, width):
            end_index += 1
        row += 1
        clauses.extend(_prose(text, lines[index:end_index], row))
        index = end_index
    return tuple(clauses)


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    number = 0
    for match in re.finditer(r"\r\n|\r|\n", text):
        yield _Line(start, match.start(), number)
        start = match.end()
        number += 1
    yield _Line(start, len(text), number)


def _continues(text: str, before: _Line, line: _Line, columns: ColumnNames, width: int) -> bool:
    """Whether ``line`` is the wrapped rest of ``before``; ``width`` is the length of the note's longest line."""
    content = text[line.start : line.end]
    previous = text[before.start : before.end].rstrip()
    stripped = content.strip()
    if not stripped or not previous.strip():
        return False
    if previous.endswith(_CARRIED_ON) and len(previous) >= _WRAPPED_LINE:
        return True
    if (
        _TIME_AT_START.match(stripped)
        or _BULLET.match(content)
        or _LABEL.match(content)
        or "|" in content
        or "\t" in content
    ):
        return False
    if _header_roles(text, line, columns):
        return False
    if _ROW_OPENER.match(stripped) or (
        previous[-1] not in _OPEN_ENDS and _ENTRY.match(content) and _ENTRY.match(previous)
    ):
        return False
    if _GIVEN_ENTRY.match(content) and not _LEADS_ON.search(previous):
        return False
    indent = len(content) - len(content.lstrip())
    wrapped = _WRAPPED_LINE <= len(previous) <= _LONGEST_WRAPPED_LINE and len(previous) * 100 >= width * 85
    if not re.search(r"\d", stripped) and len(re.findall(r"\S\s{3,}\S", stripped)) >= 2:
        return False  # headings of columns
    if "   " in previous.strip() and not _bracket_open(previous):
        wrapped = False  # set in columns, not in running text
    if stripped[0].islower() and previous[-1] not in ".:]" and wrapped:
        return True
    if previous[-1] in _OPEN_ENDS:
        return True
    # A deep hanging indent continues the row above; long lines are wrapped prose.
    return (indent >= 4 and not previous.endswith((".", ":")) and indent > _indent(text, before)) or (
        wrapped and previous[-1] not in ".:;!?" and indent <= _indent(text, before) + 2 and not _SHOUTED.match(stripped)
    )


def _bracket_open(content: str) -> bool:
    return content.count("(") > content.count(")")


def _indent(text: str, line: _Line) -> int:
    content = text[line.start : line.end]
    return len(content) - len(content.lstrip())


def _prose(text: str, lines: list[_Line], row: int) -> Iterator[Clause]:
    start, end = lines[0].start, lines[-1].end
    label = _label(text, start, end)
    first = True
    cursor = start
    for match in (*_SENTENCE_END.finditer(text, start, end), None):
        stop = match.start() + (1 if match and text[match.start()] in ".!?;" else 0) if match else end
        if match and _inside(text, start, end, match.start()):
            continue
        if text[cursor:stop].strip():
            own = _label(text, cursor, stop) if not first else ""
            yield Clause(cursor, stop, _line_of(lines, cursor), row, own or label, _indent(text, lines[0]), first)
            first = False
        cursor = match.end() if match else end


def _inside(text: str, start: int, end: int, position: int) -> bool:
    """Whether a separator belongs to its clause: inside brackets, or a bar within a row that begins with its time."""
    if text[position : position + 3].strip().startswith("|") and _TIME_AT_START.match(text, start):
        return not _TIME_AT_START.match(text, min(end, position + 2))
    before = text[start:position]
    return before.count("(") > before.count(")") and ")" in text[position:end] and text[position] != "."


def _label(text: str, start: int, end: int) -> str:
    """The leading ``KEY:`` of a row in lower case, its punctuation and underscores as blanks."""
    match = _LABEL.match(text, start, end)
    return " ".join(text[start : match.end()].strip(" #:=.\t[]").replace("_", " ").casefold().split()) if match else ""


def _line_of(lines: list[_Line], offset: int) -> int:
    return next((line.number for line in reversed(lines) if line.start <= offset), lines[0].number)


# --- tables ---------------------------------------------------------------------------------------------------------

_Cells = dict[str, tuple[Piece, ...]]
_Row = tuple[_Line, _Line, _Cells, frozenset[str]]


def _read_table(text: str, lines: list[_Line], index: int, columns: ColumnNames) -> tuple[list[_Row], int] | None:
    """The rows of the table whose header is ``lines[index]``, and the index after it; None where no header stands."""
    header = _header_roles(text, lines[index], columns)
    if header is None:
        return None
    delimiter, roles = header
    rows: list[_Row] = []
    at = index + 1
    misses = 0
    while at < len(lines):
        line = lines[at]
        content = text[line.start : line.end]
        if not content.strip():
            # One blank line may stand between header and rows or between row groups of a fixed-width export.
            if delimiter != " " or at + 1 >= len(lines) or not text[lines[at + 1].start : lines[at + 1].end].strip():
                break
            if not _TIME_AT_START.match(text[lines[at + 1].start : lines[at + 1].end].strip()):
                break
            at += 1
            continue
        if _header_roles(text, line, columns) is not None:
            break
        if delimiter != " " and delimiter not in content:
            break
        if delimiter == "|" and set(content.strip()) <= set("|-:+= "):
            at += 1
            continue
        if delimiter == " " and _LABEL.match(content) and not content[0].isspace():
            break
        cells, blanks = _cut_cells(text, line, delimiter, roles)
        if delimiter == " " and rows and "time" not in cells and "time" in roles.values():
            if not content[0].isspace():
                break
            _extend(rows, line, cells)
        elif cells:
            short = len(cells) + len(blanks) < 2
            misses = misses + 1 if short else 0
            if misses > 1:
                break
            rows.append((line, line, cells, blanks))
        at += 1
    return (rows, at) if rows else None


def _extend(rows: list[_Row], line: _Line, cells: _Cells) -> None:
    """Append a wrapped row to the one above: its cells become further pieces of the same row."""
    first, _, above, blanks = rows[-1]
    merged = {role: (*above.get(role, ()), *cells.get(role, ())) for role in (*above, *cells)}
    rows[-1] = (first, line, merged, blanks - cells.keys())


def _header_roles(text: str, line: _Line, columns: ColumnNames) -> tuple[str, dict[int, str]] | None:
    """Delimiter and column roles (by cell number, or by text column for fixed width) if the line is a table header."""
    content = text[line.start : line.end]
    for delimiter in ("|", "\t", ",", ";", "~"):
        if content.count(delimiter) < 2:
            continue
        roles = {
            number: role
            for number, (start, end) in enumerate(_delimited(content, delimiter))
            if (role := columns.role(content[start:end]))
        }
        cells = len(list(_delimited(content, delimiter)))
        plain = {"time", "drug"} <= set(roles.values()) and cells <= 2 * len(roles) and not re.search(r"\d", content)
        if _is_header(roles, cells) or (plain and delimiter in "|\t~"):
            return delimiter, roles
        if delimiter in "|\t":
            return None
    chunks = list(re.finditer(r"\S+(?:\s\S+)*", content))
    if len(chunks) >= 3:
        roles = {chunk.start(): role for chunk in chunks if (role := columns.role(chunk.group()))}
        if _is_header(roles, len(chunks)):
            # Columns without a known role still bound their neighbours.
            return " ", {chunk.start(): columns.role(chunk.group()) or "other" for chunk in chunks}
    return None


def _is_header(roles: dict[int, str], cells: int) -> bool:
    distinct = set(roles.values()) - {"other"}
    if {"date", "time", "drug"} <= distinct:
        return True
    return "drug" in distinct and len(distinct) >= 3 and len(roles) * 2 >= cells


def _delimited(content: str, delimiter: str) -> Iterator[tuple[int, int]]:
    """Cell bounds within a delimited line; double quotes protect the delimiter."""
    start = 0
    quoted = False
    begin, stop = 0, len(content)
    if delimiter == "|":
        stripped = content.strip()
        begin = content.find("|") + 1 if stripped.startswith("|") else 0
        stop = content.rfind("|") if stripped.endswith("|") and content.rfind("|") >= begin else len(content)
    start = begin
    for position in range(begin, stop):
        character = content[position]
        if character == '"':
            quoted = not quoted
        elif character == delimiter and not quoted:
            yield start, position
            start = position + 1
    yield start, stop


def _cut_cells(text: str, line: _Line, delimiter: str, roles: dict[int, str]) -> tuple[_Cells, frozenset[str]]:
    content = text[line.start : line.end]
    cells: _Cells = {}
    blanks: set[str] = set()
    if delimiter != " ":
        for number, (start, end) in enumerate(_delimited(content, delimiter)):
            role = roles.get(number, "other" if number not in roles else "")
            while start < end and content[start] in ' \t"':
                start += 1
            while end > start and content[end - 1] in ' \t"':
                end -= 1
            if start == end or set(content[start:end]) <= set("-–—_"):
                blanks.add(role)
            else:
                cells[role] = (*cells.get(role, ()), Piece(line.start + start, line.start + end))
        return cells, frozenset(blanks - cells.keys())
    starts = sorted(roles)
    for chunk in re.finditer(r"\S+(?:\s\S+)*", content):
        # A chunk belongs to the last column that begins at or before it (with some slack for ragged exports).
        column = max((at for at in starts if at <= chunk.start() + _FIXED_WIDTH_SLACK), default=starts[0])
        role = roles[column]
        cells[role] = (*cells.get(role, ()), Piece(line.start + chunk.start(), line.start + chunk.end()))
    return cells, frozenset(role for role in roles.values() if role not in cells)


_OPTION = re.compile(r"\[\s?\]|\(\s\)|☐")
_OPTION_END = re.compile(r"\[\s?[xX✓]?\s?\]|\([xX ]\)|[☐☑☒]|\s{2,}(?=\S)|[;|\n]")


def mask_unchecked(text: str) -> str:
    """``text`` with the words of unticked options blanked, character for character: ``[ ] SC  [x] IM`` says IM only."""
    pieces: list[str] = []
    cursor = 0
    for match in _OPTION.finditer(text):
        if match.start() < cursor:
            continue
        words = re.compile(r"\s{0,2}\S").match(text, match.end())
        if words is None:
            continue
        stop = _OPTION_END.search(text, words.end())
        end = stop.start() if stop else len(text)
        pieces.append(text[cursor : match.end()] + " " * (end - match.end()))
        cursor = end
    return "".join((*pieces, text[cursor:]))
