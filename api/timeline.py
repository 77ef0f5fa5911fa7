"""The infusions of a case as lanes on a minute axis: numbers that a page draws as SVG, a terminal as blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from assistant.structured import UNDATED
from models.case import Case
from models.fact import Administration

WIDTH = 1200
LABEL_WIDTH = 210
LANE_HEIGHT = 34
HEAD_HEIGHT = 30
FOOT_HEIGHT = 8
PLOT_WIDTH = WIDTH - LABEL_WIDTH - 16  # of the axis itself, which begins at LABEL_WIDTH
_LONGEST = timedelta(hours=10)  # a pump of two days would squeeze the visit into nothing: it is drawn running out
_BREAK = timedelta(hours=5)  # a silence this long is another visit and gets its own chart
_UNENDED = timedelta(minutes=20)
_TICKS = (5, 10, 15, 30, 60, 120)
_MOST_TICKS = 12
_NARROW = 46  # a bar narrower than this has no room for a code
_ROOMY = 108  # and one this wide has room for its minutes too
COLOURS = 8

Place = Callable[[datetime], float]


@dataclass(frozen=True)
class Bar:
    """A stretch on a lane. ``kind``: owned, excluded, open (no stop), pump (runs on), moment(-uncoded), uncoded."""

    kind: str
    x: float
    width: float
    title: str  # read out and shown on hover
    label: str = ""  # written inside where there is room
    code: str = ""
    colour: int = 0
    owners: tuple[str, ...] = ()
    focus: str = ""  # element that a click opens


@dataclass
class Lane:
    name: str
    site: str | None
    y: int
    bars: list[Bar] = field(default_factory=list)
    doses: dict[int, str] = field(default_factory=dict)  # by index of the administration

    @property
    def detail(self) -> str:
        return " · ".join(part for part in (", ".join(self.doses.values()), self.site) if part)


@dataclass(frozen=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True)
class Chart:
    """One visit. Lengths are user units of an SVG ``WIDTH`` wide and ``height`` high."""

    day: str
    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    legend: tuple[tuple[str, int], ...]  # code, colour
    kinds: frozenset[str]  # of the bars on it
    summary: str


@dataclass(frozen=True)
class _Stretch:
    """Something to draw before it is placed."""

    at: int  # index of the administration
    start: datetime
    stop: datetime | None
    code: str | None
    lines: tuple[str, ...]
    excluded: str | None
    runs_on: bool = False

    @property
    def reach(self) -> datetime:
        """Up to where room is needed: what has no end on the chart is given some to be seen."""
        if self.stop is None or self.runs_on:
            return self.start + _UNENDED
        return self.stop


def draw_timeline(case: Case) -> tuple[Chart, ...]:
    """A chart for each visit of the case, none when the note gives no clock times."""
    colours = _colour_codes(case)
    return tuple(_draw_chart(case, group, colours) for group in _split_visits(sorted(_stretches(case), key=_order)))


def _stretches(case: Case) -> Iterator[_Stretch]:
    charted = set()
    for block in case.timeline:
        at = _index(block.fact)
        if at is None or at >= len(case.facts.administrations) or block.stop < block.start:
            continue
        charted.add(at)
        runs_on = block.stop - block.start > _LONGEST
        yield _Stretch(at, block.start, block.stop, block.code, block.lines, block.excluded, runs_on)
    for at, given in enumerate(case.facts.administrations):
        if at in charted or given.start is None or given.status not in ("given", "stopped-early"):
            continue
        stop = given.stop if given.stop and given.stop >= given.start else None
        lines = tuple(line.id for line in case.lines if line.system == "CPT" and f"administrations/{at}" in line.facts)
        code = next((line.code for line in case.lines if line.id in lines), None)
        pump = given.technique == "prolonged-infusion" or bool(stop and stop - given.start > _LONGEST)
        yield _Stretch(at, given.start, stop, code, lines, None, pump)


def _index(fact: str) -> int | None:
    room, _, number = fact.partition("/")
    return int(number) if room == "administrations" and number.isdigit() else None


def _order(stretch: _Stretch) -> tuple[datetime, int]:
    return stretch.start, stretch.at


def _split_visits(stretches: Sequence[_Stretch]) -> Iterator[list[_Stretch]]:
    group: list[_Stretch] = []
    reach: datetime | None = None
    for stretch in stretches:
        if reach is not None and stretch.start - reach > _BREAK:
            yield group
            group, reach = [], None
        group.append(stretch)
        reach = max(reach, stretch.reach) if reach else stretch.reach
    if group:
        yield group


def _colour_codes(case: Case) -> dict[str, int]:
    codes = dict.fromkeys(line.code for line in case.lines if line.system == "CPT")
    codes |= dict.fromkeys(block.code for block in case.timeline if block.code)
    return {code: at % COLOURS for at, code in enumerate(codes)}


def _draw_chart(case: Case, group: list[_Stretch], colours: dict[str, int]) -> Chart:
    first = min(stretch.start for stretch in group)
    last = max(stretch.reach for stretch in group)
    span = max((last - first).total_seconds() / 60, 20)
    step = next((step for step in _TICKS if span / step <= _MOST_TICKS), _TICKS[-1])
    floor = first - timedelta(minutes=first.minute % step if step <= 60 else first.minute)
    minutes = -(-((last - floor).total_seconds() / 60 + step / 3) // step) * step

    def place(moment: datetime) -> float:
        return round(LABEL_WIDTH + (moment - floor).total_seconds() / 60 / minutes * PLOT_WIDTH, 1)

    lanes: dict[str, Lane] = {}
    for stretch in group:
        given = case.facts.administrations[stretch.at]
        key = f"{given.drug}|{given.site or ''}"
        y = HEAD_HEIGHT + len(lanes) * LANE_HEIGHT
        lane = lanes.setdefault(key, Lane(given.drug, given.site, y))
        if given.dose is not None:
            lane.doses[stretch.at] = f"{given.dose.normalize():f} {given.unit or ''}".strip()
        lane.bars.append(_draw_bar(stretch, given, _find_about(case, stretch.at), place, colours))
    ticks = tuple(
        Tick(place(floor + timedelta(minutes=at)), f"{floor + timedelta(minutes=at):%H:%M}")
        for at in range(0, int(minutes) + 1, step)
    )
    used = dict.fromkeys(stretch.code for stretch in group if stretch.code)
    return Chart(
        day="" if first.date() == UNDATED else f"{first:%Y-%m-%d}",
        height=HEAD_HEIGHT + len(lanes) * LANE_HEIGHT + FOOT_HEIGHT,
        lanes=tuple(lanes.values()),
        ticks=ticks,
        legend=tuple((code, colours[code]) for code in used),
        kinds=frozenset(bar.kind for lane in lanes.values() for bar in lane.bars),
        summary=f"{len(lanes)} lanes from {first:%H:%M} to {last:%H:%M}",
    )


def _find_about(case: Case, at: int) -> tuple[str, ...]:
    """Ids of the drug lines and gaps that stand on an administration; time-based lines own single stretches instead."""
    fact = f"administrations/{at}"
    lines = tuple(line.id for line in case.lines if line.system == "HCPCS" and fact in line.facts)
    return (*lines, *(gap.id for gap in case.gaps if fact in gap.facts))


def _draw_bar(
    stretch: _Stretch, given: Administration, about: tuple[str, ...], place: Place, colours: dict[str, int]
) -> Bar:
    x = place(stretch.start)
    code = stretch.code or ""
    draw = partial(
        Bar,
        x=x,
        code=code,
        colour=colours.get(code, 0),
        owners=(f"administration-{stretch.at}", *stretch.lines, *about),
        focus=stretch.lines[0] if stretch.lines else f"administration-{stretch.at}",
    )
    when = f"{given.drug}, from {stretch.start:%H:%M}"
    rest = LABEL_WIDTH + PLOT_WIDTH - x
    if stretch.runs_on:
        return draw(kind="pump", width=rest, label=code, title=f"{when}, runs on: {code or 'no code'}")
    if stretch.stop is None and given.technique in ("push", "injection", "oral"):
        kind = "moment" if code else "moment-uncoded"
        return draw(kind=kind, width=0, label=code, title=f"{when}: {code or 'no code of its own'}")
    if stretch.stop is None:
        return draw(kind="open", width=min(90.0, rest), label="no stop", title=f"{when}: no stop time charted")
    width = max(place(stretch.stop) - x, 3)
    length = int((stretch.stop - stretch.start).total_seconds() // 60)
    when = f"{given.drug}, {stretch.start:%H:%M}-{stretch.stop:%H:%M}, {length} min"
    if stretch.excluded:
        return draw(kind="excluded", width=width, code="", title=f"{when}, not counted: {stretch.excluded}")
    if not code:
        return draw(kind="uncoded", width=width, title=f"{when}: no code of its own")
    label = "" if width < _NARROW else code if width < _ROOMY else f"{code} · {length} min"
    return draw(kind="owned", width=width, label=label, title=f"{when}: {code}")
