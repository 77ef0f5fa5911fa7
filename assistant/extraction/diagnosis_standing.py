"""Is a disease that a note names active, history, suspected, negated or a relative's? And what did the note say
caused it?
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from assistant.extraction.diagnosis_page import (
    SILENT_SECTIONS,
    STATING_SECTIONS,
    Line,
    Page,
    entries_of,
    word_of,
    words_in,
)
from models.fact import DiagnosisStatus
from models.span import Span
from terminology.diagnosis import Condition, Hit, Neoplasm, Token
from terminology.drug import Drug, DrugDictionary
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("diagnosis")
_SETTLED_YEARS = 2
_FOR = re.compile(r"\b(?:for|re|d/t|due to)\W{1,2}(?:[\w/-]{1,14}\s){0,3}$", re.IGNORECASE)
_SERVICE = re.compile(
    r"\b(?:IVF|IV fluids?|fluids?|NS|LR|saline|zofran|ondansetron|magnesium|mag"
    r"|transfus\w{1,6}|PRBCs?|platelets|plts|filgrastim|neupogen|zarxio|KCl|potassium"
    r"|hydration|order\w{0,3}|hold\w{0,3}|held|seen|here|presents|given|infus\w{2,5}"
    r"|inject\w{2,5}|IVIG|iron|visit|treat\w{0,4})\b",
    re.IGNORECASE,
)
_JOINED_CAUSE = re.compile(r"\s?(?:w/|with|and|causing|leading to|->|&)?\s?(?:resulting )?")
_LONGEST_LIST = 12  # conditions of one list that share what stands before the first
_CAUSE_REACH = 9  # tokens behind "due to" in which the cause is looked for
_ASIDE_REACH = 4
_DRUG_CAUSES = {
    "checkpoint inhibitor": "checkpoint inhibitor",
    "iron": "iron",
    "immunoglobulin": "immune globulin",
}


def standing_of(page: Page, hit: Hit, *, lasting: bool = False) -> DiagnosisStatus | None:
    """Status of a disease mention; None where the words are no statement about the patient's disease (teaching,
    risk, allergy). A ``lasting`` disease (cancer) is not over because a cycle or a season is.
    """
    context = page.context(hit)
    if context.section in SILENT_SECTIONS:
        return None
    if context.family:
        return "family"
    if context.negated:
        return "negated"
    if context.hypothetical or (context.prior and not lasting):
        return None
    if context.uncertain:
        return "suspected"
    if context.historical or context.section == "past":
        return "history"
    return "active"


def tumour_standing(page: Page, line: Line, hit: Hit, on: date | None = None) -> DiagnosisStatus | None:
    """As ``standing_of``; "history of" beside words of ongoing treatment is active disease, "NED, completed"
    without them is history.

    A tumour operated on two years and more before ``on`` without a word of ongoing treatment is history too.
    """
    status = standing_of(page, hit, lasting=True)
    if status not in {"active", "history"}:
        return status
    active = {word.value for _, word in words_in(line.hits, "active")}
    if any(
        (word_of(other, "metastasis") or word_of(other, "secondary")) and page.context(other).affirmed
        for other in line.hits
    ):
        active.add("strong")
    if _is_on_treatment(page, line):
        active.add("strong")
    ended = {word.value for found, word in words_in(line.hits, "ended") if not page.context(found).negated}
    if "strong" in active and not (status == "history" and "strong" in ended):
        return "active"
    if "strong" in ended or (not active and _was_resected_long_ago(page, line, on)):
        return "history"
    if status == "history" and page.context(hit).section != "past":
        return "active" if active and not ended else "history"
    return status


def _is_on_treatment(page: Page, line: Line) -> bool:
    """True for "on carboplatin": an antineoplastic drug directly behind the word."""
    first, last = line.hits[0].first, line.hits[-1].last + _CAUSE_REACH
    for index in range(first, min(last, len(page.tokens) - 1)):
        if page.tokens[index].word == "on" and page.tokens[index].start < line.sentence.end:
            drug = drug_at(page, index + 1, page.drugs)
            if drug and drug.antineoplastic and not drug.hormonal and drug.kind != "oral hormonal":
                return True
    return False


def _was_resected_long_ago(page: Page, line: Line, on: date | None) -> bool:
    match = _PATTERNS["operated"].search(page.quote(line))
    return on is not None and match is not None and int(match["year"]) <= on.year - _SETTLED_YEARS


def blood_standing(page: Page, line: Line, hit: Hit) -> DiagnosisStatus | None:
    """As ``standing_of``; a blood cancer in remission, relapse or under treatment is coded as the disease, not as
    history.
    """
    status = standing_of(page, hit, lasting=True)
    if status != "history":
        return status
    alive = any(word.value in {"0", "2"} for _, word in words_in(line.hits, "remission"))
    alive = alive or any(word.value == "strong" for _, word in words_in(line.hits, "active"))
    return "active" if alive else "history"


def is_treatment_note(text: str) -> bool:
    """True where the note counts cycles or says that it is about antineoplastic treatment."""
    return bool(_PATTERNS["treatment_note"].search(text))


def is_addressed(page: Page, line: Line, hit: Hit) -> bool:
    """True where a condition stands as a diagnosis of the visit or as what something was done for."""
    return page.context(hit).section in STATING_SECTIONS or is_reason(page, line, hit)


def is_reason(page: Page, line: Line, hit: Hit) -> bool:
    """True where a condition stands as the reason of the visit, or as what a service of today was for."""
    at: Hit | None = hit
    for _ in range(_LONGEST_LIST):
        if at is None or _is_reason_itself(page, line, at):
            break
        at = _listed_before(page, line, at)
    else:
        return False
    return at is not None


def _is_reason_itself(page: Page, line: Line, hit: Hit) -> bool:
    if page.context(hit).section == "reason":
        return True
    if any(found.start < hit.start and hit.first - found.last <= 8 for found, _ in words_in(line.hits, "treatment")):
        return True
    before = page.text[line.sentence.start : hit.start]
    return bool(_FOR.search(before) and _SERVICE.search(before))


def _listed_before(page: Page, line: Line, hit: Hit) -> Hit | None:
    """The dehydration of "IVF for dehydration, N/V" for its N/V."""
    previous = next(
        (
            other
            for other in line.hits
            if other.end <= hit.start and 0 <= hit.first - other.last - 1 <= 2 and entries_of(other, Condition)
        ),
        None,
    )
    if previous is None or not re.fullmatch(
        r"\s?(?:,|&|/|\+|and|w/|with|,\s?and|\s|due to|2/2|from|\(){1,4}\s?(?:\w{1,9}\s)?",
        page.text[previous.end : hit.start],
    ):
        return None
    return previous


@dataclass(frozen=True, slots=True)
class Cause:
    """The stated cause of a condition: its class and the words that say so."""

    kind: str
    spans: tuple[Span, ...]


def cause_of(page: Page, line: Line, hit: Hit, drugs: DrugDictionary | None) -> Cause | None:
    """The cause a sentence states for a condition; standing side by side or near in time is none."""
    return (
        _cause_behind(page, line, hit, drugs)
        or _cause_before(page, line, hit, drugs)
        or _cause_aside(page, line, hit, drugs)
    )


def drug_at(page: Page, index: int, drugs: DrugDictionary | None) -> Drug | None:
    """The drug whose name begins at word ``index``."""
    if drugs is None or index >= len(page.tokens):
        return None
    for length in (3, 2, 1):
        words = page.tokens[index : index + length]
        if len(words) == length:
            alias = drugs.alias(page.text[words[0].start : words[-1].end].lower())
            if alias and not alias.ambiguous:
                return drugs.get(alias.drug)
    return None


def drugs_named(page: Page, drugs: DrugDictionary | None) -> tuple[tuple[Token, Drug], ...]:
    """Every drug the note names, with the word its name begins with; looked up once a note."""
    if page.named_drugs is None:
        found = ((token, drug_at(page, index, drugs)) for index, token in enumerate(page.tokens))
        page.named_drugs = tuple((token, drug) for token, drug in found if drug)
    return page.named_drugs


def drug_cause(drug: Drug) -> str:
    """The class of adverse effect a drug belongs to."""
    if drug.kind in _DRUG_CAUSES:
        return _DRUG_CAUSES[drug.kind]
    return "antineoplastic" if drug.antineoplastic and not drug.hormonal else "drug"


def _cause_behind(page: Page, line: Line, hit: Hit, drugs: DrugDictionary | None) -> Cause | None:
    link = next(
        (
            found
            for found, _ in words_in(line.hits, "link")
            if 0 <= found.first - hit.last - 1 <= 10 and found.start >= hit.end
        ),
        None,
    )
    if link is None or page.context(link).negated or _other_disease_between(page, line, hit, link):
        return None
    words = Span.cut(page.text, link.start, link.end)
    # A cause that the lexicon does not know is still a stated cause: nothing is to be asked.
    return _cause_within(page, line, link.last + 1, link.last + _CAUSE_REACH, drugs, words) or Cause(
        "condition", (words,)
    )


def _other_disease_between(page: Page, line: Line, hit: Hit, link: Hit) -> bool:
    """A cause named behind the next sentence part belongs to the disease named there."""
    between = page.text[hit.end : link.start]
    return bool(re.search(r"[:]|\bon\b|\bis\b(?! due)", between)) or any(
        other.start >= hit.end
        and other.end <= link.start
        and entries_of(other, Condition)
        and re.search(r"[,]\s*(?!and)", page.text[hit.end : other.start])
        for other in line.hits
    )


def _cause_within(
    page: Page, line: Line, first: int, last: int, drugs: DrugDictionary | None, link: Span
) -> Cause | None:
    by_token = {hit.first: hit for hit in line.hits}
    position = first
    fallback: Cause | None = None
    while position <= min(last, len(page.tokens) - 1) and page.tokens[position].start < line.sentence.end:
        hit = by_token.get(position)
        kind = _cause_kind(hit) if hit else None
        drug = None if kind else drug_at(page, position, drugs)
        if drug:
            kind = drug_cause(drug)
        span = page.span(hit) if hit else Span.cut(page.text, page.tokens[position].start, page.tokens[position].end)
        if kind == "condition":
            fallback = fallback or Cause(kind, (link, span))
        elif kind:
            return Cause(kind, (link, span))
        position = hit.last + 1 if hit else position + 1
    return fallback


def _cause_kind(hit: Hit) -> str | None:
    cause = word_of(hit, "cause")
    if cause:
        return cause.value
    if entries_of(hit, Neoplasm):
        return "malignancy"
    blood = next(iter(entries_of(hit, Condition)), None)
    if blood and blood.group in {"leukemia", "lymphoma", "myeloma", "myeloid"}:
        return "malignancy"
    if blood and blood.axis == "antineoplastic":
        return "antineoplastic"
    return "condition" if blood and blood.group in {"symptom", "metabolic", "comorbidity"} else None


def _cause_before(page: Page, line: Line, hit: Hit, drugs: DrugDictionary | None) -> Cause | None:
    """The cause in front: "chemo-induced neutropenia", "vincristine neuropathy", "poor PO intake w/ dehydration"."""
    before = [other for other in line.hits if other.end <= hit.start and hit.first - other.last <= 3]
    induced = next((other for other in reversed(before) if word_of(other, "induced")), None)
    if induced:
        return _cause_ending(page, line, induced.first - 1, drugs)
    poor = next((other for other in before if (word := word_of(other, "cause")) and word.value == "condition"), None)
    if poor and _JOINED_CAUSE.fullmatch(page.text[poor.end : hit.start]):
        return Cause("condition", (page.span(poor),))
    direct = _cause_ending(page, line, hit.first - 1, drugs)
    plain = hit.first > 0 and re.fullmatch(r"[ -]", page.between(hit.first - 1, hit.first))
    return direct if direct and plain and direct.kind in {"antineoplastic", "radiation"} else None


def _cause_aside(page: Page, line: Line, hit: Hit, drugs: DrugDictionary | None) -> Cause | None:
    """The cause in an aside behind: "anemia, chemo related", "thrombocytopenia (carboplatin effect)"."""
    for index, other in enumerate(line.hits):
        if not word_of(other, "induced") or not 0 < other.first - hit.last <= _ASIDE_REACH:
            continue
        follower = line.hits[index + 1] if index + 1 < len(line.hits) else None
        if follower is None or follower.first - other.last > 1 or not entries_of(follower, Condition):
            return _cause_ending(page, line, other.first - 1, drugs)
    return None


def _cause_ending(page: Page, line: Line, last: int, drugs: DrugDictionary | None) -> Cause | None:
    """The cause whose last word is token ``last``."""
    hit = next((other for other in line.hits if other.last == last), None)
    kind = _cause_kind(hit) if hit else None
    if hit and kind:
        return Cause(kind, (page.span(hit),))
    for first in (last, last - 1, last - 2):
        drug = drug_at(page, first, drugs) if first >= 0 and page.tokens[first].start >= line.sentence.start else None
        if drug:
            span = Span.cut(page.text, page.tokens[first].start, page.tokens[last].end)
            return Cause(drug_cause(drug), (span,))
    return None
