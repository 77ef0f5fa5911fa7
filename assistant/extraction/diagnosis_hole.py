"""Documentation holes that only the whole note shows: is a cancer with finished treatment active or history?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assistant.extraction.diagnosis_page import Page
from models.fact import Diagnosis
from models.span import Evidence, Span
from terminology.diagnosis import load_status_codes
from terminology.pattern import load_patterns

_SETTLED_YEARS = 1  # treatment finished in an earlier calendar year
_SECONDARY = ("C77", "C78", "C79", "C7B", "C80")
_BLOOD = ("C81", "C82", "C83", "C84", "C85", "C86", "C88", "C9", "Z85.6", "Z85.7")


def with_open_status(page: Page, found: Sequence[Diagnosis], on: date | None) -> list[Diagnosis]:
    """Marks the one solid cancer of a note whose treatment is over, or that only an endocrine drug follows, where no
    word says whether it is active or history ("active-or-history"). Any word of disease or of treatment answers.
    """
    cancers = [item for item in found if _is_cancer(item)]
    primaries = [item for item in cancers if not item.code.startswith(_SECONDARY + _BLOOD)]
    if len(cancers) != 1 or len(primaries) != 1 or on is None:
        return list(found)
    patterns = load_patterns("diagnosis")
    if patterns["going_on"].search(page.text):
        return list(found)
    words = _finished(page, primaries[0], on) or _endocrine_only(page, primaries[0], found)
    if words is None:
        return list(found)
    marked = primaries[0].model_copy(
        update={
            "holes": (*primaries[0].holes, "active-or-history"),
            "evidence": (*primaries[0].evidence, Evidence(attribute="active-or-history", spans=(words,))),
        }
    )
    return [marked if item is primaries[0] else item for item in found]


def _is_cancer(item: Diagnosis) -> bool:
    return (item.status == "active" and item.code.startswith("C")) or (
        item.status == "history" and item.code.startswith("Z85")
    )


def _finished(page: Page, primary: Diagnosis, on: date) -> Span | None:
    """Words of finished treatment with an earlier year, in the sentence of the cancer or the one behind it."""
    for stretch in _sentences(page, primary):
        for match in load_patterns("diagnosis")["finished"].finditer(page.text, stretch.start, stretch.end):
            if int(match["year"]) <= on.year - _SETTLED_YEARS:
                return Span.cut(page.text, match.start(), match.end())
    return None


def _endocrine_only(page: Page, primary: Diagnosis, found: Sequence[Diagnosis]) -> Span | None:
    """The endocrine drug taken after surgery, where it is not said to treat the cancer."""
    codes = set(load_status_codes("endocrine").values())
    drug = next((item for item in found if item.code in codes), None)
    if drug is None or not drug.spans_of("code"):
        return None
    for stretch in _sentences(page, primary):
        if load_patterns("diagnosis")["removed"].search(page.text, stretch.start, stretch.end):
            return drug.spans_of("code")[0]
    return None


def _sentences(page: Page, primary: Diagnosis) -> list[Span]:
    """The sentence that names the cancer, and the text up to the end of the next one."""
    spans = primary.spans_of("code")
    lines = [line.sentence for line in page.lines]
    own = [line for line in lines if any(line.start <= span.start < line.end for span in spans)]
    return [Span.cut(page.text, line.start, min(len(page.text), line.end + 120)) for line in own[:3]]
