"""Services besides drugs that a line or a rule can depend on: punctures, port care, draws, pump disconnects."""

from __future__ import annotations

from models.fact import Procedure
from models.span import Evidence, Span
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("procedure")
_NEGATED, _NEGATED_AFTER = _PATTERNS["negated before"], _PATTERNS["negated after"]
_KINDS = {name: pattern for name, pattern in _PATTERNS.items() if not name.startswith("negated")}


def read_procedures(text: str) -> tuple[Procedure, ...]:
    """The first plain statement of each kind; negated ones are none."""
    found = []
    for kind, pattern in _KINDS.items():
        for match in pattern.finditer(text):
            if _NEGATED.search(text, max(0, match.start() - 32), match.start()) or _NEGATED_AFTER.match(
                text, match.end()
            ):
                continue
            span = Span.cut(text, match.start(), match.end())
            found.append(Procedure(kind=kind, evidence=(Evidence(attribute="kind", spans=(span,)),)))
            break
    return tuple(found)
