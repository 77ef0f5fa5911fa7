"""Which clock of a statement is a start, a stop, a pause: the words next to each decide."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.extraction.amount import HAS_AMOUNT
from assistant.extraction.clock import Clock, ClockRange, find_ranges
from assistant.intake.layout import Clause
from terminology.cue import Cue, Cues
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("timing")

_REPEAT = re.compile(
    r"\b(?:repeat(?:ed)?|again|second dose|2nd dose|(?<!tabs )(?<!caps )(?<!tab )(?<!vials )x\s?2"
    r"|another|additional dose|re-?dosed)\b",
    re.IGNORECASE,
)
_SIGNED = _PATTERNS["signed"]
_VITALS = _PATTERNS["vitals"]
_VITALS_AFTER = re.compile(r"\s{0,3}(?:VS\b|BP\b|T\s?\d|\d{2}\.\d\b|labs?\b|vitals\b|bp\b)", re.IGNORECASE)
_RESOLVED_WITHOUT_WORD = _PATTERNS["resolved_without_word"]


_CLOCK_NEXT = re.compile(r"\s{0,2}(?:at|@|:)?\s{0,2}\d{1,2}:?\d{2}\b")
_COLUMN_GAP = re.compile(r"[\s|]{2,24}(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?\s{1,3})?")
_TOWARDS = re.compile(r"(?:-{1,4}>|→|=>|\s[-–—]{1,2})\s{0,2}$")
_ONE_WORD = 10  # "taken down empty at 11:45"
_HEAD = re.compile(
    r"[\s|*\-•>\"'\[\]()#x@~]{0,24}(?:\d{1,2}[.)]\s{1,3})?(?:\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})\s{1,3}(?:at\s|@\s?)?)?"
)
BOTH = re.compile(r"\b(?:both|all)\b", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:\b(?:lot|room|rm|mrn|bay|chair|exp|ndc|auth|ref|ext|unit|id|case|no|vol\w*)\b\.?|#)[\s:#]{0,3}$", re.IGNORECASE
)
_WEAK = frozenset({"at", "@", "on", "in", "to", "from", "time"})


@dataclass(slots=True)
class Timing:
    """Clocks by role. ``repeats`` are further starts of the same dose; ``ranges`` behind the first are kept apart."""

    start: Clock | None = None
    stop: Clock | None = None
    pause: Clock | None = None
    restart: Clock | None = None
    repeats: list[Clock] = field(default_factory=list)
    more: list[ClockRange] = field(default_factory=list)
    stop_cue: Cue | None = None
    start_said: bool = False  # a start word or a range, not just the head of a row


def read_timing(
    text: str, clause: Clause, start: int, end: int, clocks: Sequence[Clock], cues: Cues, mention_start: int | None
) -> Timing:
    """Roles of the clocks of one statement."""
    timing = Timing()
    ranges = find_ranges(text, clocks)
    used: set[int] = set()
    for found in ranges:
        if _is_noise(text, start, found.first):
            used |= {found.first.start, found.last.start}
            continue
        pausing = re.search(
            r"(?:paused?|held|stopped|interrupted|off|on hold)\s{0,2}(?:from|at|between|x)?\s{0,2}$",
            text[max(start, found.first.start - 22) : found.first.start],
            re.I,
        )
        if pausing and timing.pause is None:
            timing.pause, timing.restart = found.first, found.last
        elif timing.start is None:
            timing.start, timing.stop = found.first, found.last
            timing.start_said = True
        else:
            timing.more.append(found)
        used |= {found.first.start, found.last.start}
    if clause.is_table_row and "drug" in clause.cells:
        _read_cells(text, clause, clocks, used, timing)
    previous = start
    for clock in clocks:
        if clock.start not in used and not _is_noise(text, start, clock):
            heads = start > clause.start and not text[start : clock.start].strip()
            _place(text, clause, previous, end, clock, cues, timing, mention_start, len(clocks) == 1, heads)
        previous = clock.end
    _pair_up(text, clocks, used, timing)
    return timing


def _pair_up(text: str, clocks: Sequence[Clock], used: set[int], timing: Timing) -> None:
    """Two times side by side without a word between them are start and stop (columns without a heading)."""
    if timing.start is None or timing.stop is not None or timing.repeats:
        return
    following = [clock for clock in clocks if clock.start > timing.start.start and clock.start not in used]
    if len(following) == 1 and _COLUMN_GAP.fullmatch(text[timing.start.end : following[0].start]):
        timing.stop = following[0]


def _read_cells(text: str, clause: Clause, clocks: Sequence[Clock], used: set[int], timing: Timing) -> None:
    for role in ("time", "stop"):
        for piece in clause.cells.get(role, ()):
            clock = next((c for c in clocks if piece.start <= c.start < piece.end and c.start not in used), None)
            if clock is None or _is_noise(text, piece.start, clock):
                continue
            if role == "stop" and timing.stop is None:
                timing.stop = clock
                used.add(clock.start)
            elif role == "time" and "stop" in clause.cells and timing.start is None:
                timing.start = clock
                used.add(clock.start)
    for role in ("other", "lot", "comment"):
        if role == "comment":
            continue
        for piece in clause.cells.get(role, ()):
            used.update(clock.start for clock in clocks if piece.start <= clock.start < piece.end)


def _is_noise(text: str, start: int, clock: Clock) -> bool:
    """A signature stamp, a vital sign, a lab or an arrival."""
    before = text[max(start, clock.start - 44) : clock.start]
    line = before.rsplit("\n", 1)[-1]
    return bool(
        _VITALS.search(line[-24:])
        or _VITALS_AFTER.match(text, clock.end)
        or (_SIGNED.search(line) and re.search(r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\s{0,3}(?:at\s|@\s?)?$", line))
    )


def _place(
    text: str,
    clause: Clause,
    previous: int,
    end: int,
    clock: Clock,
    cues: Cues,
    timing: Timing,
    mention_start: int | None,
    alone: bool,
    heads: bool,
) -> None:
    before = cues.event.find(text, max(previous, clock.start - 24), clock.start)
    cue = None
    for nearer in before:
        # "stopped at 12:58": the preposition adds nothing to the verb before it.
        weak = text[nearer.start : nearer.end].lower() in _WEAK
        if cue is None or not weak or len(text[cue.end : nearer.start].strip()) > _ONE_WORD:
            cue = nearer
    gap = text[cue.end : clock.start] if cue else ""
    if cue and (len(gap.strip(" :=@~(-.\n")) > 12 or cue.value in ("rate", "vitals", "running")):
        cue = None
    arrow = _TOWARDS.search(text[max(previous, clock.start - 8) : clock.start])
    if arrow and timing.stop is None and (timing.start is not None or ">" in arrow[0] or "→" in arrow[0]):
        timing.stop = clock
        return
    leading = heads or heads_row(text, clause, clock) or _in_time_cell(clause, clock)
    if leading and alone:
        # The clock may be the row's, standing before this clause.
        until = clause.end if BOTH.search(text, end, clause.end) else end  # "1205 A and B both dry"
        cue = _cue_of_row(text, max(clock.end, previous), until, cues, mention_start)
    elif cue is None or (cue.value == "start" and timing.start is not None):
        after = cues.event.first(text, clock.end, min(end, clock.end + 16))
        if after and _CLOCK_NEXT.match(text, after.end, end):
            after = None  # the word belongs to the time behind it: "running 9:14 stopped 9:30"
        if (
            after
            and after.value in ("start", "stop", "pause", "restart")
            and len(text[clock.end : after.start].strip(" :-,()[]>")) == 0
        ):
            cue = after
    word = cue.value if cue else None
    if _REPEAT.search(text, max(previous, clock.start - 30), clock.start):
        if timing.start:
            timing.repeats.append(clock)
        else:
            timing.start = clock
    elif word == "restart":
        timing.restart = clock
    elif word == "pause":
        timing.pause = clock
        timing.stop_cue = cue
    elif word == "stop":
        timing.stop, timing.stop_cue = (clock, cue) if timing.stop is None else (timing.stop, timing.stop_cue)
    elif word == "start" or leading:
        if timing.start is None:
            timing.start = clock
            timing.start_said = word == "start"
        elif not leading and timing.stop is None and clock.minute > timing.start.minute and cue is None:
            timing.stop = clock
        elif re.search(r"\band\s{0,2}(?:at\s)?$", text[max(previous, clock.start - 8) : clock.start], re.I):
            timing.repeats.append(clock)
    elif (
        timing.start is not None
        and re.search(r"(?:\band|,|&)\s{0,2}(?:at\s)?$", text[max(previous, clock.start - 8) : clock.start], re.I)
        and not text[timing.start.end : clock.start].strip(" ,&andt0123456789:")
    ):
        timing.repeats.append(clock)
    elif timing.start is None and (
        not clock.bare
        or (alone and mention_start is not None and _ends_entry(text, mention_start, clock, end))
        or _RESOLVED_WITHOUT_WORD.search(text[max(previous, clock.start - 16) : clock.start])
    ):
        timing.start = clock


def _ends_entry(text: str, mention_start: int, clock: Clock, end: int) -> bool:
    """A bare time that closes what was said of a dose: "120 mg SC R buttock 1118", not a lot or room number."""
    words = text[mention_start : clock.start]
    closes = not text[clock.end : end].strip(" .,;|)") or text[clock.end : clock.end + 1] in (",", ";")
    return closes and HAS_AMOUNT.search(words) is not None and not _NUMBERED.search(words)


def heads_row(text: str, clause: Clause, clock: Clock) -> bool:
    """Whether nothing but bullets and numbering stands before the clock."""
    return clock.start <= clause.start or _HEAD.fullmatch(text, clause.start, clock.start) is not None


def _in_time_cell(clause: Clause, clock: Clock) -> bool:
    return any(piece.start <= clock.start < piece.end for piece in clause.cells.get("time", ()))


def _cue_of_row(text: str, position: int, end: int, cues: Cues, mention_start: int | None) -> Cue | None:
    """The event word of a row that begins with its time: "1451 rituximab COMPLETE", "0950 RIGORS. INFUSION STOPPED"."""
    found = [
        cue for cue in cues.event.find(text, position, end)
        if cue.value in ("stop", "pause", "restart", "start")
        and (len(text[cue.start : cue.end]) > 2 or cue.value == "stop")
        and not re.match(r"\s{0,2}(?:@|at)?\s?\d{1,2}:?\d{2}\b", text[cue.end : min(end, cue.end + 10)])
    ]  # fmt: skip
    for value in ("restart", "pause", "stop"):
        for cue in found:
            if cue.value == value and not (
                mention_start is not None and cue.start < mention_start and value != "restart"
            ):
                return cue
    return next((cue for cue in found if cue.value == "start"), None)
