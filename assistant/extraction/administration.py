"""Administrations of a note: statements in order, each opening, completing or correcting what was given.

The reader walks once through the clauses. A statement that says "given" opens a draft or completes the open one of the
same drug; rows without a drug ("INFUSION STOPPED", "END: 11:38", "no waste") speak about the draft before them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from assistant.extraction.amount import HAS_AMOUNT, find_amounts
from assistant.extraction.clock import Clock
from assistant.extraction.draft import Draft
from assistant.extraction.drug import DrugMention, find_drugs
from assistant.extraction.finish import finish_drafts
from assistant.extraction.interruption import apply_timing, pause, reached, read_stopped_early, restart
from assistant.extraction.order import check_orders
from assistant.extraction.product import read_product
from assistant.extraction.reference import (
    begins_with_time,
    correct_times,
    discard_nothing,
    find_target,
    is_held_below,
    merge_product,
    running,
    takes_waste,
)
from assistant.extraction.sharing import share_within_clause
from assistant.extraction.statement import Statement, StatementReader
from assistant.extraction.timing import Timing, heads_row, read_timing
from assistant.intake.layout import Clause, mask_unchecked
from models.fact import Administration
from terminology.cue import Cues
from terminology.drug import DrugDictionary
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("administration")

_NO_ORDER_FOUND = _PATTERNS["no_order_found"]
_ORDER_WORD = re.compile(r"\border(?:ed|s)?\b(?! (?:set|verified|signed|checked))", re.IGNORECASE)
_FIRST_RATE = re.compile(r"\s{1,3}\d{1,4}(?:\.\d)?\s?(?:mg|mL|ml|mcg)(?:/kg)?\s?/\s?h", re.IGNORECASE)
_LONGEST_HEADING = 70
_SENTENCE = _PATTERNS["sentence"]
_GIVEN = re.compile(r"\b(?:given|gave|administered|infused|received|actual)\b", re.IGNORECASE)
_BOTH = re.compile(r"\b(?:both|all)\b(?! (?:lumens|sites|arms|questions))", re.IGNORECASE)
_BLANK = re.compile(r"_{2,}|[:=]\s*\Z")
_OF_ALL = re.compile(r"\b(?:any|all|each) (?:of )?(?:the )?(?:drugs?|vials?|meds?|agents?|above)\b", re.IGNORECASE)
_DOSE_WAS = re.compile(r"\bdose (?:was|is|came to|of)\s", re.IGNORECASE)
_UNIT_ROW = re.compile(r"\bunit\s?#?\s?\d\b|\bbag\s?#?\s?\d\b", re.IGNORECASE)
_RETURN = _PATTERNS["return"]


def read_administrations(
    text: str, clauses: Sequence[Clause], on: date | None, dictionary: DrugDictionary, cues: Cues
) -> tuple[Administration, ...]:
    """All administrations of ``text``: given, stopped early, held, refused, planned; in the order charted."""
    original, text = text, mask_unchecked(text)
    reader = _Reader(text, on, dictionary, cues)
    mentions = find_drugs(text, dictionary)
    for clause in clauses:
        inside = [mention for mention in mentions if clause.start <= mention.start < clause.end]
        reader.read_clause(clause, inside)
    for draft in reader.drafts:
        if span := reader.unordered.get(draft.drug.name):
            draft.ordered = False
            draft.note("ordered", *span)
    drafts = finish_drafts(text, reader.drafts, reader.orders, clauses, cues, dictionary)
    check_orders(text, drafts, on, dictionary)
    return tuple(draft.freeze(original, on) for draft in drafts)


# What a later statement may add to an administration that lacks it.
_COMPLETED = (
    "product_words", "dose", "unit", "route", "technique", "site", "discarded", "container", "volume_ml", "rate_ml_h",
    "purpose", "ndc", "owner", "pump_hours", "ordered_minutes", "dose_basis", "dose_per_basis",
)  # fmt: skip


class _Reader:
    def __init__(self, text: str, on: date | None, dictionary: DrugDictionary, cues: Cues) -> None:
        self.text = text
        self.dictionary = dictionary
        self.cues = cues
        self.statements = StatementReader(text, dictionary, cues, on)
        self.drafts: list[Draft] = []
        self.orders: list[Draft] = []  # what an order or plan says: completes, never counts by itself
        self.current: Draft | None = None
        self.ordered: Draft | None = None  # the order read last
        self.visit = 1
        self.unordered: dict[str, tuple[int, int]] = {}  # drugs whose order the note says is missing
        self.row_clock_used = False
        self.row_start = (0, 0)  # row number and offset of its first clause
        self.row_clock: tuple[int, Clock] | None = None  # the time at the head of the current row

    def read_clause(self, clause: Clause, mentions: Sequence[DrugMention]) -> None:
        if _RETURN.search(self.text, clause.start, clause.end) and any(d.start is not None for d in self.drafts):
            self.visit = 2
        opened: list[tuple[Statement, Draft]] = []
        for statement in self.statements.cut(clause, mentions):
            statement = self._with_row_clock(statement)
            if statement.mention is None:
                if statement.judgement != "skip":
                    self._read_about_current(statement)
                continue
            draft = self._read_about_drug(statement, statement.mention)
            if draft is not None:
                opened.append((statement, draft))
        share_within_clause(self.text, opened)

    def _with_row_clock(self, statement: Statement) -> Statement:
        """A later clause speaks of the time its row begins with: "1039 hives, wheeze. DRUG STOPPED." """
        clause = statement.clause
        if clause.row != self.row_start[0]:
            self.row_start = (clause.row, clause.start)
        if clause.first_in_row:
            head = statement.clocks[0] if statement.clocks else None
            leading = head is not None and heads_row(self.text, clause, head)
            self.row_clock = (clause.row, head) if head is not None and leading else None
            self.row_clock_used = False
            return statement
        if _BLANK.search(self.text, statement.start, statement.end):
            return statement  # "Stop: ____"
        if statement.clocks or self.row_clock is None or self.row_clock[0] != clause.row:
            return statement
        if statement.judgement not in ("given", "event") or (statement.mention is None and self.row_clock_used):
            return statement
        self.row_clock_used = True
        return replace(statement, clocks=(self.row_clock[1],), inherited=True)

    # --- statements that name a drug -----------------------------------------------------------------------------

    def _read_about_drug(self, statement: Statement, mention: DrugMention) -> Draft | None:
        judgement = statement.judgement
        if _NO_ORDER_FOUND.search(self.text, statement.start, statement.end):
            self.unordered[mention.drug] = (statement.start, statement.end)
        correct_times(self.text, self.drafts, statement.clocks)
        if judgement == "skip":
            self._head(statement, mention)
            return None
        timing = read_timing(
            self.text, statement.clause, statement.start, statement.end, statement.clocks, self.cues, mention.start
        )
        if not statement.clocks and takes_waste(self.text, self.drafts, statement, mention):
            return None
        if judgement in ("given", "event"):
            return self._given(statement, mention, timing)
        draft = self._draft(statement, mention)
        if draft is None:
            return None
        read_product(self.text, draft, statement, self.cues, self.dictionary)
        if judgement == "order":
            self.orders.append(draft)
            self.current, self.ordered = None, draft
            return None
        draft.status = "held" if judgement == "held" else "refused" if judgement == "refused" else "planned"
        draft.note("status", statement.start, statement.end)
        self.drafts.append(draft)
        return None

    def _head(self, statement: Statement, mention: DrugMention) -> None:
        """A heading that ends with a drug ("section C - epcoritamab"): the rows below speak about it."""
        clause = statement.clause
        zone = self.cues.zone(clause.label) if clause.label else None
        short = clause.end - clause.start <= _LONGEST_HEADING and clause.first_in_row and not statement.clocks
        rest = self.text[mention.end : clause.end].strip(" :-)]*=")
        if not short or rest or zone or _SENTENCE.search(self.text, clause.start, mention.start):
            return
        draft = self._draft(statement, mention)
        if draft is not None and self._same_drug(draft) is None:
            draft.bare = True
            self.drafts.append(draft)
            self.current = draft

    def _draft(self, statement: Statement, mention: DrugMention) -> Draft | None:
        drug = self.dictionary.get(mention.drug)
        if drug is None:
            return None
        clause = statement.clause
        draft = Draft(mention, drug, clause.row, clause.line, clause.start, statement.end, route=mention.route)
        draft.note("drug", mention.start, mention.end)
        if mention.route:
            draft.note("route", mention.start, mention.end)
        draft.encounter = str(self.visit)
        return draft

    def _given(self, statement: Statement, mention: DrugMention, timing: Timing) -> Draft | None:
        candidate = self._draft(statement, mention)
        if candidate is None:
            return None
        read_product(self.text, candidate, statement, self.cues, self.dictionary)
        if candidate.drug.category == "hydration" and self._is_diluent(statement, timing):
            return None
        earlier = self._same_drug(candidate)
        if earlier is not None and self._continues(earlier, candidate, statement, timing):
            self._complete(earlier, candidate, statement, timing)
            self.current = earlier
            return earlier
        if statement.judgement == "event" and timing.start is None and candidate.dose is None and timing.stop is None:
            return None
        self._open(candidate, statement, timing)
        return candidate

    def _is_diluent(self, statement: Statement, timing: Timing) -> bool:
        """A fluid in the next column of a drug's row, without times of its own: "... 6 mg/kg | D5W 250 mL"."""
        current = self.current
        if current is None or current.drug.category == "hydration" or current.row != statement.clause.row:
            return False
        return not (statement.clause.first_in_row or timing.start or timing.stop or statement.charted)

    def _open(self, draft: Draft, statement: Statement, timing: Timing) -> None:
        draft.start_inherited = statement.inherited
        begin = timing.start or timing.restart  # "new bag connected, pump restarted": no earlier start to resume
        if begin:
            draft.set_start(begin)
        if timing.stop:
            draft.set_stop(timing.stop)
        if timing.pause:
            pause(self.text, self.row_start[1], draft, timing.pause, statement)
        if timing.restart and timing.start:
            restart(draft, timing.restart)
        draft.note("status", statement.start, statement.end)
        draft.charted = statement.charted
        words = draft.route or draft.push_word or draft.infusion_word or draft.container or draft.discarded is not None
        draft.bare = not (words or statement.charted or statement.clause.is_table_row or statement.clause.label)
        self.drafts.append(draft)
        self.current = draft
        for repeat in timing.repeats:
            self._repeat(draft, statement, repeat, None)
        for more in timing.more:
            known = timing.stop.end if timing.stop else draft.mention.end
            if not HAS_AMOUNT.search(self.text, known, more.first.start):  # the times of a drug nobody knows
                self._repeat(draft, statement, more.first, more.last)

    def _repeat(self, draft: Draft, statement: Statement, first: Clock, last: Clock | None) -> None:
        """Another dose of the same drug in the same words: "2200 and 0200", "again 1900-2000"."""
        if draft.route in ("SC", "IM"):  # one dose in two syringes
            return
        again = self._draft(statement, draft.mention)
        if again is None:
            return
        again.share(draft, "dose", "unit", "route", "technique", "site", "container", "discarded")
        again.push_word, again.infusion_word = draft.push_word, draft.infusion_word
        again.set_start(first)
        if last:
            again.set_stop(last)
        again.note("status", statement.start, statement.end)
        self.drafts.append(again)

    def _same_drug(self, candidate: Draft) -> Draft | None:
        return next(
            (
                draft
                for draft in reversed(self.drafts)
                if draft.drug.ingredient == candidate.drug.ingredient and draft.status in ("given", "stopped-early")
            ),
            None,
        )

    def _continues(self, earlier: Draft, candidate: Draft, statement: Statement, timing: Timing) -> bool:
        """Whether a statement speaks about the administration already open rather than about another one."""
        if earlier.encounter != candidate.encounter:
            return False
        if candidate.dose_is_container and earlier.dose is not None and not self._is_other_product(earlier, candidate):
            candidate.dose = None
        less = candidate.dose is not None and earlier.dose is not None and candidate.dose < earlier.dose
        if less and reached(self.text[candidate.mention.start : candidate.clause_end]):
            return True
        another = candidate.dose is not None and earlier.dose is not None and candidate.dose != earlier.dose
        if timing.start is None:
            if timing.stop or timing.pause or timing.restart:
                return earlier.stop is None or timing.stop is None or not another
            if candidate.dose is None or earlier.dose is None:
                return True
            return not another and candidate.clause_start != earlier.clause_start
        if earlier.start is None or (earlier.start_inherited and not statement.inherited):
            return not another
        if timing.start.minute == earlier.start:
            return not another
        return bool(timing.restart or timing.pause)

    def _is_other_product(self, earlier: Draft, candidate: Draft) -> bool:
        """Another brand of the same ingredient after the first one ended."""
        one, two = earlier.mention, candidate.mention
        return earlier.stop is not None and one.brand and two.brand and one.written.casefold() != two.written.casefold()

    def _complete(self, draft: Draft, words: Draft, statement: Statement, timing: Timing) -> None:
        """Fill what the draft lacks from a later statement about it."""
        if draft.bare and draft.dose is None:
            draft.row, draft.line = words.row, words.line
        draft.share(words, *_COMPLETED)
        if len(words.drug.name) > len(draft.drug.name) and words.drug.ingredient == draft.drug.ingredient:
            draft.drug, draft.mention = words.drug, words.mention
        draft.note("drug", words.mention.start, words.mention.end)
        if not draft.containers and words.containers:
            draft.containers, draft.container_unit = words.containers, words.container_unit
        draft.fully_infused |= words.fully_infused
        draft.waste_blank |= words.waste_blank
        draft.infusion_word |= words.infusion_word
        draft.push_word |= words.push_word
        draft.pump |= words.pump
        apply_timing(self.text, self.row_start[1], draft, statement, timing)
        read_stopped_early(self.text, self.row_start[1], draft, statement)

    # --- statements without a drug --------------------------------------------------------------------------------

    def _read_about_current(self, statement: Statement) -> None:
        text, clause = self.text, statement.clause
        timing = read_timing(text, clause, statement.start, statement.end, statement.clocks, self.cues, None)
        zone = self.cues.zone(clause.label) if clause.label else None
        if zone in ("sign", "patient", "lab", "education", "allergy", "home", "order"):
            return
        self._read_ladder(statement, timing)
        if timing.start and not timing.start_said and not self._is_injection_time(clause, timing.start):
            timing.start = None
        if self._fills_order(statement) or self._is_declined(statement) or is_held_below(text, self.current, statement):
            return
        if self.cues.waste_none.first(text, statement.start, statement.end) and _OF_ALL.search(
            text, statement.start, statement.end
        ):
            discard_nothing(self.drafts, statement)
        correct_times(self.text, self.drafts, statement.clocks)
        if self.current is not None and _NO_ORDER_FOUND.search(text, statement.start, statement.end):
            self.unordered[self.current.drug.name] = (statement.start, statement.end)
        target = find_target(text, self.drafts, self.current, statement, timing)
        stopped = [d for d in self.drafts if d.status == "stopped-early" or (d.pauses and d.pauses[-1][1] is None)]
        if len(stopped) == 1 and reached(text[statement.start : statement.end]):
            target = stopped[0]  # "290 mg infused, 220 mg discarded", written below the rescue drugs
        if target is None:
            if self.current is None or self.current.row != clause.row:
                return
            target, timing = self.current, Timing()  # the words, not the times, are about the drug of this row
        if _BOTH.search(text, statement.start, statement.end):
            for draft in running(self.drafts):
                if draft is not target:
                    apply_timing(self.text, self.row_start[1], draft, statement, timing)
        for draft in self.drafts:  # a second drug of the same bag runs and stops with it
            if target.bag and draft.bag == target.bag and draft is not target:
                apply_timing(self.text, self.row_start[1], draft, statement, timing)
        timed = bool(timing.start or timing.stop or timing.pause or timing.restart)
        if timed and not self._starts_another_unit(statement, target, timing):
            apply_timing(self.text, self.row_start[1], target, statement, timing)
        adjacent = (
            timed or clause.row == target.row or (clause.row <= target.row + 8 and not begins_with_time(text, clause))
        )
        if adjacent or clause.label:
            words = Draft(target.mention, target.drug, target.row, target.line, unit=target.unit)
            read_product(text, words, statement, self.cues, self.dictionary, about_current=True)
            merge_product(text, target, words, clause)
        read_stopped_early(self.text, self.row_start[1], target, statement)
        self._read_ordered(target, statement)

    def _is_declined(self, statement: Statement) -> bool:
        """ "Furosemide 20 mg IV ordered; patient REFUSED": the rest of the row takes the dose back."""
        current = self.current
        status = self.cues.status.values(self.text, statement.start, statement.end)
        if "refused" not in status:
            return False
        if current is None and self.ordered is not None and self.ordered.row == statement.clause.row:
            current, self.ordered = self.ordered, None
            self.drafts.append(current)
        if current is None or current.row != statement.clause.row:
            return False
        if current.stop is not None or current.discarded is not None or current.charted:
            return False
        current.status = "refused"
        current.note("status", status["refused"].start, status["refused"].end)
        return True

    def _fills_order(self, statement: Statement) -> bool:
        """ "Ordered 120 mg; given 150 mg IV 1000-1105": the words behind an order tell what was given of it."""
        ordered = self.ordered
        if ordered is None or self.current is not None or ordered.row != statement.clause.row:
            return False
        if ordered.dose is None and (dose := _DOSE_WAS.search(self.text, statement.start, statement.end)):
            amount = next((a for a in find_amounts(self.text, dose.start(), statement.end) if a.role == "dose"), None)
            if amount is not None:
                ordered.dose, ordered.unit = amount.value, amount.unit
                ordered.note("dose", amount.start, amount.end)
        if not (statement.clocks and _GIVEN.search(self.text, statement.start, statement.end)):
            return False
        self.ordered = None
        given = replace(statement, mention=ordered.mention, judgement="given", charted=True)
        draft = self._read_about_drug(given, ordered.mention)
        if draft is not None and draft.dose is None:
            draft.share(ordered, "dose", "unit")
        return draft is not None

    def _read_ladder(self, statement: Statement, timing: Timing) -> None:
        """A row "0925 50 mg/h  0955 100" behind a drug without a start: the first step of the ladder is the start."""
        current = self.current
        if current is None or current.start is not None or not statement.clocks or current.push_word:
            return
        first = statement.clocks[0]
        if _FIRST_RATE.match(self.text, first.end, statement.end):
            current.set_start(first)
            current.infusion_word = True
            timing.start = None

    def _is_injection_time(self, clause: Clause, clock: Clock) -> bool:
        """A plain time in the row of an injection ("120 mg RLQ abdomen 2:12 pm") or alone in the next column."""
        current = self.current
        if current is None or current.row != clause.row:
            return False
        alone = self.text[clause.start : clause.end].strip(" |") == self.text[clock.start : clock.end]
        return alone or (current.route in ("SC", "IM") and not clock.bare)

    def _read_ordered(self, target: Draft, statement: Statement) -> None:
        """ "The standing order is for 20 mg": the dose ordered of the drug spoken about."""
        if target.ordered_dose is not None or not _ORDER_WORD.search(self.text, statement.start, statement.end):
            return
        amounts = find_amounts(self.text, statement.start, statement.end)
        ordered = next((a for a in amounts if a.role in ("dose", "ordered") and a.unit == target.unit), None)
        if ordered is not None:
            target.ordered_dose = ordered.value
            target.note("ordered_dose", ordered.start, ordered.end)

    def _starts_another_unit(self, statement: Statement, target: Draft, timing: Timing) -> bool:
        """A further unit of blood or bag charted without its name: "Unit 2 1215-1440"."""
        if (
            target.start is None
            or timing.start is None
            or not _UNIT_ROW.search(self.text, statement.start, statement.end)
        ):
            return False
        if target.drug.category != "blood product":
            return False
        again = self._draft(statement, target.mention)
        if again is None:
            return False
        again.share(target, "dose", "unit", "route", "site")
        self._open(again, statement, timing)
        return True
