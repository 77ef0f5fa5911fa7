"""Statements about one drug each: which words of a row are its own, and whether they say given, held or planned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Literal

from assistant.extraction.amount import HAS_AMOUNT, find_amounts
from assistant.extraction.clock import Clock, DateMention, find_clocks, find_dates, find_ranges
from assistant.extraction.coverage import AUTHORIZATION
from assistant.extraction.day import find_other_day, is_stamp
from assistant.extraction.drug import DrugMention, find_misspelt
from assistant.intake.layout import Clause, Piece
from terminology.cue import Cue, Cues
from terminology.drug import DrugDictionary
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("statement")

Judgement = Literal["given", "event", "held", "refused", "planned", "order", "skip"]

_SEPARATOR = _PATTERNS["separator"]
_DILUENT_BEFORE = _PATTERNS["diluent_before"]
_FLUSH_BEFORE = _PATTERNS["flush_before"]
_FLUSH_AFTER = re.compile(
    r"[\s\w.,/%()+&-]{0,46}?\b(?:flush\w{0,3}|lock\w{0,3}|rinse|prim(?:e|ed|ing))\b", re.IGNORECASE
)
_ADDITIVE_BEFORE = re.compile(
    r"(?:\bw/|\bwith|\+|&|\band|\bcontaining|,)\s{0,2}(?:\d[\d.]*\s?(?:meq|mmol|g|gm|mg)\s(?:of\s)?)?$", re.IGNORECASE
)
_ORDER_HERE = re.compile(r"\border\w{0,12}\s{0,2}[:(\"]{1,3}\s?\"?$", re.IGNORECASE)
_BLOOD = re.compile(
    r"\b(?:apheresis|leuko-?reduced|irradiated|RBCs?|PRBCs?|platelets?|FFP)\b[^\n]{0,60}\b(?:unit|u)\b", re.IGNORECASE
)
_MASS = re.compile(r"\d\s?(?:mg|mcg|g|units?|u|meq)\b", re.IGNORECASE)
_SPECIFIC_AFTER = re.compile(r"\s{0,2}[(\[@:]{0,2}\s?(?:\d|IV|IM|SC|PO|infus|push|given|at\s\d|auc)", re.IGNORECASE)
_PREMIX = re.compile(r"premix|additive|added|in (?:the )?(?:same )?bag|w/|with", re.IGNORECASE)
_GIVEN_VERB = _PATTERNS["given_verb"]
_NEGATED = re.compile(r"\b(?:no|not|without|never|denies|didn't|did not|none)\b(?:\s\w+){0,3}\s?$", re.IGNORECASE)
_NOT_GIVEN = _PATTERNS["not_given"]
_NOT_DUE = re.compile(r"\bnot (?:due|ordered|indicated|part of)\b|\bno longer\b|\bnone today\b", re.IGNORECASE)
_PRN = re.compile(r"\bPRN\b|\bas needed\b|\bif needed\b", re.IGNORECASE)
_STATUS_AHEAD = _PATTERNS["status_ahead"]
_REFUSED_AHEAD = re.compile(r"\b(?:refus\w{2,3}|declin\w{1,3})\b", re.IGNORECASE)
_AMOUNT_BEFORE = re.compile(r"(?<=[\s(])\d[\d,.]*\s?(?:mg|mcg|g|units?|mEq)\s(?:of\s)?$")
_LONGEST_GAP = 600  # characters between two mentions of one drug that can belong together
_WATER = ("sterile water", "sterile water for injection", "bacteriostatic water")
_BRACKETS = re.compile(r"\([^()]{0,80}\)")
_LATER = re.compile(
    r"\b(?:tomorrow|tonight|next (?:week|visit|cycle|month)|starts? c\d|starting c\d|to start)\b", re.IGNORECASE
)
_FILLED_BEFORE = re.compile(
    r"\b(?:re-?filled|filled|changed|instilled|infused|injected|pushed|loaded) with\s(?:the\s)?$", re.IGNORECASE
)
_CAUSE_BEFORE = _PATTERNS["cause_before"]
_COUNT_BEFORE = re.compile(r"\b(?:for|with|of)\s$", re.IGNORECASE)
_COUNT = re.compile(r"\s(?:of\s)?\d{1,3}(?:\s?[kK]\b)?(?!\d)(?!\s?(?:units?|u|bags?|apheresis)\b)")
_ASIDE = re.compile(r",\s(?!(?:then\s)?(?:not given|held|refused|declined|cancel\w*|given at|at home)\b)(?=[A-Za-z])")
_OTHER_DOSE = re.compile(
    r"\s?[,;(]\s?(?:(?:next|last|previous|prior)\s\w|(?:Hgb|Hb|ANC|plt|platelets|Ca|Cr|K|labs?)\s)", re.IGNORECASE
)
_CONTINUED = re.compile(r"\bcontinu(?:e|es|ing)\s(?:\w+\s)?$", re.IGNORECASE)
_FREQUENCY = re.compile(
    r"\b(?:daily|BID|TID|QID|QHS|nightly|q\s?\d{1,2}\s?h|once weekly|twice (?:a day|daily))\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Statement:
    """The words ``start:end`` that speak about ``mention`` (None: about whatever was spoken of before)."""

    clause: Clause
    mention: DrugMention | None
    start: int
    end: int
    clocks: tuple[Clock, ...]
    judgement: Judgement = "skip"
    joined: bool = False  # tied to the statement before by "and", "+", "," within one clause
    inherited: bool = False  # the clock is that of the row's head
    charted: bool = False  # a verb says that something was done: given, infused, hung


class StatementReader:
    """Cuts clauses into statements and judges them. ``on`` is the date of service where one is known."""

    def __init__(self, text: str, dictionary: DrugDictionary, cues: Cues, on: date | None) -> None:
        self.text = text
        self.dictionary = dictionary
        self.cues = cues
        self.on = on

    def cut(self, clause: Clause, mentions: Sequence[DrugMention]) -> list[Statement]:
        """The statements of one clause in order; a clause without a drug is one statement without a mention."""
        text = self.text
        dates = find_dates(text, clause.start, clause.end, self.on.year if self.on else None)
        pieces = [piece for pieces in clause.cells.values() for piece in pieces] or [Piece(clause.start, clause.end)]
        clocks = tuple(
            sorted(
                (clock for piece in pieces for clock in find_clocks(text, piece.start, piece.end, dates)),
                key=lambda clock: clock.start,
            )
        )
        kept = self._kept(clause, mentions)
        if not kept and not mentions:
            misspelt = find_misspelt(text, clause.start, clause.end, self.dictionary)
            kept = [misspelt] if misspelt else []
        if not kept:
            silent = find_other_day(text, self.on, clause, clause.start, clause.end, dates) is not None
            return [Statement(clause, None, clause.start, clause.end, clocks, "skip" if silent else "event")]
        bounds = [clause.start]
        joins = [False]
        for before, mention in pairwise(kept):
            last = None
            for last in _SEPARATOR.finditer(text, before.end, mention.start):  # noqa: B007 - the last one counts
                pass
            amount = _AMOUNT_BEFORE.search(text, max(before.end, mention.start - 18), mention.start)
            bounds.append(last.end() if last else amount.start() if amount else mention.start)
            gap = text[before.end : mention.start]
            joins.append("\n" not in gap and not re.search(r"[.;|]\s", _BRACKETS.sub("", gap)))
        bounds.append(clause.end)
        statements = []
        for number, mention in enumerate(kept):
            start, end = bounds[number], bounds[number + 1]
            own = tuple(clock for clock in clocks if start <= clock.start < end)
            judgement = self._judge(clause, mention, start, end, own, dates)
            charted = bool(_GIVEN_VERB.search(text, start, end))
            statements.append(Statement(clause, mention, start, end, own, judgement, joins[number], charted=charted))
        return _spread_status(text, statements)

    # --- which mentions speak of a drug of their own -------------------------------------------------------------

    def _kept(self, clause: Clause, mentions: Sequence[DrugMention]) -> list[DrugMention]:
        """Mentions less diluents, flushes, premixed additives and, in tables, names outside the drug cell."""
        kept: list[DrugMention] = []
        for mention in mentions:
            if clause.is_table_row and not self._in_drug_cell(clause, mention):
                continue
            before = self.text[clause.start : mention.start]
            drug = self.dictionary.get(mention.drug)
            if drug is None:
                continue
            if (
                drug.category == "flush"
                or drug.name in _WATER
                or (drug.kind == "local anaesthetic" and not mention.route)
            ):
                continue
            if _ORDER_HERE.search(before[-14:]) and kept:
                continue
            if (
                drug.category == "blood product"
                and _COUNT_BEFORE.search(before)
                and _COUNT.match(self.text, mention.end)
            ):
                continue  # "held for platelets 48"
            if drug.name == "hyaluronidase" and any(other.drug.endswith("-hyaluronidase") for other in kept):
                continue  # the second half of a brand's name in brackets
            if drug.category == "hydration":
                if (clause.is_table_row and kept) or _BLOOD.search(self.text, clause.start, clause.end):
                    continue
                if (_DILUENT_BEFORE.search(before[-40:]) and (kept or _MASS.search(before))) or self.cues.zone(
                    clause.label
                ) == "diluent":
                    continue
                if self._is_flush(clause, mention):
                    continue
            elif (drug.kind == "electrolyte" and kept and self._is_additive(kept[-1], mention, clause)) or (
                mention.drug.startswith("heparin") and self._is_flush(clause, mention)
            ):
                continue
            if kept and self._explains(kept[-1], mention):
                continue
            if (
                len(mentions) > 1
                and _CAUSE_BEFORE.search(before[-60:])
                and not _AMOUNT_BEFORE.search(before[-18:])
                and not _SPECIFIC_AFTER.match(self.text, mention.end)
            ):
                continue
            if kept and kept[-1].drug == mention.drug and not self._is_second(kept[-1], mention):
                continue
            kept.append(mention)
        return kept

    def _in_drug_cell(self, clause: Clause, mention: DrugMention) -> bool:
        return any(
            piece.start <= mention.start < piece.end
            for role in ("drug", "time", "comment" if "drug" not in clause.cells else "drug")
            for piece in clause.cells.get(role, ())
        )

    def _is_flush(self, clause: Clause, mention: DrugMention) -> bool:
        if self.cues.zone(clause.label) == "flush":
            return True
        before = self.text[max(clause.start, mention.start - 48) : mention.start]
        after = self.text[mention.end : min(clause.end, mention.end + 54)].split(";")[0]
        kvo = self.cues.status.values(
            self.text, max(clause.start, mention.start - 20), min(clause.end, mention.end + 34)
        ).get("kvo")
        if "wide open" in after and not HAS_AMOUNT.search(self.text, mention.start, clause.end):
            return True  # a line kept running through a reaction
        return bool(kvo or _FLUSH_BEFORE.search(before) or _FLUSH_AFTER.match(after))

    def _is_additive(self, before: DrugMention, mention: DrugMention, clause: Clause) -> bool:
        """An electrolyte named behind a fluid in one bag."""
        earlier = self.dictionary.get(before.drug)
        gap = self.text[before.end : mention.start]
        if (
            earlier is None
            or (earlier.category != "hydration" and earlier.kind != "electrolyte")
            or "\n" in gap
            or len(gap) > 48
        ):
            return False
        return bool(_ADDITIVE_BEFORE.search(gap)) and bool(_PREMIX.search(self.text, before.start, clause.end))

    def _explains(self, before: DrugMention, mention: DrugMention) -> bool:
        """A name in brackets behind another one, without a dose, is its reason: "NS 250 mL (carfilzomib hydration)"."""
        gap = self.text[before.end : mention.start]
        return gap.count("(") > gap.count(")") and not _SPECIFIC_AFTER.match(self.text, mention.end)

    def _is_second(self, before: DrugMention, mention: DrugMention) -> bool:
        """The same drug again within a clause is a second dose only with a dose or time of its own in between."""
        gap = self.text[max(before.end, mention.start - _LONGEST_GAP) : mention.start]
        return bool(re.search(r"\d\s?(?:mg|mcg|g|units?|mL)\b", gap)) and bool(
            re.search(r"[,;]|\band\b|\bthen\b|/{2}", gap)
        )

    # --- what a statement says -----------------------------------------------------------------------------------

    def _judge(
        self,
        clause: Clause,
        mention: DrugMention,
        start: int,
        end: int,
        clocks: tuple[Clock, ...],
        dates: tuple[DateMention, ...],
    ) -> Judgement:
        text, cues = self.text, self.cues
        end = self._end_of_chart(start, end, clocks)
        zone = cues.zone(clause.label) if clause.label else None
        before = text[max(clause.start, mention.start - 60) : mention.start]
        words = text[start:end]
        status = cues.status.values(text, start, end)
        has_dose = bool(HAS_AMOUNT.search(words)) or bool(clause.cells.get("dose"))
        charted = bool(clocks) or bool(_GIVEN_VERB.search(words))
        if zone == "drug":
            return "given"
        if zone == "not given":
            return "held" if has_dose else "skip"
        if zone == "prescription":
            return "planned"
        if zone in ("allergy", "home", "lab", "education", "sign", "patient", "coverage") and not (
            zone in ("sign", "patient") and has_dose and clocks
        ):
            return "planned" if zone == "education" and has_dose and "planned" in status else "skip"
        if "allergy" in status and status["allergy"].start < mention.start:
            return "skip"
        later = "planned" in status and bool(_LATER.search(words)) and not _GIVEN_VERB.search(words)
        if later and not clause.is_table_row:
            return "planned" if has_dose else "skip"
        connected = bool(clocks) and "prolonged-infusion" in cues.technique.values(text, start, end)
        if "elsewhere" in status or ("home" in status and not connected):
            return "skip"
        if "took" in status and not clocks:
            return "skip"
        if not charted and _CONTINUED.search(before) and _FREQUENCY.search(words):
            return "skip"  # "continue abiraterone 1000 mg PO daily"
        if find_other_day(text, self.on, clause, start, end, dates) is not None:
            other = find_other_day(text, self.on, clause, start, end, dates)
            ahead = other is not None and self.on is not None and other > self.on
            return "planned" if ahead and has_dose and zone != "order" else "skip"
        if clause.is_table_row and (row := self._row_status(clause)):
            return row
        if _NOT_DUE.search(words) or (_NEGATED.search(before) and not charted):
            return "skip"
        if _NOT_GIVEN.search(words):
            if not has_dose and not _PRN.search(words):
                return "skip"  # "tocilizumab on standby, not needed"
            if re.search(r"not (?:dispensed|here)", words, re.IGNORECASE):
                return "planned" if has_dose else "skip"
            return "planned" if _PRN.search(words) or _PRN.search(text, clause.start, clause.end) else "held"
        if "order" in status and text[status["order"].start : status["order"].end] == "ORD":
            return "order"  # the entry type of a log
        if "refused" in status and status["refused"].start > mention.start:
            return "refused"
        if (no := _REFUSED_AHEAD.search(before)) and not re.search(r"[.;]\s", before[no.end() :]):
            return "refused"
        if not (clause.is_table_row and clocks) and self._is_held(clause, mention, status.get("held"), clocks):
            return "held"
        # "signed 04/08/2026 0801" times the order, not the dose.
        stamps = [] if clause.is_table_row else [m for m in dates if is_stamp(text, clause, m, zone)]
        timed = [clock for clock in clocks if not any(m.end <= clock.start <= m.end + 3 for m in stamps)]
        if zone in ("history", "diagnosis") and not (has_dose and len(timed) > 0):
            return "skip"
        if not timed:
            if AUTHORIZATION.search(text, clause.start, mention.start):
                return "skip"
            if zone == "order":
                return "order"
            if "planned" in status:
                return "planned"
            if "order" in status and not _GIVEN_VERB.search(words) and not cues.container.first(text, start, end):
                return "order"
        history = status.get("history")
        if (
            history
            and ")" not in text[history.end : mention.start]
            and history.start < mention.start
            and len(timed) < 2
        ):
            return "skip"
        if (
            not has_dose
            and _CAUSE_BEFORE.search(before)
            and not _FILLED_BEFORE.search(before)
            and not self._event_after(mention, end)
        ):
            return "skip"
        if not (timed or charted or clause.is_table_row) and self._lists_regimen(clause, words):
            return "planned"
        if has_dose or timed:
            return "given"
        if charted and cues.route.first(text, start, end):
            return "given"
        event = self._event_after(mention, end)
        return "event" if event in ("stop", "pause", "restart") or (event and charted) else "skip"

    def _end_of_chart(self, start: int, end: int, clocks: tuple[Clock, ...]) -> int:
        """Behind a dose with its times, words after a comma are about something else: ", pt refused a blanket"."""
        ranges = find_ranges(self.text, clocks)
        last = ranges[0].last if ranges else clocks[0] if len(clocks) == 1 else None
        if last is None or not HAS_AMOUNT.search(self.text, start, last.end):
            return end
        behind = _ASIDE.match(self.text, last.end, end) if ranges else _OTHER_DOSE.match(self.text, last.end, end)
        return last.end if behind else end

    def _lists_regimen(self, clause: Clause, words: str) -> bool:
        """ "Oxaliplatin 85 mg/m2, irinotecan 150 mg/m2": what a regimen says, not what a nurse gave."""
        roles = {amount.role for amount in find_amounts(words, 0, len(words))}
        listed = [a for a in find_amounts(self.text, clause.start, clause.end) if a.role == "basis"]
        return "basis" in roles and "dose" not in roles and len(listed) > 1

    def _event_after(self, mention: DrugMention, end: int) -> str | None:
        """The start, stop or pause word that follows the name directly ("rituximab COMPLETE")."""
        cue = self.cues.event.first(self.text, mention.end, min(end, mention.end + 30))
        return cue.value if cue and cue.value in ("start", "stop", "pause", "restart") else None

    def _is_held(self, clause: Clause, mention: DrugMention, held: Cue | None, clocks: tuple[Clock, ...]) -> bool:
        """Withheld by decision: a hold word close before the name(s), or behind it with no times of its own."""
        text = self.text
        ahead = text[max(clause.start, mention.start - 40) : mention.start]
        if found := _STATUS_AHEAD.search(ahead):
            between = ahead[found.end() :]
            return not re.search(r"[.;]\s|\bgive\b", between)
        if held is None or held.start < mention.start:
            return False
        infused = self.cues.event.values(text, mention.end, held.start)
        if clocks and "restart" in self.cues.event.values(text, held.end, clause.end):
            return False  # "held at 1000 for chills, restarted 1020"
        return not (clocks and ("start" in infused or "running" in infused)) and not re.search(
            r"infusion\s(?:was\s)?$", text[mention.end : held.start], re.I
        )

    def _row_status(self, clause: Clause) -> Judgement | None:
        """What the status, action and time cells of a table row say."""
        for role in ("status", "time", "dose", "comment", "stop"):
            for piece in clause.cells.get(role, ()):
                words = self.text[piece.start : piece.end]
                if role == "time" and re.fullmatch(r"(?:note|comment|remark)s?:?", words.strip(), re.IGNORECASE):
                    return "skip"
                if role == "dose" and re.fullmatch(r"n|no", words, re.IGNORECASE):
                    return "planned" if _PRN.search(self.text, clause.start, clause.end) else "held"
                if _NOT_GIVEN.search(words):
                    drug_words = " ".join(self.text[p.start : p.end] for p in clause.cells.get("drug", ()))
                    return "planned" if _PRN.search(words) or _PRN.search(drug_words) else "held"
                if re.search(r"\brefus|\bdeclin", words, re.IGNORECASE):
                    return "refused"
                if role != "comment" and re.search(
                    r"\b(?:held|hold|withheld|omitted|deferred|cancel\w+)\b", words, re.IGNORECASE
                ):
                    return None if re.search(r"\d{1,2}:?\d{2}", words) else "held"
                if role == "status" and re.search(
                    r"\b(?:planned|scheduled|due|pending|future|prn)\b", words, re.IGNORECASE
                ):
                    return "planned"
        return None


def _spread_status(text: str, statements: list[Statement]) -> list[Statement]:
    """ "LV 680 mg, 5-FU 680 mg and pump HELD": the status at the end of a list holds for the whole list."""
    spread = list(statements)
    for number in range(len(spread) - 2, -1, -1):
        this, following = spread[number], spread[number + 1]
        if (
            following.joined
            and this.judgement == "skip"
            and following.judgement == "given"
            and _is_pair(text, this, following)
        ):
            spread[number] = replace(this, judgement="given")
        if (
            following.joined
            and following.judgement in ("held", "refused")
            and this.judgement in ("given", "order", "skip", "planned")
            and not this.clocks
        ):
            spread[number] = replace(this, judgement=following.judgement)
    return spread


def _is_pair(text: str, this: Statement, following: Statement) -> bool:
    """ "Decadron and Zofran mixed in one bag": two bare names joined directly."""
    if this.mention is None or following.mention is None:
        return False
    return bool(
        re.fullmatch(r"\s?(?:and|&|\+|/|with|w/)\s?", text[this.mention.end : following.mention.start], re.IGNORECASE)
    )
