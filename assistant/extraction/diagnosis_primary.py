"""Primary solid tumours: tumour word, organ, part of the organ and side, in any word order within a sentence.

One sentence gives at most one statement per tumour word; statements about the same organ are joined into one
diagnosis later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assistant.extraction.diagnosis_page import Line, Page, entries_of, side_of, site_of, word_of
from terminology.diagnosis import Hit, Neoplasm, Side, Site, load_words

# Words that may stand between a side and the organ it belongs to.
_MODIFIERS = load_words("between side and organ")
_CLOCK = re.compile(
    r"\b(1[0-2]|[1-9])(?::([0-5]\d))?\s?(?:o['’]?\s?clock|oclock)|\b(1[0-2]|0?[1-9]):([0-5]\d)(?=\s*(?:N\d"
    r"|FN|position|,|\)|\s\d{1,2}\s?cm))",
    re.I,
)
_CLOCK_CUE = re.compile(r"o['’]?\s?clock|\bFN\b|position|nipple|N\d\b", re.I)
_CLOCK_OF_BREAST = re.compile(r"\bbreast\b[,\s]{1,3}(?:at\s)?(?:1[0-2]|0?[1-9]):[0-5]\d", re.IGNORECASE)
_BEHIND = re.compile(r"[\s,(:\[-]{0,4}(?:ca|cancer|side|sided|laterality|primary|,|\(|:|\s){0,3}", re.IGNORECASE)
_NOT_CALCIUM = re.compile(r"\s{0,2}(?:[<>=:]|\d)")
_ORGAN_REACH = 10  # tokens between a tumour word and the organ it may belong to
_PART_REACH = 7
_NEVER_PRIMARY = frozenset({"lymph node", "bone marrow", "other"})
_NOT_HEAD_AND_NECK = frozenset({"head and neck", "skin", "lymph node", "bone", "brain", "lung"})
_WIDE: dict[str, Callable[[str], bool]] = {
    "head and neck": lambda organ: organ not in _NOT_HEAD_AND_NECK,
    "colorectum": lambda organ: organ in {"colon", "rectum", "rectosigmoid junction"},
}
_REGION_TABLES = frozenset(
    {"melanoma", "melanoma in situ", "merkel", "skin squamous", "skin basal", "sarcoma", "kaposi"}
)


@dataclass(frozen=True, slots=True)
class Primary:
    """One statement of a primary tumour. ``organ`` "" where the sentence names none; ``parts`` are the distinct
    subsites named.
    """

    table: str
    organ: str
    subsite: str
    side: Side
    head: Hit
    hits: tuple[Hit, ...]
    weak: bool  # the organ was only implied by the tumour word


def read_primaries(page: Page, line: Line, used: set[Hit]) -> list[Primary]:
    """Statements of primary tumours in one sentence; ``used`` hits belong to metastases."""
    found = []
    for hit in line.hits:
        neoplasm = next(iter(entries_of(hit, Neoplasm)), None)
        if neoplasm is None or hit in used or not _is_tumour(page, line, hit, neoplasm):
            continue
        found.append(_statement(page, line, hit, neoplasm, used))
    return found


def _is_tumour(page: Page, line: Line, hit: Hit, neoplasm: Neoplasm) -> bool:
    """False for calcium, for tumour words of the laboratory, and for "tumor" without an organ word directly beside
    it.
    """
    word = page.text[hit.start : hit.end]
    if neoplasm.default == "adjacent":
        if word == "CA" or word == "ca" or word == "Ca":
            if _NOT_CALCIUM.match(page.text, hit.end) and not _site_beside(page, line, hit, before_only=True):
                return False
            return bool(_site_beside(page, line, hit))
        return False
    if word.lower() in {"tumor", "tumour", "tumors", "tumours", "adeno", "squamous", "squamous cell"}:
        return bool(_site_beside(page, line, hit))
    return not hit.guarded or page.states(hit, line)


def _site_beside(page: Page, line: Line, hit: Hit, *, before_only: bool = False) -> Site | None:
    """An organ within two words of the tumour word ("breast ca", "ca of prostate", "CA, left breast")."""
    for other in line.hits:
        gap = hit.first - other.last - 1 if other.first < hit.first else other.first - hit.last - 1
        if (before_only and other.first > hit.first) or gap > 2 or other is hit:
            continue
        site = next((site for site in entries_of(other, Site) if site.alone), None)
        if site and ";" not in page.text[min(hit.end, other.end) : max(hit.start, other.start)]:
            return site
    return None


def _statement(page: Page, line: Line, head: Hit, neoplasm: Neoplasm, used: set[Hit]) -> Primary:
    free = [hit for hit in line.hits if hit not in used and hit is not head]
    place = None if neoplasm.default == "strong" else _organ(page, head, neoplasm, free)
    table, organ, subsite = neoplasm.table, neoplasm.organ, neoplasm.subsite
    hits: list[Hit] = [head]
    if place:
        hit, site = place
        hits.append(hit)
        if site.organ != organ:
            subsite = ""
        organ, subsite = site.organ, site.subsite or subsite
        if organ == "skin" and neoplasm.skin:
            table = neoplasm.skin
    if organ == "skin" and table == "skin unspecified":
        table = "malignant"
    if table == "malignant" and organ in _WIDE and (narrow := _narrower(page, organ, head, free)):
        hits.append(narrow[0])
        organ, subsite = narrow[1].organ, narrow[1].subsite
    table = _table(page, table, organ)
    part = _part(page, line, table, organ, head, hits, free)
    if part:
        hits.append(part[0])
        subsite = part[1].subsite
    elif table in {"malignant", "in situ"} and organ == "breast" and not subsite:
        quadrant = _quadrant_by_clock(page, line, hits)
        subsite = quadrant or subsite
    side, side_hits = _side(page, line, organ, hits)
    return Primary(
        table,
        organ,
        subsite,
        side,
        head,
        tuple(dict.fromkeys([*hits, *side_hits])),
        weak=place is None and neoplasm.default == "weak",
    )


def _table(page: Page, table: str, organ: str) -> str:
    """Neuroendocrine tumours of organs with carcinoid codes take those; others stay in their table."""
    if (
        table == "neuroendocrine"
        and not page.lexicon.has_row(table, organ)
        and page.lexicon.has_row("carcinoid", organ)
    ):
        return "carcinoid"
    return table


def _organ(page: Page, head: Hit, neoplasm: Neoplasm, free: Iterable[Hit]) -> tuple[Hit, Site] | None:
    """The organ nearest to the tumour word; one directly before it first, a region of skin only for skin tumours."""
    best: tuple[float, Hit, Site] | None = None
    for hit in free:
        distance = _distance(head, hit)
        if distance > _ORGAN_REACH or _separated(page, head, hit):
            continue
        for site in entries_of(hit, Site):
            if not _may_be_organ(page, site, neoplasm, head, hit):
                continue
            rank = distance + (0 if hit.first < head.first else 0.5) + (0.4 if site.organ == "head and neck" else 0)
            if best is None or rank < best[0]:
                best = rank, hit, site
    return (best[1], best[2]) if best else None


def _may_be_organ(page: Page, site: Site, neoplasm: Neoplasm, head: Hit, hit: Hit) -> bool:
    if site.organ in _NEVER_PRIMARY:
        return False
    if site.alone == "head":
        return head.first - hit.last == 1
    if site.organ == "skin" and site.subsite:
        return neoplasm.table in _REGION_TABLES or (
            bool(neoplasm.skin) and neoplasm.skin != "skin unspecified" and _distance(head, hit) <= 2
        )
    if site.alone != "1":
        return neoplasm.table in {"carcinoid", "neuroendocrine"} and site.organ == "midgut"
    if site.organ in {"bone", "soft tissue"} and neoplasm.table != "sarcoma" and _distance(head, hit) > 0:
        return False
    if neoplasm.organ and neoplasm.organ != site.organ:
        carcinoid = neoplasm.table == "neuroendocrine" and page.lexicon.has_row("carcinoid", site.organ)
        return carcinoid or page.lexicon.has_row(neoplasm.table, site.organ)
    return True


def _distance(left: Hit, right: Hit) -> int:
    return (right.first - left.last if right.first > left.first else left.first - right.last) - 1


def _separated(page: Page, left: Hit, right: Hit) -> bool:
    first, last = (left, right) if left.start < right.start else (right, left)
    return bool(re.search(r";|\bs/p\b|\bon\b|\bon cisplatin\b", page.text[first.end : last.start]))


def _narrower(page: Page, wide: str, head: Hit, free: Iterable[Hit]) -> tuple[Hit, Site] | None:
    """The named part of "head & neck ca (larynx, glottis)" or "CRC (sigmoid primary)"."""
    sites = [
        (hit, site)
        for hit in free
        for site in entries_of(hit, Site)
        if site.alone == "1" and _WIDE[wide](site.organ) and _distance(head, hit) <= 6
    ]
    sites = [pair for pair in sites if page.lexicon.has_row("malignant", pair[1].organ, pair[1].subsite)]
    return max(sites, key=lambda pair: bool(pair[1].subsite), default=None)


def _part(
    page: Page, line: Line, table: str, organ: str, head: Hit, hits: list[Hit], free: list[Hit]
) -> tuple[Hit, Site] | None:
    """The part of the organ named nearest; two parts joined as contiguous are an overlapping site."""
    anchors = [head, *hits]
    found: list[tuple[int, Hit, Site]] = []
    for hit in free:
        for site in entries_of(hit, Site):
            near = min(_distance(anchor, hit) if anchor is not hit else 0 for anchor in anchors)
            reach = _ORGAN_REACH if site.alone == "1" or organ in {"breast", "lung", "bladder"} else _PART_REACH
            if (
                site.organ == organ
                and site.subsite
                and near <= reach
                and page.lexicon.has_row(table, organ, site.subsite)
            ):
                found.append((near, hit, site))
    if not found:
        return None
    found.sort(key=lambda item: item[0])
    parts = {site.subsite for _, _, site in found}
    overlapping = next((item for item in found if item[2].subsite == "overlapping"), None)
    contiguous = any(word_of(hit, "contiguous") for hit in line.hits)
    if len(parts) > 1 and contiguous and page.lexicon.has_row(table, organ, "overlapping"):
        return found[0][1], Site(organ, "overlapping", None, "")
    chosen = overlapping or found[0]
    return chosen[1], chosen[2]


def _quadrant_by_clock(page: Page, line: Line, hits: list[Hit]) -> str | None:
    """Quadrant of a clock position: the right breast counts 9 to 12 as upper outer, the left breast mirrors it."""
    words = page.quote(line)
    match = _CLOCK.search(words)
    if not match or not (match[1] or _CLOCK_CUE.search(words) or _CLOCK_OF_BREAST.search(words)):
        return None
    hour = int(match[1] or match[3]) % 12 + int(match[2] or match[4] or 0) / 60
    side, _ = _side(page, line, "breast", hits)
    if side not in {"left", "right"} or hour in {0, 3, 6, 9}:
        return None
    upper = hour > 9 or hour < 3
    lateral = (hour > 6) == (side == "right")
    return f"{'upper' if upper else 'lower'} {'outer' if lateral else 'inner'}"


def _side(page: Page, line: Line, organ: str, hits: list[Hit]) -> tuple[Side, list[Hit]]:
    """The side written for the organ: before it ("L breast"), behind it ("breast, left", "tonsil (R)") or in the
    part (RUL).
    """
    for hit in hits:
        site = site_of(hit, organ=organ)
        if site and site.side:
            return site.side, [hit]
    sides: list[tuple[Side, Hit]] = []
    for hit in line.hits:
        side = side_of(page, hit)
        if side and (_attached_before(page, line, organ, hit, hits) or _attached_behind(page, line, hit, hits)):
            sides.append((side, hit))
    named = {side for side, _ in sides}
    if named >= {"left", "right"} or "bilateral" in named:
        return ("bilateral" if "bilateral" in named or _both(page, sides) else None), [hit for _, hit in sides]
    return (sides[0][0], [sides[0][1]]) if sides else (None, [])


def _both(page: Page, sides: list[tuple[Side, Hit]]) -> bool:
    return len(sides) == 2 and bool(
        re.fullmatch(r"\W{0,3}(?:and|&|/|\+)\W{0,3}", page.text[sides[0][1].end : sides[1][1].start])
    )


def _attached_before(page: Page, line: Line, organ: str, hit: Hit, hits: list[Hit]) -> bool:
    """A side before the tumour word, organ or part, with nothing but modifiers (and parts of the organ) between."""
    by_token = {other.first: other for other in line.hits}
    position = hit.last + 1
    for _ in range(7):
        if position >= len(page.tokens) or re.search(
            r"[;.)|]|\d\s?[:/]", page.text[page.tokens[position - 1].end : page.tokens[position].start]
        ):
            return False
        other = by_token.get(position)
        if other in hits:
            return True
        if other and site_of(other, organ=organ):
            return True
        if other and (word_of(other, "side") and word_of(other, "side") is not word_of(hit, "side")):
            position = other.last + 1
            continue
        if (
            other
            and not entries_of(other, Neoplasm)
            and not word_of(other, "metastasis")
            and page.tokens[position].word not in _MODIFIERS
        ):
            return False
        if other is None and page.tokens[position].word not in _MODIFIERS:
            return False
        position = other.last + 1 if other else position + 1
    return False


def _attached_behind(page: Page, line: Line, hit: Hit, hits: list[Hit]) -> bool:
    """A side directly behind the organ, part or tumour word ("breast, left", "tonsil (R)") that belongs to no
    other body part ("L chest port").
    """
    if hit.last + 1 in page.ignored and page.between(hit.last, hit.last + 1).isspace():
        return False
    follower = next((other for other in line.hits if other.first == hit.last + 1), None)
    gap = page.text[hit.end : follower.start] if follower else ""
    if follower and not re.search(r"[),;:.]", gap):
        other_place = word_of(follower, "anatomy") or any(
            site.organ not in _organs(hits) for site in entries_of(follower, Site)
        )
        if other_place and follower not in hits:
            return False
    for other in hits:
        between = page.text[other.end : hit.start]
        if 0 <= hit.start - other.end <= 22 and re.fullmatch(_BEHIND, between):
            return True
    return False


def _organs(hits: Iterable[Hit]) -> set[str]:
    return {site.organ for hit in hits for site in entries_of(hit, Site)}
