"""Where a statement begins and ends in charting prose, and whether it is about someone or sometime else."""

from __future__ import annotations

import re

_REACH = 240  # characters looked at on either side: a charted statement is shorter
_BREAK = re.compile(r"\n|[;|]|(?<=[a-z0-9)%\]+-])\.(?=\s|$)|(?<=[A-Z]{2})\.(?=\s[A-Z])")
_FAMILY = re.compile(
    r"\b(?:mother|father|mom|dad|sister|brother|sibling|aunt|uncle|daughter|son|cousin|niece|nephew|grand(?:mother|father)"
    r"|grandparent|maternal|paternal|relatives?|family\s(?:hx|history|h/o)|fam\shx|fhx?)\b",
    re.IGNORECASE,
)
# A relative who came along is not one who has the disease.
_COMPANION = re.compile(
    r"(?:\bwith|\bw/|\bby|\bfrom|\bto|\bfor)\s?(?:(?:her|his|their|the|a|pt'?s|patient'?s)\s)?$", re.IGNORECASE
)
_CONDITIONAL = re.compile(
    r"(?<!\w)(?:if|unless|whether|in case|should (?:the|her|his|she|he)|would require|requires?"
    r"|eligib\w{1,6} (?:for|if)|criteria|indicated (?:for|in)|approved (?:for|in)|label(?:ed)? (?:for|in)"
    r"|studies of|trials? (?:of|for|in)"
    r"|patients with)\s[^.;\n]{0,60}$",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"(?<!\w)(?:(?<!onc\s)(?<!oncologic\s)(?<!oncology\s)(?<!cancer\s)hx(?:\sof)?(?!\s?:)|h/o"
    r"|history\sof|pmhx?|past\smedical|remote"
    r"|(?:prior|previous|earlier)\s(?:hx|history|cancer|malignan\w{1,3}|diagnosis))\W[^.;\n|]{0,60}$",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"\bNED\b|no evidence|no (?:active )?(?:therapy|treatment)|completed|resolved|excised|in remission|cured"
    r"|(?<![\d/])(?:19|20)\d\d(?![\d/])",
    re.IGNORECASE,
)
_GOING_ON = re.compile(
    r"metasta|\bmets\b|recurr|progress|relaps|refract|stage IV\b|currently|receiving|here (?:for|today)|presents? for"
    r"|\bcycles?\b|\bC\d{1,2}(?:D\d)?\b|adjuvant|undergoing|on treatment|today",
    re.IGNORECASE,
)


def clause_start(text: str, at: int, reach: int = _REACH) -> int:
    """Offset at which the statement around ``at`` begins (line, semicolon, table cell or sentence)."""
    low = max(0, at - reach)
    found = low
    for match in _BREAK.finditer(text, low, at):
        found = match.end()
    return found


def clause_end(text: str, at: int, reach: int = _REACH) -> int:
    """Offset before which the statement around ``at`` ends."""
    high = min(len(text), at + reach)
    match = _BREAK.search(text, at, high)
    return match.start() if match else high


def is_about_relative(text: str, at: int) -> bool:
    """The statement names a relative before ``at``."""
    start = clause_start(text, at)
    return any(
        not _COMPANION.search(text, max(start, match.start() - 20), match.start())
        for match in _FAMILY.finditer(text, start, at)
    )


def is_conditional(text: str, at: int) -> bool:
    """The statement is a condition, a criterion or a label text, not a finding."""
    return bool(_CONDITIONAL.search(text[clause_start(text, at) : at]))


def is_earlier(text: str, at: int) -> bool:
    """Words of history stand before ``at`` in a statement that does not speak of a disease under treatment."""
    start = clause_start(text, at)
    return bool(_EARLIER.search(text[start:at])) and is_over(text, at)


def is_over(text: str, at: int) -> bool:
    """The statement holds no sign of a disease that is still treated."""
    statement = text[clause_start(text, at) : clause_end(text, at, 140)]
    return not _GOING_ON.search(statement)


def is_over_for_sure(text: str, at: int) -> bool:
    """Words of history before ``at``, and a sign in the statement that the disease has ended."""
    return is_earlier(text, at) and bool(_OVER.search(text[clause_start(text, at) : clause_end(text, at, 140)]))
