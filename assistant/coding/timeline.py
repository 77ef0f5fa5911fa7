"""The clock of a case: every minute of every timed administration belongs to one line or is excluded for a reason."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.coding.charge import Share
from assistant.coding.event import Event
from assistant.coding.interval import moment_of, subtract
from models.line import Block


def draw_timeline(events: Sequence[Event], shares: Sequence[Share], line_ids: dict[int, str]) -> tuple[Block, ...]:
    """Blocks by start time. Pauses lie inside the span of an event, never in its flow."""
    blocks: list[Block] = []
    shares_of: dict[int, list[Share]] = {}
    for share in shares:
        shares_of.setdefault(share.event.index, []).append(share)
    for event in events:
        if event.span is None:
            continue
        seen: list[tuple[int, int]] = []
        for share in shares_of.get(event.index, ()):
            for start, stop in subtract(share.intervals, seen):
                seen.append((start, stop))
                charge = share.charge
                blocks.append(
                    Block(
                        fact=event.ref,
                        start=moment_of(start),
                        stop=moment_of(stop),
                        code=charge.code if charge else None,
                        lines=(line_ids[id(charge)],) if charge else (),
                        excluded=None if charge else share.excluded,
                    )
                )
        rest = subtract([event.span], seen)
        flow = subtract(event.flow, seen)
        for start, stop in rest:
            blocks.extend(_excluded(event, part, "paused") for part in subtract([(start, stop)], flow))
        blocks.extend(_excluded(event, part, "no time-based code") for part in flow)
    return tuple(sorted(blocks, key=lambda block: (block.start, int(block.fact.partition("/")[2]), block.stop)))


def _excluded(event: Event, part: tuple[int, int], reason: str) -> Block:
    return Block(fact=event.ref, start=moment_of(part[0]), stop=moment_of(part[1]), excluded=reason)
