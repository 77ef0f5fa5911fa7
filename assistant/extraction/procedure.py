"""Services besides drugs that a line or a rule can depend on: punctures, port care, draws, pump disconnects."""

from __future__ import annotations

import re

from models.fact import Procedure
from models.span import Evidence, Span

_I = re.IGNORECASE
_NEGATED = re.compile(r"\b(?:no|not|without|never|deferred|declined|planned|scheduled)\b[^.;\n]{0,20}$", _I)
_NEGATED_AFTER = re.compile(r"[^.;\n]{0,12}\b(?:not (?:performed|done)|deferred|declined)\b", _I)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("lumbar-puncture", re.compile(r"\blumbar puncture\b|\bLP\b(?= (?:performed|done|at|L\d))|\bspinal needle\b|\bspinal puncture\b|\bL[2-5]\s?[-/]\s?(?:L?[3-5]|S1)\b(?=[^.\n]{0,40}(?:needle|prep|punct|CSF|chlorhex))", _I)),
    ("thoracentesis", re.compile(r"\bthoracentesis\b", _I)),
    ("reservoir", re.compile(r"\bommaya\b|\b(?:intraventricular|CSF|frontal|ventricular) reservoir\b", _I)),
    ("pump-disconnect", re.compile(r"\bpump (?:disconnect\w*|d/c'?d?|removed|taken down)\b|\bdisconnect(?:ed)? (?:from )?(?:the )?(?:home |amb\w* |CADD )?pump\b", _I)),
    ("port-flush", re.compile(r"\bport (?:was )?flush(?:ed)?\b|\bflush(?:ed)? (?:the )?port\b", _I)),
    ("blood-draw", re.compile(r"\blabs? (?:drawn |\d{4} )?(?:from|via) (?:the )?(?:port|PICC|central line)\b|\bdrawn (?:from|via) (?:the )?(?:port|PICC)\b", _I)),
)  # fmt: skip


def read_procedures(text: str) -> tuple[Procedure, ...]:
    """The first plain statement of each kind; negated ones are none."""
    found = []
    for kind, pattern in _KINDS:
        for match in pattern.finditer(text):
            if _NEGATED.search(text[max(0, match.start() - 32) : match.start()]) or _NEGATED_AFTER.match(
                text, match.end()
            ):
                continue
            span = Span.cut(text, match.start(), match.end())
            found.append(Procedure(kind=kind, evidence=(Evidence(attribute="kind", spans=(span,)),)))
            break
    return tuple(found)
