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
_CONDITIONAL = re.compile(
    r"(?<!\w)(?:if|unless|whether|in case|should (?:the|her|his|she|he)|would require|requires?|eligib\w{1,6} (?:for|if)"
    r"|criteria|indicated (?:for|in)|approved (?:for|in)|label(?:ed)? (?:for|in)|studies of|trials? (?:of|for|in)"
    r"|patients with)\s[^.;\n]{0,60}$",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"(?<!\w)(?:hx(?:\sof)?|h/o|history\sof|pmhx?|past\smedical|remote|prior|previous(?:ly)?|earlier|s/p\sremote)\W[^.;\n|]{0,60}$",
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
    return bool(_FAMILY.search(text, clause_start(text, at), at))


def is_conditional(text: str, at: int) -> bool:
    """The statement is a condition, a criterion or a label text, not a finding."""
    return bool(_CONDITIONAL.search(text[clause_start(text, at) : at]))


def is_earlier(text: str, at: int) -> bool:
    """Words of history stand before ``at`` in the same statement."""
    return bool(_EARLIER.search(text[clause_start(text, at) : at]))
