"""Questions to clinicians: the chart's own words in a neutral wording, and a lint that refuses any other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from terminology.gap import GapEntry, blanks_of
from terminology.parameter import Parameters

OPTIONS = "Options:"

_CODE = re.compile(
    r"(?<![\w.])(?:\d{4}[0-9TUFM]|[A-VX-Z]\d{4}|[A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?)(?![\w.]\w)(?!\w)"
)
_MONEY = re.compile(r"[$€£]\s?\d|\b\d+(?:\.\d\d)? (?:usd|dollars?)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.?!])\s+")


def write_query(entry: GapEntry, words: Mapping[str, str], on: date | None = None) -> str:
    """The fullest wording whose blanks the chart's words can all fill.

    Empty when none can, or when the lint refuses what the chart's words make of it: such a query is not sent.
    """
    for wording in entry.queries:
        blanks = blanks_of(wording)
        if not all(words.get(blank) for blank in blanks):
            continue
        text = wording.format_map(words)
        text = text[0].upper() + text[1:]
        if entry.options:
            escapes: tuple[str, ...] = _request(on)["escapes"]
            text = f"{text} {OPTIONS} {'; '.join((*entry.options, *escapes))}."
        if not lint_query(text, [words[blank] for blank in blanks], on):
            return text
    return ""


def lint_query(text: str, indicators: Sequence[str], on: date | None = None) -> tuple[str, ...]:
    """Why a query may not be sent; empty when it may.

    Args:
        indicators: the chart's words that stand in the query. Numbers and letters of these may look like codes (a dose
            of 10000 units), and a chart may be leading; words about money, codes or denials are refused even there.
    """
    reasons = []
    if not any(indicator.strip() and indicator.casefold() in text.casefold() for indicator in indicators):
        reasons.append("cites no indicator of the chart")
    own = _without(text, indicators)
    for reason, words in Parameters.load().value("documentation/query_words", on).items():
        plain = (own if reason == "leading" else text).casefold().replace("’", "'")
        reasons += [f"{reason}: {word!r}" for word in words if _match(word).search(plain)]
    if _MONEY.search(text):
        reasons.append("money: an amount")
    if _CODE.search(own):
        reasons.append("code: a code")
    body, _, listed = text.partition(OPTIONS)
    reasons += _lint_options(listed, on) if listed else []
    requests = [request for sentence in _SENTENCE.split(body.strip()) if (request := _read_request(sentence, on))]
    if not requests:
        reasons.append("asks nothing")
    reasons += [request for request in requests if request != "open"]
    return tuple(dict.fromkeys(reasons))


def _lint_options(listed: str, on: date | None) -> list[str]:
    options = [option.strip(" .").casefold() for option in listed.split(";")]
    escapes = _request(on)["escapes"]
    reasons = [f"options without {escape!r}" for escape in escapes if escape not in options]
    if len([option for option in options if option and option not in escapes]) < 2:
        reasons.append("offers a single option")
    return reasons


def _read_request(sentence: str, on: date | None) -> str | None:
    """``open`` for a neutral request, what is wrong with another one, None for a statement."""
    words = re.findall(r"[a-z'-]+", sentence.casefold().replace("’", "'"))
    if not words:
        return None
    request = _request(on)
    if sentence.endswith("?"):
        # A yes or no puts one answer into the question; two named choices do not.
        return "leading: a yes-or-no question" if words[0] in request["yes_no"] and "or" not in words else "open"
    if "please" not in words:
        return "leading: an instruction without a question" if words[0] in request["verbs"] else None
    asked = words[words.index("please") + 1 :]
    if len(asked) < 2 or asked[0] not in request["verbs"]:
        return "leading: not an open request"
    return "open" if asked[1] in request["openings"] or "or" in asked else f"leading: asks for {asked[1]!r}"


def _request(on: date | None) -> Mapping[str, tuple[str, ...]]:
    found: Mapping[str, tuple[str, ...]] = Parameters.load().value("documentation/query_request", on)
    return found


def _without(text: str, indicators: Sequence[str]) -> str:
    for indicator in sorted(filter(None, indicators), key=len, reverse=True):
        text = re.sub(re.escape(indicator), " ", text, flags=re.IGNORECASE)
    return text


@lru_cache(maxsize=512)
def _match(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
