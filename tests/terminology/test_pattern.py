"""No pattern, in code or in a table, may take more than proportionate time, whatever text it is given."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from math import inf
from types import FrameType

import pytest

from tests.terminology.attack import Shipped, attack, shipped_patterns, units

_SCREEN = 3_000  # characters; the cheap look that most attacks pass
_SUSPECT = 0.0015  # seconds at _SCREEN that call for a second look
_LOOK = 4  # times as long is the text of the second look
_SIZES = (5_000, 10_000, 20_000)
_GROWTH = 2.6  # on doubling; 2 is linear, 4 quadratic, the rest is noise
_MOST = 0.5  # seconds of CPU at 20,000 characters
_TRIES = 4  # a busy machine gets as many chances
_ENDLESS = 2  # seconds of CPU after which an attack counts as one that never ends


class _Endless(Exception):
    pass


@contextmanager
def _limited() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _Endless

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, _ENDLESS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _seconds(pattern: re.Pattern[str], text: str) -> float:
    """CPU seconds of reading the text to its end, infinite past the limit; short readings are repeated and averaged."""
    start, runs = time.process_time(), 0
    try:
        with _limited():
            while runs == 0 or (runs < 8 and time.process_time() - start < 0.02):
                for _ in pattern.finditer(text):
                    pass
                runs += 1
    except _Endless:
        return inf
    return (time.process_time() - start) / runs


def _fault(pattern: re.Pattern[str], lead: str, unit: str) -> str | None:
    """What is wrong with the time an attack takes, None where one of several measurements is in order."""
    if not _is_suspect(pattern, lead, unit):
        return None
    texts = [attack(lead, unit, size) for size in _SIZES]
    times: list[float] = []
    for _ in range(_TRIES):
        times = [_seconds(pattern, texts[0])]
        for text in texts[1:]:
            times.append(_seconds(pattern, text) if times[-1] < _MOST else inf)
        # Under a few ticks of the clock no ratio means anything.
        grown = [after / before for before, after in pairwise(times) if before > 0.01]
        if times[-1] <= _MOST and all(ratio <= _GROWTH for ratio in grown):
            return None
        if inf in times:
            break  # no noise: the limit is one of the processor's own time
    return f"{[round(each, 3) for each in times]} s at {_SIZES} characters"


def _is_suspect(pattern: re.Pattern[str], lead: str, unit: str) -> bool:
    """Slow enough to look again, and then slower than its length explains."""
    first = _glance(pattern, attack(lead, unit, _SCREEN))
    if first < _SUSPECT:
        return False
    again = _glance(pattern, attack(lead, unit, _SCREEN * _LOOK))
    return again > _MOST / 2 or again > first * _LOOK * 1.5


def _glance(pattern: re.Pattern[str], text: str) -> float:
    """Seconds on the clock on the wall: finer than that of the processor, good enough for a first look."""
    start = time.perf_counter()
    try:
        with _limited():
            for _ in pattern.finditer(text):
                pass
    except _Endless:
        return inf
    return time.perf_counter() - start


def _first_fault(shipped: Shipped) -> str | None:
    for lead, unit in units(shipped.pattern):
        if fault := _fault(shipped.pattern, lead, unit):
            return f"{shipped.place}: {lead!r} and {unit!r} again and again take {fault}"
    return None


def test_every_pattern_reads_any_text_in_proportionate_time() -> None:
    patterns = shipped_patterns()
    assert len(patterns) > 400, "the spy saw too few patterns"
    assert {shipped.place.partition(":")[0] for shipped in patterns} >= {"terminology.pattern", "terminology.cue"}
    faults = [fault for shipped in patterns if (fault := _first_fault(shipped))]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:\d+\s?:?)+ to \d+",  # nested: exponential
        r"\s*\bstop\b",  # quadratic wherever the search begins again
        r"start\w*:",  # quadratic behind a repeated word
        r"(?=[A-Z0-9-]*\d)[A-Z]{3}",  # quadratic in the look-ahead
        r"at\s*\s*\s*\d",  # overlapping repetitions
    ],
)
def test_a_slow_pattern_is_found(pattern: str) -> None:
    assert _first_fault(Shipped(re.compile(pattern), "here:1"))


@pytest.mark.parametrize("pattern", [r"\bstop\w{0,12}\b", r"\d{1,2}:\d{2}\s{0,2}[ap]m", r"[^.;\n]{0,40}\bheld\b"])
def test_a_bounded_pattern_passes(pattern: str) -> None:
    assert not _first_fault(Shipped(re.compile(pattern), "here:1"))
