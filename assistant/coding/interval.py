"""Half-open intervals of whole minutes, and what can be cut from them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

Interval = tuple[int, int]  # (first minute, first minute after), counted from an arbitrary epoch

_EPOCH = datetime(1900, 1, 1)


def minute_of(moment: datetime) -> int:
    """Minutes since the epoch by the clock on the wall; a zone, where the note names one, is the same for all."""
    return int((moment.replace(tzinfo=None) - _EPOCH) // timedelta(minutes=1))


def moment_of(minute: int) -> datetime:
    return _EPOCH + timedelta(minutes=minute)


def length(intervals: Iterable[Interval]) -> int:
    return sum(stop - start for start, stop in intervals)


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same minutes without overlap, in order."""
    merged: list[Interval] = []
    for start, stop in sorted(item for item in intervals if item[0] < item[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return tuple(merged)


def intersect(first: Iterable[Interval], second: Iterable[Interval]) -> tuple[Interval, ...]:
    others = tuple(second)
    return union((max(a, c), min(b, d)) for a, b in first for c, d in others)


def subtract(intervals: Iterable[Interval], cuts: Iterable[Interval]) -> tuple[Interval, ...]:
    """The minutes of ``intervals`` that lie in none of ``cuts``, split where a cut lies inside."""
    rest = list(union(intervals))
    for start, stop in union(cuts):
        kept: list[Interval] = []
        for a, b in rest:
            if stop <= a or b <= start:
                kept.append((a, b))
                continue
            if a < start:
                kept.append((a, start))
            if stop < b:
                kept.append((stop, b))
        rest = kept
    return tuple(rest)


def split_after(intervals: Iterable[Interval], minutes: int) -> tuple[tuple[Interval, ...], tuple[Interval, ...]]:
    """The first ``minutes`` of the intervals, and the rest."""
    head: list[Interval] = []
    tail: list[Interval] = []
    left = minutes
    for start, stop in intervals:
        middle = min(stop, start + max(left, 0))
        if start < middle:
            head.append((start, middle))
        if middle < stop:
            tail.append((middle, stop))
        left -= stop - start
    return tuple(head), tuple(tail)


def clock(minute: int) -> str:
    """``0905``, as charted in nursing notes."""
    return f"{moment_of(minute):%H%M}"
