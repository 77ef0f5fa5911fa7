"""One initial service for each encounter and access; everything else placed behind it."""

from __future__ import annotations

from assistant.coding.basis import Basis
from assistant.coding.charge import Ledger, names_of, source_of
from assistant.coding.hydration import Hydration, measure_hydration, place_hydration
from assistant.coding.infusion import Placement, place_infusion
from assistant.coding.push import place_pushes
from assistant.coding.service import Service, SiteServices


def place_services(basis: Basis, site: SiteServices, ledger: Ledger, second: str | None, concurrent_left: bool) -> bool:
    """Codes of one access in one encounter; returns whether a concurrent infusion may still be reported.

    ``second`` is "site" for a second access, "visit" for a later visit of the day, None for the first.
    """
    for event, technique in site.pending:
        ledger.exclude(event, technique.rule, technique.why)
    hydration = measure_hydration(basis, site, ledger)
    chemo = _drop_concurrent_chemo(basis, site, ledger)
    concurrent, alone = _split_concurrent(basis, site)
    initial = _choose_initial(basis, site, chemo, alone, hydration)
    withheld = _withhold(site, chemo, alone, initial, ledger)
    alone = [service for service in alone if service not in withheld]

    placement = Placement(basis, ledger, second)
    if initial == "chemo infusion":
        chemo.sort(key=lambda service: (service.discontinued, -service.minutes, service.first))
    for number, service in enumerate(chemo):
        first = initial == "chemo infusion" and number == 0
        place_infusion(placement, service, _why_initial(basis, initial) if first else None)
    place_pushes(placement, site.chemo_pushes, "chemo", initial, _why_initial(basis, initial))
    if initial == "therapeutic infusion":
        alone.sort(key=lambda service: (service.discontinued, -service.minutes, service.first))
    for number, service in enumerate(alone):
        first = initial == "therapeutic infusion" and number == 0
        place_infusion(placement, service, _why_initial(basis, initial) if first else None)
    if concurrent:
        concurrent_left = placement.place_concurrent(concurrent, concurrent_left)
    place_pushes(placement, site.pushes, "therapeutic", initial, _why_initial(basis, initial))
    place_hydration(placement, hydration, initial == "hydration", _why_initial(basis, initial))
    return concurrent_left


def best_rank(basis: Basis, site: SiteServices) -> tuple[int, int]:
    """How high the best service of an access ranks (0 highest), then its first start: the main access comes first."""
    order = basis.words("administration/initial_order")
    services = {
        "chemo infusion": site.chemo_infusions,
        "chemo push": site.chemo_pushes,
        "therapeutic infusion": site.infusions,
        "therapeutic push": site.pushes,
    }
    ranks = [order.index(rank) for rank, found in services.items() if found]
    if site.hydration:
        ranks.append(order.index("hydration"))
    if any(event.kind == "chemo" for event, _ in site.pending):
        ranks.append(0)
    starts = [service.first for found in services.values() for service in found]
    return min(ranks, default=len(order)), min(starts, default=(0, 0))[0]


def _choose_initial(
    basis: Basis, site: SiteServices, chemo: list[Service], alone: list[Service], hydration: Hydration
) -> str | None:
    """Rank of the initial service, None where a service that cannot be coded yet would take the place."""
    present = {
        "chemo infusion": bool(chemo),
        "chemo push": bool(site.chemo_pushes),
        "therapeutic infusion": bool(alone),
        "therapeutic push": bool(site.pushes),
        "hydration": hydration.units_minutes > 0,
    }
    order = list(basis.words("administration/initial_order"))
    if present["hydration"] and _is_hydration_visit(basis, site, present):
        return "hydration"
    pending = {event.kind for event, _ in site.pending}
    best = next((rank for rank in order if present[rank]), None)
    # A service that lacks its times but outranks the rest as push and as infusion will be initial in any case.
    if "chemo" in pending and best not in ("chemo infusion", "chemo push"):
        return None
    if "therapeutic" in pending and best == "hydration":
        return None
    return best


def _is_hydration_visit(basis: Basis, site: SiteServices, present: dict[str, bool]) -> bool:
    """An office visit whose main reason is fluids: stated, first-listed, or only drugs for comfort beside them."""
    if basis.value("administration/initial_selection")[basis.setting] != "main reason":
        return False
    if present["chemo infusion"] or present["chemo push"] or any(event.kind == "chemo" for event, _ in site.pending):
        return False
    if basis.has_word(basis.facts.visit.purpose, "hydration/main_reason_words"):
        return True
    first = next((item.code for item in basis.facts.diagnoses if item.status == "active"), "")
    if first.startswith(basis.words("hydration/main_reason_diagnoses")):
        return True
    beside = [event for service in (*site.infusions, *site.pushes) for event in service.events]
    beside += [event for event, _ in site.pending]
    drugs = [drug for drug in (basis.drug(event.drug) for event in beside) if drug]
    if any(drug.kind not in basis.words("hydration/beside_kinds") for drug in drugs):
        return False
    # An agent without a name has its own reason when it was infused.
    return len(drugs) == len(beside) or not present["therapeutic infusion"]


def _why_initial(basis: Basis, initial: str | None) -> tuple[tuple[str, str], ...]:
    if basis.value("administration/initial_selection")[basis.setting] == "main reason":
        return (("ADM-MAIN-REASON", f"{initial} is the main reason of the visit, whatever the clock order"),)
    order = " > ".join(basis.words("administration/initial_order"))
    return (("ADM-HIERARCHY", f"{initial} ranks highest of what was given ({order}), whatever the clock order"),)


def _drop_concurrent_chemo(basis: Basis, site: SiteServices, ledger: Ledger) -> list[Service]:
    """Chemo infusions that can be coded: of two at once on one line only the longer, unless the profile differs."""
    shortest = basis.minutes("administration/concurrent_minimum_minutes")
    kept: list[Service] = []
    for service in sorted(site.chemo_infusions, key=lambda item: (-item.minutes, item.first)):
        beside = next((other for other in kept if other.runs_with(service, shortest)), None)
        if beside is None or basis.profile.concurrent_chemo == "sequential":
            kept.append(service)
            continue
        for event in service.events:
            ledger.exclude(
                event, "ADM-CONCURRENT-CHEMO", f"ran beside {names_of(beside.events)} on one access; no code exists"
            )
        ledger.note(
            "concurrent-chemo",
            "ADM-CONCURRENT-CHEMO",
            f"{names_of(service.events)} and {names_of(beside.events)} ran at the same time on one access: no"
            " concurrent chemotherapy code exists; some payers take a sequential or an unlisted code",
            tuple(source_of(event) for event in (*beside.events, *service.events)),
            warn=True,
        )
    return kept


def _split_concurrent(basis: Basis, site: SiteServices) -> tuple[list[Service], list[Service]]:
    """Therapeutic infusions beside another infusion, and those that ran alone (of two side by side the first)."""
    shortest = basis.minutes("administration/concurrent_minimum_minutes")
    concurrent: list[Service] = []
    carriers = list(site.chemo_infusions)
    alone: list[Service] = []
    for service in sorted(site.infusions, key=lambda item: (item.first[0], -item.minutes, item.first[1])):
        if any(service.runs_with(other, shortest) for other in carriers):
            concurrent.append(service)
        else:
            alone.append(service)
        carriers.append(service)
    return concurrent, alone


def _withhold(
    site: SiteServices, chemo: list[Service], alone: list[Service], initial: str | None, ledger: Ledger
) -> list[Service]:
    """Therapeutic infusions whose code depends on an infusion without provable times."""
    held: list[Service] = []
    if initial is None and alone and not chemo:
        held.append(min(alone, key=lambda service: service.first))
    for service in alone:
        if service not in held and any(_may_run_with(service, event_start) for event_start in _pending_starts(site)):
            held.append(service)
    for service in held:
        for event in service.events:
            ledger.exclude(event, "ADM-MISSING-TIME", "its code depends on an infusion whose times are missing")
    return held


def _pending_starts(site: SiteServices) -> list[int]:
    return [event.starts for event, _ in site.pending if event.starts is not None and event.hole == "no stop time"]


def _may_run_with(service: Service, start: int) -> bool:
    """Whether an infusion that began then, and has no stop, began while the service ran."""
    return any(event.span is not None and event.span[0] <= start < event.span[1] for event in service.events)
