"""Joins the statements about solid tumours of one note into diagnoses: one primary for each organ, its metastases,
history, relatives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.extraction.diagnosis_page import STATING_SECTIONS, Line, Page, entries_of, site_of, word_of
from assistant.extraction.diagnosis_primary import Primary, read_primaries
from assistant.extraction.diagnosis_secondary import Secondary, read_secondaries
from assistant.extraction.diagnosis_standing import is_treatment_note, standing_of, tumour_standing
from models.fact import Diagnosis, DiagnosisStatus
from models.span import Evidence, Span
from terminology.diagnosis import Condition, Hit, Neoplasm, Side, Site, load_words
from terminology.pattern import load_patterns

_IN_SITU = frozenset({"in situ", "melanoma in situ"})
_HEAD_AND_NECK = load_words("head and neck organs")
# A wider organ word gives way to a narrower one of the same note.
_WIDER = {
    "colorectum": {"colon", "rectum", "rectosigmoid junction"},
    "head and neck": _HEAD_AND_NECK,
    "oropharynx": {"tonsil", "base of tongue"},
    "tongue": {"base of tongue"},
    "pharynx": {"oropharynx", "hypopharynx", "nasopharynx"},
    "uterus": {"cervix"},
    "stomach": {"gastroesophageal junction"},
    "esophagus": {"gastroesophageal junction"},
    "rectum": {"rectosigmoid junction"},
    "mouth": {"tongue", "gum", "floor of mouth", "palate"},
    "bile duct": {"liver"},
    "soft tissue": {"skin", "retroperitoneum", "chest wall", "abdominal wall", "bone", "uterus", "pelvis"},
    "mediastinum": {"thymus", "lung"},
    "renal pelvis": set(),
    "mesothelioma": {"pleura", "peritoneum"},
    "stromal": {"stomach", "small intestine", "colon", "rectum", "esophagus"},
    "neuroendocrine": {"pancreas"},
    "carcinoid": {"small intestine", "colon", "rectum", "lung", "stomach", "midgut"},
}
_OWN: tuple[DiagnosisStatus, ...] = ("active", "history")
_MASS = re.compile(r"\b(?:mass|primary|tumou?r|lobectomy|hemicolectomy)\b", re.IGNORECASE)
_IMAGING = re.compile(r"\b(?:CT|MRI|PET|mammo\w{0,5}|imaging|ultrasound|US|x-?ray|scan)\b")


@dataclass(frozen=True, slots=True)
class _Said:
    primary: Primary
    status: DiagnosisStatus
    line: Line
    stating: bool


def read_tumours(page: Page, on: date | None) -> list[Diagnosis]:
    """Solid tumours of the note: primaries, metastases, history, suspected, negated and family rows."""
    said: list[_Said] = []
    spread: list[tuple[Secondary, DiagnosisStatus]] = []
    for line in page.lines:
        secondaries, used = read_secondaries(page, line)
        for secondary in secondaries:
            status = _spread_standing(page, secondary)
            if status:
                spread.append((secondary, status))
        for primary in read_primaries(page, line, used):
            standing = tumour_standing(page, line, primary.head, on)
            if standing:
                said.append(_Said(primary, standing, line, page.context(primary.head).section in STATING_SECTIONS))
    said = _with_labelled_site(page, said)
    said = _settle_history(page, said)
    kept = _narrow(said)
    found = _primaries(page, kept)
    if any(condition.group == "lymphoma" for hit in page.hits for condition in entries_of(hit, Condition)) and not kept:
        spread = [item for item in spread if item[0].organ != "lymph node" and not _is_loose(item[0])]
    found.extend(_secondaries(page, spread, kept, found))
    found.extend(_not_active(page, kept, found))
    return found


def _is_loose(secondary: Secondary) -> bool:
    """The words around a place ("disease in the liver") also fit the spread of a lymphoma."""
    return any(word.value in {"opener", "behind"} for word in [word_of(secondary.head, "metastasis")] if word)


def _spread_standing(page: Page, secondary: Secondary) -> DiagnosisStatus | None:
    statuses = {standing_of(page, hit) for hit in {secondary.head, secondary.hits[0]}}
    for status in (None, "family", "negated", "suspected"):
        if status in statuses:
            return None if status in {None, "family"} else status
    return "active"


def _with_labelled_site(page: Page, said: list[_Said]) -> list[_Said]:
    """A tumour word without an organ takes the organ of a labelled site field ("Primary site: RUL")."""
    if not said or any(item.primary.organ for item in said if item.status != "family"):
        return said
    for line in page.lines:
        section = page.context(line.hits[0]).section
        if section not in STATING_SECTIONS or any(entries_of(hit, Neoplasm) for hit in line.hits):
            continue
        for hit in line.hits:
            site = site_of(hit)
            if (
                site
                and site.alone == "1"
                and page.lexicon.has_row("malignant", site.organ)
                and site.organ not in {"bone", "lymph node", "brain", "liver"}
            ):
                return [
                    _Said(
                        Primary(
                            i.primary.table,
                            site.organ,
                            site.subsite,
                            site.side,
                            i.primary.head,
                            (*i.primary.hits, hit),
                            weak=False,
                        ),
                        i.status,
                        i.line,
                        stating=True,
                    )
                    if not i.primary.organ
                    else i
                    for i in said
                ]
    return said


def _settle_history(page: Page, said: list[_Said]) -> list[_Said]:
    """The only cancer of a treatment note is active, however loosely the note says "history of"."""
    organs = {item.primary.organ for item in said if item.status in {"active", "history"} and item.primary.organ}
    if len(organs) != 1 or any(item.status == "active" for item in said) or not is_treatment_note(page.text):
        return said
    strong = any(
        page.context(item.primary.head).section == "past" or _ended(page, item)
        for item in said
        if item.status == "history"
    )
    if strong:
        return said
    return [
        _Said(item.primary, "active" if item.status == "history" else item.status, item.line, item.stating)
        for item in said
    ]


def _ended(page: Page, item: _Said) -> bool:
    return bool(load_patterns("diagnosis")["ended"].search(page.quote(item.line)))


def _narrow(said: list[_Said]) -> list[_Said]:
    """Drops statements without an organ, implied organs beside stated ones, and wide organ words beside narrow ones."""
    live = [item for item in said if item.primary.organ]
    active = [item.primary for item in live if item.status == "active"]
    stated = {primary.organ for primary in active if not primary.weak}
    invasive = {primary.organ for primary in active if primary.table not in _IN_SITU}
    # A special histology (neuroendocrine, melanoma, stromal) of the same organ says more than "cancer".
    special = {primary.organ for primary in active if primary.table not in _IN_SITU | {"malignant"}}
    known = stated - {"unknown primary", "disseminated"}
    organs = {status: {item.primary.organ for item in live if item.status == status} for status in _OWN}
    kept = []
    for item in live:
        organ, table = item.primary.organ, item.primary.table
        if item.status in _OWN:
            if _WIDER.get(organ, set()) & organs[item.status] or (
                item.primary.weak and item.status == "active" and stated - {organ}
            ):
                continue
            if table in _IN_SITU and organ in invasive:
                continue
            if organ == "unknown primary" and known:
                continue
            if table == "malignant" and organ in special:
                continue
        kept.append(item)
    return kept


def _primaries(page: Page, said: Sequence[_Said]) -> list[Diagnosis]:
    found: list[Diagnosis] = []
    for key in dict.fromkeys((item.primary.table, item.primary.organ) for item in said if item.status == "active"):
        items = [item for item in said if item.status == "active" and (item.primary.table, item.primary.organ) == key]
        found.extend(_joined(page, key[0], key[1], items))
    return found


def _joined(page: Page, table: str, organ: str, items: Sequence[_Said]) -> list[Diagnosis]:
    """One diagnosis for each side of the organ; a contradicted side is none."""
    subsite = _choose([item.primary.subsite for item in _by_weight(items)])
    sides: set[Side] = {item.primary.side for item in items if item.primary.side}
    elsewhere = None if subsite else _part_of_mass(page, table, organ)
    if elsewhere:
        subsite = elsewhere[1].subsite
        sides = sides or ({elsewhere[1].side} if elsewhere[1].side else set())
    bilateral = "bilateral" in sides
    if bilateral and not page.lexicon.has_side(table, organ, subsite, "bilateral"):
        chosen: list[Side] = ["right", "left"]
    elif bilateral:
        chosen = ["bilateral"]
    else:
        chosen = [next(iter(sides))] if len(sides) == 1 else [None]
    found = []
    for side in chosen:
        part = _choose([item.primary.subsite for item in items if item.primary.side == side]) if len(chosen) > 1 else ""
        code = page.lexicon.code(table, organ, part or subsite, side, male=page.male) or page.lexicon.code(
            table, organ, "", side, male=page.male
        )
        if code is None:
            continue
        hits = _deciding(items, subsite, sides)
        holes = _site_holes(page, table, organ, subsite, side)
        if all(entry.vague for item in items for entry in entries_of(item.primary.head, Neoplasm)):
            holes = (*holes, "unspecified-histology")
        found.append(_diagnosis(page, code, "active", items[0].primary.head, hits, organ, holes))
    return found


def _part_of_mass(page: Page, table: str, organ: str) -> tuple[Hit, Site] | None:
    """The part of the organ that another sentence gives for the mass or primary ("3.8 cm RUL mass"), where only
    one part is named so.
    """
    found: dict[str, tuple[Hit, Site]] = {}
    for line in page.lines:
        if not _MASS.search(page.quote(line)):
            continue
        for hit in line.hits:
            site = site_of(hit, organ=organ)
            near = page.text[max(line.sentence.start, hit.start - 24) : hit.end + 24]
            if site is None or site.alone != "1" or not page.lexicon.has_row(table, organ, site.subsite):
                continue
            if site.subsite and _MASS.search(near) and page.context(hit).affirmed:
                found[site.subsite] = (hit, site)
    return next(iter(found.values())) if len(found) == 1 else None


def _by_weight(items: Sequence[_Said]) -> list[_Said]:
    return sorted(items, key=lambda item: not item.stating)


def _choose(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def _deciding(items: Sequence[_Said], subsite: str, sides: set[Side]) -> list[Hit]:
    """The hits that name tumour, part and side; statements that add nothing stay out of the evidence."""
    hits: dict[tuple[int, int], Hit] = {}
    first = _by_weight(items)[0]
    for item in items:
        if item is first or (subsite and item.primary.subsite == subsite) or (sides and item.primary.side in sides):
            hits.update({(hit.start, hit.end): hit for hit in item.primary.hits})
    return [hits[key] for key in sorted(hits)]


def _site_holes(page: Page, table: str, organ: str, subsite: str, side: Side) -> tuple[str, ...]:
    holes = []
    if not subsite and page.lexicon.wants_subsite(table, organ):
        holes.append("unspecified-site")
    if side is None and page.lexicon.has_side(table, organ, subsite, "right"):
        holes.append("unspecified-laterality")
    return tuple(holes)


def _secondaries(
    page: Page,
    spread: Sequence[tuple[Secondary, DiagnosisStatus]],
    said: Sequence[_Said],
    primaries: Sequence[Diagnosis],
) -> list[Diagnosis]:
    solid = [item for item in said if item.status in {"active", "history"} and item.primary.table not in _IN_SITU]
    tables = {item.primary.table for item in solid if item.status == "active"}
    own = {item.primary.organ for item in solid if item.status == "active"}
    found: dict[str, Diagnosis] = {}
    for secondary, status in spread:
        if secondary.organ is None or (secondary.organ in own and secondary.organ not in {"lung", "skin", "bone"}):
            continue
        for code in _secondary_codes(page, secondary, tables):
            if code not in found or found[code].status != "active":
                found[code] = _diagnosis(page, code, status, secondary.head, list(secondary.hits), secondary.organ, ())
    if any(code.startswith("C77") and code != "C77.9" and item.status == "active" for code, item in found.items()):
        found.pop("C77.9", None)
    _drop_unsided(found)
    unnamed = [secondary for secondary, status in spread if secondary.organ is None and status == "active"]
    if not any(item.status == "active" for item in found.values()) and primaries and solid:
        unnamed_hit = unnamed[0].head if unnamed else _metastatic_abbreviation(page)
        if unnamed_hit and not re.search(
            r"\bmalignant (?:\w{1,9} ){0,2}(?:effusion|ascites)", page.text, re.IGNORECASE
        ):
            code = "C7B.00" if tables & {"carcinoid"} else "C79.9"
            about = primaries[0].about or "primary"
            found[code] = _diagnosis(
                page, code, "active", unnamed_hit, [unnamed_hit], about, ("missing-secondary-site",)
            )
    return list(found.values())


def _drop_unsided(found: dict[str, Diagnosis]) -> None:
    """C78.00 and the like say nothing beside the sided code of the same organ."""
    for code in [code for code in found if code.endswith("0") and code[:-1] in {"C78.0", "C79.0", "C79.7", "C79.6"}]:
        if any(other[:-1] == code[:-1] and other != code for other in found):
            del found[code]


def _secondary_codes(page: Page, secondary: Secondary, tables: set[str]) -> list[str]:
    """One code; two for both lungs or adrenals, which have no bilateral code."""
    organ = secondary.organ or ""
    both = secondary.side == "bilateral" and not page.lexicon.has_side("secondary", organ, "", "bilateral")
    sides: tuple[Side, ...] = (
        ("right", "left") if both and page.lexicon.has_side("secondary", organ, "", "right") else (secondary.side,)
    )
    codes = [_secondary_code(page, replace(secondary, side=side), tables) for side in sides]
    return list(dict.fromkeys(code for code in codes if code))


def _secondary_code(page: Page, secondary: Secondary, tables: set[str]) -> str | None:
    organ = secondary.organ or "unspecified"
    lexicon = page.lexicon
    special = next((name for table, name in _SPECIAL_SPREAD.items() if table in tables), None)
    if special:
        return lexicon.code(special, organ) or lexicon.code(special, "other")
    return lexicon.code("secondary", organ, secondary.subsite, secondary.side) or lexicon.code(
        "secondary", organ, "", secondary.side
    )


_SPECIAL_SPREAD = {
    "carcinoid": "secondary carcinoid",
    "neuroendocrine": "secondary neuroendocrine",
    "neuroendocrine carcinoma": "secondary neuroendocrine",
    "merkel": "secondary merkel",
}


def _metastatic_abbreviation(page: Page) -> Hit | None:
    """mCRC, mBC, mCRPC: the leading m is the only word for metastatic."""
    return next(
        (
            hit
            for hit in page.hits
            if entries_of(hit, Neoplasm)
            and re.fullmatch(r"m[A-Z]{2,6}", page.text[hit.start : hit.end])
            and page.context(hit).affirmed
        ),
        None,
    )


def _not_active(page: Page, said: Sequence[_Said], primaries: Sequence[Diagnosis]) -> list[Diagnosis]:
    """History, suspected, negated and family rows; an organ with active disease has no history row."""
    active = {item.primary.organ for item in said if item.status == "active"}
    found: dict[tuple[str, str], Diagnosis] = {}
    for item in said:
        primary = item.primary
        if item.status == "active" or (item.status != "family" and primary.organ in active):
            continue
        code = _code_for_status(page, item)
        if code:
            found.setdefault(
                (code, item.status),
                _diagnosis(page, code, item.status, primary.head, list(primary.hits), primary.organ, ()),
            )
        if item.status == "suspected" and not primaries and _IMAGING.search(page.quote(item.line)):
            finding = page.lexicon.code("finding", primary.organ)
            if finding:
                found[finding, "active"] = _diagnosis(
                    page, finding, "active", primary.head, list(primary.hits), primary.organ, ()
                )
    return list(found.values())


def _code_for_status(page: Page, item: _Said) -> str | None:
    primary, lexicon = item.primary, page.lexicon
    if item.status == "family":
        return lexicon.code("family", primary.organ) or lexicon.code("family", "other")
    if item.status == "history":
        if primary.table in _IN_SITU:
            key = "melanoma" if primary.table == "melanoma in situ" else primary.organ
            return lexicon.code("history in situ", key) or lexicon.code("history in situ", "other")
        special = primary.table if primary.table in {"melanoma", "merkel"} else primary.organ
        return lexicon.code("history", special) or lexicon.code("history", "other")
    return lexicon.code(primary.table, primary.organ, primary.subsite, primary.side, male=page.male)


def _diagnosis(
    page: Page, code: str, status: DiagnosisStatus, head: Hit, hits: Sequence[Hit], about: str, holes: tuple[str, ...]
) -> Diagnosis:
    spans = {(hit.start, hit.end): page.span(hit) for hit in (*hits, head)}
    evidence = [Evidence(attribute="code", spans=tuple(spans[key] for key in sorted(spans)))]
    cue = page.context(head).cue(page.text)
    if status != "active" and cue:
        evidence.append(Evidence(attribute="status", spans=(cue,)))
    first = min(spans)
    last = max(end for start, end in spans if start - first[0] < 120)
    return Diagnosis(
        code=code,
        status=status,
        text=Span.cut(page.text, first[0], last).quote,
        about=about,
        holes=holes,
        evidence=tuple(evidence),
    )
