"""Secondary neoplasms: "mets to liver and bone", "bone mets", "metastatic breast ca to bone", "axillary LN +"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.extraction.diagnosis_page import Line, Page, entries_of, side_of, site_of, word_of
from terminology.diagnosis import Hit, Neoplasm, Side, Site, load_words

# Words that may stand inside a list of metastatic sites without ending it.
_FILLERS = load_words("between metastatic sites")
_LEVEL = re.compile(r"(?:[ctls]\d{1,2}|\d{1,2}[a-z]?|[ctls])$")
_SITE_LINK = re.compile(
    r"[\s,(\[:;=–-]{0,12}(?:with\s{1,4}mets\s{1,4}|w/\s{0,4})?(?:to|in|into|involving)\b", re.IGNORECASE
)
_POSITIVE_BEFORE = re.compile(
    r"(?:\+|\bpos(?:itive)?|\binvolved|\bmetastatic|\bproven|\bmets? to|\bmalignant"
    r"|\bbulky)\W{0,3}(?:for\W{1,2})?(?:\w{1,12}\W{1,2}){0,2}$",
    re.I,
)
_POSITIVE_AFTER = re.compile(
    r"[ )]{0,2}(?:(?:(?:core\s|needle\s)?(?:biopsy|bx|FNA|sampling)\s)?\+(?!\w)|\(\+\)"
    r"|(?:\w{1,10}\W{1,2}){0,3}?(?:pos\b|positive|involve(?:d"
    r"|ment)|mets\b|metastas[ei]s|disease\b|spread\b))",
    re.I,
)
_NEGATIVE_NEAR = re.compile(
    r"\b(?:neg(?:ative)?|no\b|not\b|(?<!\d)0\s?(?:/|of|out of)\s?\d|without|benign|dissect|-ve)", re.I
)
_ASIDE = re.compile(r"[\s,]{0,2}\([^()]{1,60}\)")
_VERTEBRA = re.compile(r"[TLS]\d{1,2}\b(?!\s?[NM]\d)")
_SPINE = Site("bone", "spine", None, "1")
_LINKS = frozenset({"to", "in", "involving", "at"})
_APPENDS = re.compile(r"\s?[,;:(–-]\s?")
_ENDS = re.compile(
    r"(?:\s(?:lesions?|mets|metastases|disease|involvement|nodules?))?[\s.)]{0,4}(?:\([^()]{1,20}\)[\s.]{0,3})?"
)
_OWN_REACH = 4  # tokens between a tumour word and the organ it belongs to
_MAX_GAP = 3
_MAX_SITES = 12


@dataclass(frozen=True, slots=True)
class Secondary:
    """One metastatic site (``organ`` None: "metastatic" without a site), with the hits that say so and the word
    that decides its standing.
    """

    organ: str | None
    subsite: str
    side: Side
    hits: tuple[Hit, ...]
    head: Hit


def read_secondaries(page: Page, line: Line) -> tuple[list[Secondary], set[Hit]]:
    """The metastatic sites of one sentence, and the hits they use up (no primary may take its organ from those)."""
    found: list[Secondary] = []
    used: set[Hit] = set()
    for index, hit in enumerate(line.hits):
        known = len(found)
        direct = word_of(hit, "secondary")
        head = word_of(hit, "metastasis")
        if direct:
            sites = [*_sites_before(page, line, index, comma=True), *_sites_after(page, line, index, opened=False)]
            by_token = {other.first: other for other in line.hits}
            side = _nearest_side(page, line, index) or _side_behind(page, hit, by_token)
            organ, _, part = direct.value.partition(": ")
            found.append(Secondary(organ, part, side, (hit,), hit))
            found.extend(Secondary(site.organ, site.subsite, side, (place, hit), hit) for place, site, side in sites)
            used.add(hit)
        elif head:
            found.extend(_around(page, line, index, hit, head.value))
            used.add(hit)
        elif hit in used:
            continue
        else:
            node = site_of(hit, organ="lymph node")
            region = _region(line, node) if node else ""
            if node and region and _is_positive(page, line, hit):
                found.append(Secondary("lymph node", region, None, (hit,), hit))
                used.add(hit)
        used.update(h for secondary in found[known:] for h in secondary.hits)
    if not any(secondary.organ for secondary in found):
        appended = _appended(page, line)
        found.extend(appended)
        used.update(hit for secondary in appended for hit in secondary.hits if not entries_of(hit, Neoplasm))
    return found, used


def _around(page: Page, line: Line, index: int, hit: Hit, kind: str) -> list[Secondary]:
    sites: list[tuple[Hit, Site, Side]] = []
    if kind in {"opener", "behind"}:  # "now in the liver", "pelvic recurrence": only with a place
        opens = kind == "opener"
        sites = _sites_after(page, line, index, opened=False) if opens else _site_directly_before(page, line, index)
        return [Secondary(site.organ, site.subsite, side, (place, hit), hit) for place, site, side in sites]
    named = _names_primary(page, line, index)
    if kind in {"adjective", "recurrent"} or (named and page.text[hit.start : hit.end].lower() == "met"):
        start = _past_primary(page, line, index)
        if start is not None:
            sites = _sites_after(page, line, start, opened=True)
        elif not named and kind != "recurrent":
            sites = _sites_after(page, line, index, opened=False)
    else:
        sites = _sites_after(page, line, index, opened=False)
        if not sites or not _SITE_LINK.match(page.text, hit.end):
            before = _sites_before(page, line, index)
            follower = {other.first: other for other in line.hits[index + 1 : index + 2]}
            behind = _side_behind(page, hit, follower) if len(before) == 1 and not sites else None
            sites = [*((place, site, side or behind) for place, site, side in before), *sites]
    if not sites:
        if kind == "recurrent":
            return []  # a recurrence is a metastasis only where it names a place
        return [Secondary(None, "", None, (hit,), hit)]
    return [Secondary(site.organ, site.subsite, side, (place, hit), hit) for place, site, side in sites]


def _region(line: Line, node: Site) -> str:
    """The region of a node; that of the whole sentence for "right axilla: one lymph node positive"."""
    if node.subsite:
        return "" if node.subsite == "multiple" else node.subsite
    named = {
        site.subsite for hit in line.hits for site in entries_of(hit, Site) if site.organ == "lymph node" and site.alone
    }
    return next(iter(named - {"", "multiple"})) if len(named - {"", "multiple"}) == 1 else ""


def _site_directly_before(page: Page, line: Line, index: int) -> list[tuple[Hit, Site, Side]]:
    place = line.hits[index - 1] if index else None
    site = _secondary_site(page, place) if place and line.hits[index].first - place.last == 1 else None
    if place is None or site is None:
        return []
    before = line.hits[index - 2] if index > 1 and place.first - line.hits[index - 2].last == 1 else None
    return [(place, site, site.side or (side_of(page, before) if before else None))]


def _appended(page: Page, line: Line) -> list[Secondary]:
    """The places that end a sentence of widespread cancer: "extensive stage small cell ca RUL, liver + L adrenal"."""
    extent = next((hit for hit in line.hits if word_of(hit, "extent")), None)
    tumour = next((hit for hit in line.hits if entries_of(hit, Neoplasm)), None)
    if tumour is None or extent is None:
        return []
    organs = {entry.organ for entry in entries_of(tumour, Neoplasm)} | {
        site.organ for hit in line.hits if abs(hit.first - tumour.first) <= _OWN_REACH for site in entries_of(hit, Site)
    }
    for index in range(len(line.hits) - 1):
        left, right = line.hits[index], line.hits[index + 1]
        if left.end < tumour.end or not _APPENDS.fullmatch(page.text, left.end, right.start):
            continue
        own = {site.organ for hit in line.hits[: index + 1] for site in entries_of(hit, Site) if site.alone == "1"}
        sites = _sites_after(page, line, index, opened=False)
        rest = page.text[sites[-1][0].end : line.sentence.end] if sites else "-"
        listed = {site.organ for _, site, _ in sites}
        if sites and _ENDS.fullmatch(rest) and not own & listed and (own or organs - {""}):
            return [Secondary(site.organ, site.subsite, side, (place, extent), extent) for place, site, side in sites]
    return []


def _names_primary(page: Page, line: Line, index: int) -> bool:
    """True for "metastatic colon cancer": the organ behind the adjective belongs to a tumour word."""
    return _primary_after(page, line, index) is not None


def _primary_after(page: Page, line: Line, index: int) -> int | None:
    previous = line.hits[index]
    for offset, hit in enumerate(line.hits[index + 1 : index + 6], start=index + 1):
        gap = page.text[previous.end : hit.start]
        if hit.first - previous.last > _MAX_GAP + 1 or ";" in gap or re.search(r"\bto\b|\(|,", gap):
            return None
        if entries_of(hit, Neoplasm):
            return offset
        previous = hit
    return None


def _past_primary(page: Page, line: Line, index: int) -> int | None:
    """Index of the tumour word of "metastatic breast ca to bone" where a list of sites follows it."""
    tumour = _primary_after(page, line, index)
    if tumour is None:
        return None
    behind = line.hits[tumour].end
    aside = _ASIDE.match(page.text, behind)
    if _SITE_LINK.match(page.text, aside.end() if aside else behind):
        return tumour
    inside = line.hits[tumour + 1] if aside and tumour + 1 < len(line.hits) else None
    opens = (
        inside is not None
        and aside is not None
        and inside.start <= aside.start() + 4
        and _secondary_site(page, inside) is not None
    )
    return tumour if opens else None


def _sites_after(page: Page, line: Line, index: int, *, opened: bool) -> list[tuple[Hit, Site, Side]]:
    """Sites of the list that follows hit ``index``."""
    found: list[tuple[Hit, Site, Side]] = []
    start = line.hits[index]
    position = start.last + 1
    by_token = {hit.first: hit for hit in line.hits[index + 1 :]}
    gap = 0
    side: Side = None
    limit = _list_end(page, line, start)
    while gap < _MAX_GAP and len(found) < _MAX_SITES:
        if position >= len(page.tokens) or page.tokens[position].start >= limit:
            break
        hit = by_token.get(position)
        aside = _ASIDE.match(page.text, page.tokens[position - 1].end) if found else None
        if aside and not any(
            aside.start() < other.start < aside.end() and _secondary_site(page, other) for other in by_token.values()
        ):
            while position < len(page.tokens) and page.tokens[position].start < aside.end():
                position += 1
            continue
        if _is_vertebra(page, position):
            if found or opened or page.tokens[position - 1].word in _LINKS:
                found.append((_level_hit(page, position), _SPINE, None))
            position += 2
            continue
        if hit is None:
            word = page.tokens[position].word
            gap = gap if word in _FILLERS or _LEVEL.match(word) else gap + 1
            if not found and not opened and gap:
                break
            position += 1
            continue
        if entries_of(hit, Neoplasm) or (word_of(hit, "metastasis") and found and not _joined(found[-1][0], hit)):
            if entries_of(hit, Neoplasm) and found and _adjacent(page, found[-1][0], hit):
                found.pop()  # "..., lung ca": the organ belongs to the next tumour
            break
        site = _secondary_site(page, hit) if not _precedes_node(page, hit, by_token) else _listed_node(hit)
        named = side_of(page, hit)
        if site:
            found.append((hit, site, site.side or side or _side_behind(page, hit, by_token)))
            side, gap = None, 0
        elif named:
            side = named
        elif not word_of(hit, "positive") and not word_of(hit, "metastasis"):
            gap += 1
        position = hit.last + 1
    return found


def _is_vertebra(page: Page, position: int) -> bool:
    """True for the T8 of a list of metastases; T3 before N1 is a stage."""
    words = page.text[page.tokens[position].start : page.tokens[position].end + 10]
    return bool(_VERTEBRA.match(words))


def _level_hit(page: Page, position: int) -> Hit:
    return Hit(position, position + 1, page.tokens[position].start, page.tokens[position + 1].end, (_SPINE,), False)


def _list_end(page: Page, line: Line, head: Hit) -> int:
    """A list inside a bracket ends with the bracket."""
    after = page.text[head.end : line.sentence.end]
    opening = re.match(r"[\s:–-]{0,3}\(", after)
    closing = after.find(")")
    return head.end + closing if opening and closing > 0 else line.sentence.end


def _joined(left: Hit, right: Hit) -> bool:
    return right.first - left.last == 1


def _adjacent(page: Page, left: Hit, right: Hit) -> bool:
    return right.first - left.last <= 2 and "," not in page.text[left.end : right.start]


def _side_behind(page: Page, hit: Hit, by_token: dict[int, Hit]) -> Side:
    follower = by_token.get(hit.last + 1)
    if follower and re.fullmatch(r"\s?[(,]?\s?", page.text[hit.end : follower.start]):
        after = page.text[follower.end : follower.end + 1]
        return side_of(page, follower) if after in {")", ",", "", ";", "."} else None
    return None


def _sites_before(page: Page, line: Line, index: int, *, comma: bool = False) -> list[tuple[Hit, Site, Side]]:
    """Sites of the list that ends with hit ``index`` ("liver, bone and left adrenal mets"); ``comma``: one may
    stand before the hit.
    """
    found: list[tuple[Hit, Site, Side]] = []
    right = line.hits[index]
    for hit in reversed(line.hits[:index]):
        words = [token.word for token in page.tokens[hit.last + 1 : right.first]]
        gap = page.text[hit.end : right.start]
        if (
            any(not (word in _FILLERS - {"with", "to", "in", "of"} or _LEVEL.match(word)) for word in words)
            or ";" in gap
            or ":" in gap
        ):
            break
        if entries_of(hit, Neoplasm) or word_of(hit, "metastasis"):
            break
        joined = bool(found) and found[-1][1].organ == "lymph node"
        site = (_listed_node(hit) if joined else None) or _secondary_site(page, hit)
        side = side_of(page, hit)
        if site and ((not found and "," in gap and not comma) or _is_primary_organ(page, line, hit, site)):
            break
        if site:
            found.append((hit, site, site.side))
        elif side and found:
            place, named, _ = found[-1]
            found[-1] = (place, named, side)
        else:
            break
        right = hit
    return found[::-1]


def _is_primary_organ(page: Page, line: Line, hit: Hit, site: Site) -> bool:
    """True for the breast of "IDC L breast, bone mets": the organ of the tumour word before it."""
    before = [other for other in line.hits if other.end <= hit.start and not word_of(other, "side")]
    first = hit.first
    while before and (site_of(before[-1], organ=site.organ) or _is_bare_part(before[-1])):  # "body of the pancreas"
        first = before.pop().first
    if not before or not (neoplasms := entries_of(before[-1], Neoplasm)) or first - before[-1].last > 4:
        return False
    if page.text[hit.end : hit.end + 1] == "," and _is_organ_of(line, before[-1], site):
        return True  # "colon adenoca, descending, liver mets"
    sarcoma = neoplasms[0].table == "sarcoma"
    if (site.organ in {"bone", "lymph node"} and not sarcoma) or re.search(
        r"\bwith\b|w/", page.text[before[-1].end : hit.start]
    ):
        return False
    if neoplasms[0].organ != site.organ and "," in page.text[before[-1].end : hit.start]:
        return False
    if neoplasms[0].organ:
        return neoplasms[0].organ == site.organ or neoplasms[0].default == "weak"
    organ_before = [other for other in before[:-1] if entries_of(other, Site) and before[-1].first - other.last <= 2]
    return not organ_before


def _is_bare_part(hit: Hit) -> bool:
    """ "Distal" and the like name no organ by themselves."""
    return bool(entries_of(hit, Site)) and all(site.alone == "" for site in entries_of(hit, Site))


def _is_organ_of(line: Line, tumour: Hit, site: Site) -> bool:
    """True for a part of the organ that stands directly before the tumour word."""
    return any(site_of(other, organ=site.organ) and 0 < tumour.first - other.last <= 2 for other in line.hits) and bool(
        site.subsite
    )


def _nearest_side(page: Page, line: Line, index: int) -> Side:
    before = line.hits[index - 1] if index else None
    return side_of(page, before) if before and line.hits[index].first - before.last == 1 else None


def _secondary_site(page: Page, hit: Hit) -> Site | None:
    """The reading of a hit that can be a metastatic site; nodes before organs where the words can mean both."""
    sites = [site for site in entries_of(hit, Site) if page.lexicon.has_row("secondary", site.organ)]
    sites = [site for site in sites if site.alone == "1" or (site.organ == "skin" and not site.subsite)]
    return min(sites, key=lambda site: site.organ != "lymph node", default=None)


def _listed_node(hit: Hit) -> Site | None:
    """The nodes an adjective stands for in a list that ends in nodes: the pelvic of "pelvic and para-aortic LN"."""
    return next((site for site in entries_of(hit, Site) if site.organ == "lymph node" and site.alone == "list"), None)


def _precedes_node(page: Page, hit: Hit, by_token: dict[int, Hit]) -> bool:
    if _listed_node(hit) is None:
        return False
    for position in range(hit.last + 1, hit.last + 4):
        follower = by_token.get(position)
        if follower:
            node = site_of(follower, organ="lymph node")
            return node is not None and bool(
                re.fullmatch(r"\s?(?:and|&|/|,|\+|or)\s?(?:and\s)?", page.text[hit.end : follower.start])
            )
    return False


def _is_positive(page: Page, line: Line, hit: Hit) -> bool:
    before = page.text[max(line.sentence.start, hit.start - 28) : hit.start]
    after = page.text[hit.end : min(line.sentence.end, hit.end + 32)]
    near = before[-14:] + " " + after[:18]
    if _NEGATIVE_NEAR.search(near):
        return False
    return bool(_POSITIVE_BEFORE.search(before) or _POSITIVE_AFTER.match(after))
