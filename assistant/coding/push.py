"""Pushes: one for each drug (or syringe mix), a repeat of a drug only in a facility and after more than 30 minutes."""

from __future__ import annotations

from assistant.coding.charge import Charge, names_of, sources_of
from assistant.coding.event import Event
from assistant.coding.infusion import Placement, explain_minutes
from assistant.coding.interval import clock
from assistant.coding.service import Service


def place_pushes(
    placement: Placement, services: list[Service], family: str, initial: str | None, why: tuple[tuple[str, str], ...]
) -> None:
    """Codes of all pushes of one family. The first is initial where pushes of the family are."""
    takes_initial = initial == f"{family} push"
    for number, service in enumerate(sorted(services, key=lambda item: item.first)):
        first, *later = _rounds(service)
        is_initial = takes_initial and number == 0
        _charge_push(placement, first, service, family, is_initial, why)
        _place_repeats(placement, first, later, family)


def _rounds(service: Service) -> list[list[Event]]:
    """Pushes in order of time; drugs of one bag with the same start are one push."""
    rounds: list[list[Event]] = []
    for event in sorted(service.events, key=lambda item: (item.starts is None, item.starts or 0, item.index)):
        same = rounds and event.fact.bag and event.drug not in {other.drug for other in rounds[-1]}
        if same and rounds[-1][0].starts == event.starts:
            rounds[-1].append(event)
        else:
            rounds.append([event])
    return rounds


def _charge_push(
    placement: Placement,
    events: list[Event],
    service: Service,
    family: str,
    initial: bool,
    why: tuple[tuple[str, str], ...],
) -> None:
    basis = placement.basis
    code = basis.code(family, "push" if initial else "next_push")
    rule = {
        ("chemo", True): "ADM-INITIAL-CHEMO-PUSH",
        ("chemo", False): "ADM-NEXT-CHEMO-PUSH",
        ("therapeutic", True): "ADM-INITIAL-THERAPEUTIC-PUSH",
        ("therapeutic", False): "ADM-NEXT-PUSH",
    }[family, initial]
    reason = service.why[service.events.index(events[0])]
    charge = placement.ledger.charge(
        Charge(
            code,
            1,
            rule,
            f"{names_of(events)}: {'initial push' if initial else 'push of another drug'}",
            sources_of(events),
            modifiers=placement.initial_modifiers() if initial else (),
            support=("technique", "start", "stop", "minutes"),
            steps=(
                (reason.rule, f"{names_of(events)}: {reason.why}"),
                *explain_minutes(events),
                *(why + placement.second_steps() if initial else ()),
            ),
            rejections=(("ADM-INFUSION-BY-TIME", f"{names_of(events)}: {reason.why}"),),
            initial=initial,
        )
    )
    placement.own(events, charge)


def _place_repeats(placement: Placement, first: list[Event], later: list[list[Event]], family: str) -> None:
    basis = placement.basis
    interval = basis.minutes("administration/repeat_push_interval_minutes")
    reported = first[0].starts
    for events in later:
        start = events[0].starts
        if family == "chemo" or basis.setting not in basis.words("administration/repeat_push_settings"):
            reason = (
                "the same drug again is no further service"
                if family == "chemo"
                else "a repeated push of one drug is a facility service"
            )
        elif reported is None or start is None:
            reason = "the interval to the earlier push is not charted"
        elif start - reported < interval:
            reason = f"only {start - reported} min after the reported push; {interval} or more are due"
        else:
            charge = placement.ledger.charge(
                Charge(
                    basis.code("therapeutic", "repeat_push"),
                    1,
                    "ADM-REPEAT-PUSH",
                    f"{names_of(events)} again at {clock(start)}, {start - reported} min after {clock(reported)}",
                    sources_of([*first, *events]),
                    support=("technique", "start"),
                    rejections=(("ADM-NEXT-PUSH", "the drug is not a new one"),),
                )
            )
            placement.own(events, charge)
            reported = start
            continue
        for event in events:
            placement.ledger.exclude(event, "ADM-REPEAT-PUSH", reason)
