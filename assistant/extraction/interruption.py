"""Pauses, restarts and early ends of an infusion."""

from __future__ import annotations

import re
from decimal import Decimal

from assistant.extraction.clock import Clock
from assistant.extraction.draft import Draft
from assistant.extraction.statement import Statement
from assistant.extraction.timing import Timing
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("interruption")
_REACTION = _PATTERNS["reaction"]
_FOR_MINUTES = re.compile(r"\s?(?:for|x)\s(\d{1,3})\s?min", re.IGNORECASE)
_NOT_RESUMED = _PATTERNS["not_resumed"]
_RECEIVED = _PATTERNS["received"]
_STOPPED = _PATTERNS["stopped"]
_DENIED = _PATTERNS["denied"]


def _find_reaction(text: str, start: int, end: int) -> re.Match[str] | None:
    """The first reaction that is not denied ("w/o reaction", "no rigors or hives")."""
    return next((found for found in _REACTION.finditer(text, start, end) if not _denied(text, start, found)), None)


def _denied(text: str, start: int, found: re.Match[str]) -> bool:
    return _DENIED.search(text, max(start, found.start() - 40), found.start()) is not None


def reached(words: str) -> bool:
    """Whether the words tell an amount that got into the patient."""
    return _RECEIVED.search(words) is not None


def apply_timing(text: str, row_start: int, draft: Draft, statement: Statement, timing: Timing) -> None:
    """Put the clocks of a statement into the draft it speaks about."""
    if timing.start and (draft.start is None or (draft.start_inherited and not statement.inherited)):
        draft.spans.pop("start", None)
        draft.start_inherited = statement.inherited
        draft.set_start(timing.start)
    if timing.pause:
        pause(text, row_start, draft, timing.pause, statement)
    if timing.restart:
        restart(draft, timing.restart)
    if timing.stop:
        open_pause = bool(draft.pauses) and draft.pauses[-1][1] is None
        reaction = _find_reaction(text, row_start, statement.end)
        interrupted = timing.stop_cue is not None and reaction is not None
        if draft.stop is None and not (interrupted and draft.start is None):
            if interrupted and not open_pause:
                pause(text, row_start, draft, timing.stop, statement)
            else:
                draft.set_stop(timing.stop)
                if open_pause:
                    draft.pauses.pop()


def pause(text: str, row_start: int, draft: Draft, clock: Clock, statement: Statement) -> None:
    """The flow stopped for now; the words of the row may say why."""
    if draft.start is None or (draft.pauses and draft.pauses[-1][1] is None):
        return
    minutes = _FOR_MINUTES.match(text, clock.end, statement.end)
    draft.pauses.append([clock.minute, clock.minute + int(minutes[1]) if minutes else None])
    draft.note("interruptions", clock.start, clock.end)
    reaction = _find_reaction(text, row_start, statement.end)
    if reaction:
        draft.stop_reason = "reaction"
        draft.note("stop_reason", reaction.start(), reaction.end())


def restart(draft: Draft, clock: Clock) -> None:
    """The flow goes on: an open pause ends, or what looked like the stop was a pause."""
    if draft.pauses and draft.pauses[-1][1] is None:
        draft.pauses[-1][1] = clock.minute
    elif draft.stop is not None and clock.minute > draft.stop:  # the "stop" was a pause after all
        draft.pauses.append([draft.stop, clock.minute])
        draft.stop = None
        draft.spans["interruptions"] = draft.spans.pop("stop", [])
    draft.note("interruptions", clock.start, clock.end)


def read_stopped_early(text: str, row_start: int, target: Draft, statement: Statement) -> None:
    """Ended before its time: not resumed, or an amount received below the dose."""
    if target.start is None or target.route in ("PO",):
        return
    if found := _NOT_RESUMED.search(text, statement.start, statement.end):
        target.status, target.discontinued = "stopped-early", True
        target.note("status", found.start(), found.end())
        reaction = _find_reaction(text, statement.start, statement.end)
        if reaction and target.stop_reason is None:
            target.stop_reason = "reaction"
            target.note("stop_reason", reaction.start(), reaction.end())
    stopped = _STOPPED.search(text, row_start, statement.end)
    if target.status == "stopped-early" or target.pauses or stopped:
        received = _RECEIVED.search(text, statement.start, statement.end)
        if received:
            value = Decimal((received[1] or received[3]).replace(",", ""))
            unit = (received[2] or received[4]).lower()
            if unit == target.unit and target.dose is not None and value < target.dose:
                target.dose = value
                target.status, target.discontinued = "stopped-early", True
                target.spans["dose"] = []
                target.note("dose", received.start(), received.end())
