"""Orders the diagnoses of a visit and adds the encounter codes: which comes first, why, and which diagnosis
supports which drug.

Rules and citations stand in ``terminology/data/diagnosis/2026/rule.csv``; what a drug treats in ``support.csv``
beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models.fact import Administration, Diagnosis, Facts
from models.line import Step
from models.note import Setting
from models.record import Record
from models.span import Evidence, Span, merge_evidence
from terminology.diagnosis import load_excludes, load_rules, load_supports
from terminology.drug import Drug
from terminology.store import Terminology

_GIVEN = frozenset({"given", "stopped-early"})
_ENCOUNTERS = ("Z51.11", "Z51.12")
_ADVERSE = ("T45.1X5A", "T45.AX5A", "T45.4X5A", "T50.Z15A")
_PORT_SERVICES = frozenset({"port-flush", "blood-draw", "declot", "port-care"})


class DiagnosisCoding(Record):
    """Diagnoses in claim order, first-listed first (those not coded - suspected, negated, family - last), and the
    rules that decided.
    """

    diagnoses: tuple[Diagnosis, ...]
    steps: tuple[Step, ...] = ()


def order_diagnoses(facts: Facts, setting: Setting, on: date | None, terminology: Terminology) -> DiagnosisCoding:
    """Adds Z51.11, Z51.12 and Z45.2 where the visit calls for them, drops excluded codes, and puts the reason of
    the visit first.
    """
    del setting  # the order of diagnoses is the same in both settings; the argument keeps the stations alike
    coded, steps = _without_excluded([item for item in facts.diagnoses if item.status in {"active", "history"}])
    others = [item for item in facts.diagnoses if item.status not in {"active", "history"}]
    visit = _Visit(facts, coded, terminology)
    coded = [item for item in coded if item.code not in _ENCOUNTERS or visit.keeps_stated_encounter]
    added = [item for item in (*visit.encounters(), *visit.port_care()) if terminology.icd10cm.billable(item.code, on)]
    if any(item.code == "Z45.2" for item in added):
        coded = [item for item in coded if item.code != "Z08"]  # care of the port, not the follow-up examination
    if visit.treats(coded):
        coded = [item for item in coded if item.code != "Z08"]  # the visit treats another disease
    if visit.treats_cancer:
        coded = [_settled(item) for item in coded]
    known = {item.code for item in coded}
    coded = [*(item for item in added if item.code not in known), *coded]
    first, rule = visit.reason(coded)
    ordered = sorted(coded, key=lambda item: (_rank(item, first), _position(item)))
    if first:
        steps.append(_step(rule, f"{first[0]} first"))
    steps.extend(
        _step("DX-TREAT-11" if item.code == "Z51.11" else "DX-TREAT-12", item.code)
        for item in added
        if item.code in _ENCOUNTERS
    )
    if visit.non_neoplastic:
        steps.append(_step("DX-TREAT-NON", "no Z51.1-"))
    return DiagnosisCoding(diagnoses=(*ordered, *others), steps=tuple(steps))


def support_line(drug: str | None, diagnoses: Sequence[Diagnosis], terminology: Terminology) -> tuple[str, ...]:
    """Codes that support a drug or administration line, pointer order, at most four. ``drug`` None: the reason of
    the visit.

    An antineoplastic drug points to its encounter code and the neoplasm, a supportive drug to what it treats; a
    premedication to what the
    visit is for.
    """
    active = [item for item in diagnoses if item.status == "active"]
    known = terminology.drugs.get(drug) if drug else None
    neoplasms = [item.code for item in active if is_neoplasm(item.code)]
    if known and (known.encounter or known.hormonal) and neoplasms:
        codes = [item.code for item in active if item.code == known.encounter]
        return tuple([*codes, *neoplasms][:4])
    treated = [item.code for item in _treated_by(drug, known, active)] if drug else []
    if treated:
        return tuple(dict.fromkeys([*treated, *neoplasms]))[:4]
    first = [item.code for item in active[:1]]
    return tuple(dict.fromkeys([*first, *neoplasms[:2]]))[:4]


def is_neoplasm(code: str) -> bool:
    """A malignant, in situ or blood neoplasm: C00-C96, D00-D09, D37-D49."""
    return code.startswith("C") or (code.startswith("D") and (code[1:3] < "10" or "37" <= code[1:3] <= "49"))


class _Visit:
    """What was done today, as far as the order of diagnoses depends on it."""

    def __init__(self, facts: Facts, coded: Sequence[Diagnosis], terminology: Terminology) -> None:
        self._facts = facts
        self._coded = coded
        self._given = [item for item in facts.administrations if item.status in _GIVEN and item.category != "flush"]
        self._drugs = {item.drug: terminology.drugs.get(item.drug) for item in facts.administrations}
        self._neoplastic = any(item.status == "active" and is_neoplasm(item.code) for item in coded)
        self._antineoplastic = [(item, code) for item in self._given if (code := self._encounter(item))]
        planned = any(self._encounter(item) for item in facts.administrations)
        self.keeps_stated_encounter = not planned and self._neoplastic
        self.treats_cancer = bool(self._antineoplastic) or any(self._is_hormonal(item) for item in self._given)
        self.non_neoplastic = bool(self._antineoplastic) and not self._neoplastic

    def _encounter(self, item: Administration) -> str | None:
        drug = self._drugs.get(item.drug)
        if item.route == "PO" or item.hormonal:
            return None
        if drug is None:
            return "Z51.11" if item.category == "chemo/complex" else None
        return None if drug.hormonal else drug.encounter

    def encounters(self) -> list[Diagnosis]:
        if not self._neoplastic:
            return []
        found = []
        for code in _ENCOUNTERS:
            spans = [
                span
                for item, own in self._antineoplastic
                if own == code
                for span in item.spans_of("drug", "status") or item.spans_of()[:1]
            ]
            if any(own == code for _, own in self._antineoplastic):
                found.append(_added(code, spans, "treatment"))
        return found

    def port_care(self) -> list[Diagnosis]:
        services = [item for item in self._facts.procedures if item.kind in _PORT_SERVICES]
        sole = not [
            item
            for item in self._given
            if item.category != "declot" and not self._is_kind(item, "declotting agent", "flush")
        ]
        treatment = any(item.code in _ENCOUNTERS for item in self._coded)
        if (
            not services
            or not sole
            or treatment
            or any(item.kind == "pump-disconnect" for item in self._facts.procedures)
        ):
            return []
        return [_added("Z45.2", [span for item in services for span in item.spans_of()], "port care")]

    def _is_kind(self, item: Administration, *kinds: str) -> bool:
        drug = self._drugs.get(item.drug)
        return drug is not None and drug.kind in kinds

    def reason(self, coded: Sequence[Diagnosis]) -> tuple[tuple[str, ...], str]:
        """The codes that open the list, in order, and the rule that says so."""
        active = [item for item in coded if item.status == "active"]
        codes = [item.code for item in active]
        for code in ("Z08", *_ENCOUNTERS):
            if code in codes:
                opened = tuple(item for item in _ENCOUNTERS if item in codes) or (code,)
                return opened, "DX-SURVEILLANCE" if code == "Z08" else f"DX-TREAT-{opened[0][-2:]}"
        if "Z45.2" in codes and not any(code.startswith("T82") for code in codes):
            return ("Z45.2",), "DX-PORT"
        if any(self._is_hormonal(item) for item in self._given) and (primary := _primary(active)):
            return (primary.code,), "DX-HORMONE"
        return self._condition_first(active)

    def _is_hormonal(self, item: Administration) -> bool:
        drug = self._drugs.get(item.drug)
        return item.hormonal or (drug is not None and drug.hormonal)

    def _condition_first(self, active: Sequence[Diagnosis]) -> tuple[tuple[str, ...], str]:
        treated = self._treated(active)
        if treated:
            return _opened_by(treated[0], active, "DX-SPREAD" if treated[0].code.startswith("C7") else "DX-CONDITION")
        stated = sorted((item for item in active if item.treated and not is_neoplasm(item.code)), key=_position)
        stated = [item for item in stated if item.code not in _ADVERSE]
        if stated:
            return _opened_by(stated[0], active, _reason_rule(stated[0].code))
        if any(item.code == "C80.1" for item in active) and (
            spread := [item for item in active if _is_secondary(item.code)]
        ):
            return (spread[0].code,), "DX-UNKNOWN"
        primary = _primary(active)
        if primary:
            return (primary.code,), "DX-PRIMARY"
        return (tuple(item.code for item in active[:1]), "DX-REASON") if active else ((), "DX-REASON")

    def treats(self, coded: Sequence[Diagnosis]) -> bool:
        """A drug given today treats one of the active diagnoses."""
        return bool(self._treated([item for item in coded if item.status == "active"]))

    def _treated(self, active: Sequence[Diagnosis]) -> list[Diagnosis]:
        """Diagnoses that a drug given today treats, in the order the note names them; nausea gives way to what
        fluids treat.
        """
        found: dict[str, Diagnosis] = {}
        for item in self._given:
            for diagnosis in _treated_by(item.drug, self._drugs.get(item.drug), active):
                found.setdefault(diagnosis.code, diagnosis)
        ordered = sorted(found.values(), key=lambda item: (item.code.startswith("R"), _position(item)))
        specific = [item for item in ordered if not item.code.startswith("C") or item.code.startswith("C79.5")]
        return specific or ordered


def _treated_by(name: str | None, drug: Drug | None, active: Sequence[Diagnosis]) -> list[Diagnosis]:
    supports = load_supports()
    names = [("drug", name or ""), ("drug", drug.ingredient if drug else ""), ("kind", drug.kind if drug else "")]
    prefixes = next((supports[key] for key in names if key in supports), ())
    found = []
    for prefix in prefixes:
        found = [item for item in active if item.code.startswith(prefix)]
        if found:
            break
    return found


def _opened_by(item: Diagnosis, active: Sequence[Diagnosis], rule: str) -> tuple[tuple[str, ...], str]:
    """Manifestations never open the list: the neoplasm stands before D63.0, J91.0 and R18.0, neutropenia before
    its fever.
    """
    if item.code == "D63.1" and (kidney := next((d for d in active if d.code.startswith("N18")), None)):
        return (kidney.code, item.code), "DX-KIDNEY"
    if item.code in {"D63.0", "J91.0", "R18.0", "E88.A"} and (primary := _primary(active)):
        return (primary.code, item.code), "DX-ANEMIA"
    if item.code == "R50.81" and (other := next((d for d in active if d.code.startswith("D70")), None)):
        return (other.code, item.code), rule
    release = next((other.code for other in active if other.code.startswith("D89.83")), None)
    cause = next((other.code for other in active if other.code.startswith("T80.8")), None)
    if release and cause and item.code in {release, cause}:
        return (cause, release), "DX-COMPLICATION"
    return (item.code,), rule


def _reason_rule(code: str) -> str:
    if code == "G89.3":
        return "DX-PAIN"
    return "DX-COMPLICATION" if code.startswith(("T80", "T82", "T88")) else "DX-REASON"


def _primary(active: Sequence[Diagnosis]) -> Diagnosis | None:
    """The first primary neoplasm, else the first metastasis."""
    neoplasms = [item for item in active if is_neoplasm(item.code)]
    return next((item for item in neoplasms if not _is_secondary(item.code)), neoplasms[0] if neoplasms else None)


def _is_secondary(code: str) -> bool:
    return code.startswith(("C77", "C78", "C79", "C7B"))


def _rank(item: Diagnosis, first: Sequence[str]) -> tuple[int, int]:
    if item.code in first and item.status != "history":
        return 0, first.index(item.code)
    if is_neoplasm(item.code):
        return 1, 1 if _is_secondary(item.code) else 0
    if item.code in _ADVERSE:
        return 3, 0
    if item.code.startswith("Z"):
        return (5 if item.status == "history" else 4), 0
    return 2, 0 if item.treated else 1


def _position(item: Diagnosis) -> int:
    spans = item.spans_of("code")
    return spans[0].start if spans else 0


def _without_excluded(coded: Sequence[Diagnosis]) -> tuple[list[Diagnosis], list[Step]]:
    codes = [item.code for item in coded]
    dropped = {
        code
        for keep, drop in load_excludes()
        for code in codes
        if code.startswith(drop) and any(other.startswith(keep) and other != code for other in codes)
    }
    merged: dict[str, Diagnosis] = {}
    for item in coded:
        if item.code in dropped:
            continue
        known = merged.get(item.code)
        merged[item.code] = (
            known.model_copy(update={"evidence": merge_evidence((*known.evidence, *item.evidence))}) if known else item
        )
    return list(merged.values()), [_step("DX-EXCLUDED", f"{code} left out") for code in sorted(dropped)]


def _settled(item: Diagnosis) -> Diagnosis:
    """A cancer treated today is active: nothing is to be asked."""
    return item.model_copy(update={"holes": tuple(hole for hole in item.holes if hole != "active-or-history")})


def _added(code: str, spans: Sequence[Span], about: str) -> Diagnosis:
    distinct = {(span.start, span.end): span for span in spans}
    evidence = (Evidence(attribute="code", spans=tuple(distinct[key] for key in sorted(distinct))),) if distinct else ()
    return Diagnosis(code=code, about=about, treated=True, evidence=evidence)


def _step(rule: str, detail: str) -> Step:
    known = load_rules()[rule]
    return Step(rule=rule, citation=known.citation, statement=f"{known.statement}: {detail}")
