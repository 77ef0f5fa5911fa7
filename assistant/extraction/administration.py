"""Administrations of a note: statements in order, each opening, completing or correcting what was given.

The reader walks once through the clauses. A statement that says "given" opens a draft or completes the open one of the
same drug; rows without a drug ("INFUSION STOPPED", "END: 11:38", "no waste") speak about the draft before them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from assistant.extraction.amount import find_amounts
from assistant.extraction.clock import Clock
from assistant.extraction.draft import Draft
from assistant.extraction.drug import DrugMention, find_drugs
from assistant.extraction.finish import finish_drafts
from assistant.extraction.order import check_orders
from assistant.extraction.product import read_product
from assistant.extraction.statement import Statement, StatementReader
from assistant.extraction.timing import Timing, read_timing
from assistant.intake.layout import Clause, mask_unchecked
from models.fact import Administration
from terminology.cue import Cues
from terminology.drug import DrugDictionary

_TWO_ONE_BAG = re.compile(
    r"\b(?:mixed|combined|together|same bag|one (?:mini)?-?bag|one \d{2,4} ?mL (?:mini-?)?bag|in one|single bag|admixed|co-?infused in)\b",
    re.IGNORECASE,
)
_NO_ORDER_FOUND = re.compile(
    r"\bno (?:signed |written |active |matching )?orders? (?:found|on file|on (?:the )?chart|in (?:the )?chart|located|seen|available)|\border(?:s)? (?:not (?:found|on (?:file|chart)|located)|missing)",
    re.IGNORECASE,
)
_LEAVING = re.compile(
    r"\b(?:flush\w{0,3}|capped|de-?accessed|discharged?|d/c'?d home|home|left|removed|locked)\b", re.IGNORECASE
)
_ORDER_WORD = re.compile(r"\border(?:ed|s)?\b(?! (?:set|verified|signed|checked))", re.IGNORECASE)
_BOTH = re.compile(r"\b(?:both|all)\b(?! (?:lumens|sites|arms|questions))", re.IGNORECASE)
_UNIT_ROW = re.compile(r"\bunit\s?#?\s?\d\b|\bbag\s?#?\s?\d\b", re.IGNORECASE)
_RETURN = re.compile(
    r"\b(?:return(?:s|ed)\b(?! to (?:stock|pharmacy|room|baseline|normal))|(?:AM|PM|evening|afternoon) return|return visit|came back|second (?:visit|encounter)|2nd (?:visit|encounter)|visit (?:#\s?)?2|re-?presented)\b"
    r"(?![^.\n]{0,12}(?:to clinic in|in \d|on \d|for (?:c\d|cycle|pump)|\d{1,2}/\d))",
    re.IGNORECASE,
)
_REACTION = re.compile(
    r"\b(?:reaction|rxn|rigors?|hives|urticaria|flushing\b(?! (?:with|w/))|dyspnea|chest (?:tightness|pain)|hypotens\w{2,4}|anaphyla\w{2,4}|hypersensitivity|wheez\w{1,3}|itching|pruritus|infiltrat\w{2,4}|extravasat\w{2,4}|SOB|"
    r"throat|back pain|bronchospasm|desat\w{0,6}|tachycardi\w|refus\w{2,3}|pt request|left (?:ama|early))\b",
    re.IGNORECASE,
)
_NOT_RESUMED = re.compile(
    r"\b(?:no (?:[\w-]+ )?re-?challenge|not (?:resumed|restarted|re-?started|rechallenged|re-?challenged|completed|continued)|no rechallenge|permanently|remainder (?:not|discarded|wasted)|stopped early|d/?c'?d early|terminated|aborted|discontinued|infusion stopped by (?:md|provider|dr))\b",
    re.IGNORECASE,
)
_STOPPED = re.compile(r"\b(?:stopped|discontinued|terminated|aborted|d/c'?d)\b", re.IGNORECASE)
_RECEIVED = re.compile(
    r"(?:received|infused|given|delivered|reached (?:the )?(?:pt|patient)|got|in|approx\w*|est\w*|total (?:of|given|infused))\s{0,2}[:=~]?\s{0,2}(?:approx\w*\.?\s|about\s|~\s?)?(\d{1,4}(?:,\d{3})?(?:\.\d{1,3})?)\s?(mg|mcg|g|mL|units?)\b"
    r"|(\d{1,4}(?:,\d{3})?(?:\.\d{1,3})?)\s?(mg|mcg|g|units?)\s(?:had |of [\w-]+ |was |were )?(?:infused|given|received|delivered|administered|in\b)",
    re.IGNORECASE,
)


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


class _Reader:
    def __init__(self, text: str, on: date | None, dictionary: DrugDictionary, cues: Cues) -> None:
        self.text = text
        self.dictionary = dictionary
        self.cues = cues
        self.statements = StatementReader(text, dictionary, cues, on)
        self.drafts: list[Draft] = []
        self.orders: list[Draft] = []  # what an order or plan says: completes, never counts by itself
        self.current: Draft | None = None
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
        self._share_within_clause(clause, opened)

    def _with_row_clock(self, statement: Statement) -> Statement:
        """A later clause of a row that begins with its time speaks of that time: "1039 hives, wheeze. DRUG STOPPED." """
        clause = statement.clause
        if clause.row != self.row_start[0]:
            self.row_start = (clause.row, clause.start)
        if clause.first_in_row:
            head = statement.clocks[0] if statement.clocks else None
            leading = head is not None and not self.text[clause.start : head.start].strip(" |*-•>\t\"'[]()#x@~")
            self.row_clock = (clause.row, head) if head is not None and leading else None
            self.row_clock_used = False
            return statement
        if statement.clocks or self.row_clock is None or self.row_clock[0] != clause.row:
            return statement
        if statement.judgement not in ("given", "event") or (statement.mention is None and self.row_clock_used):
            return statement
        self.row_clock_used = True
        return replace(statement, clocks=(self.row_clock[1],))

    # --- statements that name a drug -----------------------------------------------------------------------------

    def _read_about_drug(self, statement: Statement, mention: DrugMention) -> Draft | None:
        judgement = statement.judgement
        if _NO_ORDER_FOUND.search(self.text, statement.start, statement.end):
            self.unordered[mention.drug] = (statement.start, statement.end)
        if judgement == "skip":
            return None
        timing = read_timing(
            self.text, statement.clause, statement.start, statement.end, statement.clocks, self.cues, mention.start
        )
        if judgement in ("given", "event"):
            return self._given(statement, mention, timing)
        draft = self._draft(statement, mention)
        if draft is None:
            return None
        read_product(self.text, draft, statement, self.cues, self.dictionary)
        if judgement == "order":
            self.orders.append(draft)
            self.current = None
            return None
        draft.status = judgement
        draft.note("status", statement.start, statement.end)
        self.drafts.append(draft)
        return None

    def _draft(self, statement: Statement, mention: DrugMention) -> Draft | None:
        drug = self.dictionary.get(mention.drug)
        if drug is None:
            return None
        clause = statement.clause
        draft = Draft(mention, drug, clause.row, clause.line, clause.start, route=mention.route)
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
        earlier = self._same_drug(candidate)
        if earlier is not None and self._continues(earlier, candidate, timing):
            self._complete(earlier, candidate, statement, timing)
            self.current = earlier
            return earlier
        if statement.judgement == "event" and timing.start is None and candidate.dose is None and timing.stop is None:
            return None
        self._open(candidate, statement, timing)
        return candidate

    def _open(self, draft: Draft, statement: Statement, timing: Timing) -> None:
        begin = timing.start or timing.restart  # "new bag connected, pump restarted": no earlier start to resume
        if begin:
            draft.set_start(begin)
        if timing.stop:
            draft.set_stop(timing.stop)
        if timing.pause:
            self._pause(draft, timing.pause, statement)
        if timing.restart and timing.start:
            self._restart(draft, timing.restart)
        draft.note("status", statement.start, statement.end)
        self.drafts.append(draft)
        self.current = draft
        for repeat in timing.repeats:
            self._repeat(draft, statement, repeat, None)
        for more in timing.more:
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

    def _continues(self, earlier: Draft, candidate: Draft, timing: Timing) -> bool:
        """Whether a statement speaks about the administration already open rather than about another one."""
        if earlier.encounter != candidate.encounter:
            return False
        if candidate.dose_is_container and earlier.dose is not None:
            candidate.dose = None
        another = candidate.dose is not None and earlier.dose is not None and candidate.dose != earlier.dose
        if timing.start is None:
            if timing.stop or timing.pause or timing.restart:
                return earlier.stop is None or timing.stop is None or not another
            if candidate.dose is None or earlier.dose is None:
                return True
            return not another and candidate.row != earlier.row
        if earlier.start is None:
            return not another
        if timing.start.minute == earlier.start:
            return not another
        if timing.restart or timing.pause:
            return True
        return False

    def _complete(self, draft: Draft, words: Draft, statement: Statement, timing: Timing) -> None:
        """Fill what the draft lacks from a later statement about it."""
        attributes = ("product_words", "dose", "unit", "route", "technique", "site", "discarded", "container", "volume_ml", "rate_ml_h", "purpose", "ndc", "owner", "pump_hours", "ordered_minutes", "dose_basis")  # fmt: skip
        draft.share(words, *attributes)
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
        self._apply_timing(draft, statement, timing)
        self._read_stopped_early(draft, statement, timing)

    # --- statements without a drug --------------------------------------------------------------------------------

    def _read_about_current(self, statement: Statement) -> None:
        text, clause = self.text, statement.clause
        timing = read_timing(text, clause, statement.start, statement.end, statement.clocks, self.cues, None)
        zone = self.cues.zone(clause.label) if clause.label else None
        if zone in ("sign", "patient", "lab", "education", "allergy", "home", "order"):
            return
        if timing.start and not timing.start_said:
            timing.start = None
        target = self._target(statement, timing)
        if target is None:
            return
        if _BOTH.search(text, statement.start, statement.end):
            for draft in self.drafts:
                if draft.is_open and draft is not target and draft.row >= target.row - 1:
                    self._apply_timing(draft, statement, timing)
        if (timing.start or timing.stop or timing.pause or timing.restart) and not self._starts_another_unit(
            statement, target, timing
        ):
            self._apply_timing(target, statement, timing)
        adjacent = clause.row == target.row or (clause.row <= target.row + 8 and not self._row_begins_with_time(clause))
        if adjacent or clause.label:
            words = Draft(target.mention, target.drug, target.row, target.line)
            read_product(text, words, statement, self.cues, self.dictionary, about_current=True)
            self._merge_product(target, words, clause)
        self._read_stopped_early(target, statement, timing)
        self._read_ordered(target, statement)

    def _read_ordered(self, target: Draft, statement: Statement) -> None:
        """ "The standing order is for 20 mg": the dose ordered of the drug spoken about."""
        if target.ordered_dose is not None or not _ORDER_WORD.search(self.text, statement.start, statement.end):
            return
        amounts = find_amounts(self.text, statement.start, statement.end)
        ordered = next((a for a in amounts if a.role in ("dose", "ordered") and a.unit == target.unit), None)
        if ordered is not None:
            target.ordered_dose = ordered.value
            target.note("ordered_dose", ordered.start, ordered.end)

    def _target(self, statement: Statement, timing: Timing) -> Draft | None:
        """The draft a nameless statement speaks about: the open infusion for events, else the last one named."""
        running = [
            d for d in self.drafts if d.is_open and not d.push_word and d.route not in ("PO", "SC", "IM") and not d.pump
        ]
        if timing.stop or timing.pause or timing.restart:
            if timing.restart and (paused := [d for d in self.drafts if d.pauses and d.pauses[-1][1] is None]):
                return paused[-1]
            unclear = [
                d
                for d in running
                if not d.infusion_word and d.drug.category not in ("hydration", "blood product", "declot")
            ]
            if _LEAVING.search(self.text, statement.start, statement.end):
                running = [d for d in running if d not in unclear]
            if self.current in running:
                return self.current
            if running:
                return running[-1]
            unstarted = self.current is not None and self.current.start is None
            return self.current if unstarted or timing.restart else None
        return self.current

    def _row_begins_with_time(self, clause: Clause) -> bool:
        return (
            bool(re.match(r"\W{0,4}\d{1,2}:?\d{2}\b", self.text[clause.start : clause.start + 12]))
            or "time" in clause.cells
        )

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

    def _apply_timing(self, draft: Draft, statement: Statement, timing: Timing) -> None:
        if timing.start and draft.start is None:
            draft.set_start(timing.start)
        if timing.pause:
            self._pause(draft, timing.pause, statement)
        if timing.restart:
            self._restart(draft, timing.restart)
        if timing.stop:
            open_pause = bool(draft.pauses) and draft.pauses[-1][1] is None
            reaction = _REACTION.search(self.text, self.row_start[1], statement.end)
            interrupted = timing.stop_cue is not None and reaction is not None
            if draft.stop is None and not (interrupted and draft.start is None):
                if interrupted and not open_pause:
                    self._pause(draft, timing.stop, statement)
                else:
                    draft.set_stop(timing.stop)
                    if open_pause:
                        draft.pauses.pop()

    def _pause(self, draft: Draft, clock: Clock, statement: Statement) -> None:
        if draft.start is None or (draft.pauses and draft.pauses[-1][1] is None):
            return
        draft.pauses.append([clock.minute, None])
        draft.note("interruptions", clock.start, clock.end)
        reaction = _REACTION.search(self.text, self.row_start[1], statement.end)
        if reaction:
            draft.stop_reason = "reaction"
            draft.note("stop_reason", reaction.start(), reaction.end())

    def _restart(self, draft: Draft, clock: Clock) -> None:
        if draft.pauses and draft.pauses[-1][1] is None:
            draft.pauses[-1][1] = clock.minute
        elif draft.stop is not None and clock.minute > draft.stop:  # the "stop" was a pause after all
            draft.pauses.append([draft.stop, clock.minute])
            draft.stop = None
            draft.spans["interruptions"] = draft.spans.pop("stop", [])
        draft.note("interruptions", clock.start, clock.end)

    def _merge_product(self, target: Draft, words: Draft, clause: Clause) -> None:
        if words.discarded is not None and target.discarded is None:
            target.share(words, "discarded")
        target.waste_blank |= words.waste_blank and target.discarded is None
        for hole in words.holes:
            if hole not in target.holes:
                target.holes.append(hole)
                target.spans[hole] = words.spans.get(hole, [])
        if not target.containers and words.containers:
            target.containers, target.container_unit = words.containers, words.container_unit
        target.share(
            words, "container", "ndc", "route", "site", "rate_ml_h", "purpose", "owner", "pump_hours", "dose_basis"
        )
        if clause.label:
            target.share(words, "volume_ml")
        if (
            clause.label.rsplit(".", 1)[-1].startswith(("dose", "amount", "given", "admin", "qty"))
            and target.dose is None
        ):
            target.share(words, "dose", "unit")
        target.fully_infused |= words.fully_infused

    def _read_stopped_early(self, target: Draft, statement: Statement, timing: Timing) -> None:
        text = self.text
        if target.start is None or target.route in ("PO",):
            return
        if found := _NOT_RESUMED.search(text, statement.start, statement.end):
            target.status, target.discontinued = "stopped-early", True
            target.note("status", found.start(), found.end())
            reaction = _REACTION.search(text, statement.start, statement.end)
            if reaction and target.stop_reason is None:
                target.stop_reason = "reaction"
                target.note("stop_reason", reaction.start(), reaction.end())
        stopped = _STOPPED.search(text, self.row_start[1], statement.end)
        if target.status == "stopped-early" or target.pauses or stopped:
            received = _RECEIVED.search(text, statement.start, statement.end)
            if received:
                value = Decimal((received[1] or received[3]).replace(",", ""))
                unit = (received[2] or received[4]).lower()
                if unit == target.unit and target.dose is not None and value < target.dose:
                    target.dose = value
                    target.status, target.discontinued = "stopped-early", True
                    target.spans["dose"] = []
                    target.note("dose", received.start(), received.end())

    # --- drugs that share words -------------------------------------------------------------------------------------

    def _share_within_clause(self, clause: Clause, opened: list[tuple[Statement, Draft]]) -> None:
        """ "Dexamethasone 10 mg and ondansetron 8 mg in one bag 0800-0815": shared bag, route and times."""
        if len(opened) < 2:
            return
        bag = _TWO_ONE_BAG.search(self.text, clause.start, clause.end)
        for (statement, draft), (following, after) in zip(opened, opened[1:], strict=False):
            if draft is after or not following.joined:
                continue
            gap = self.text[draft.mention.end : after.mention.start]
            tied = bool(re.search(r"\band\b|[+&/]|\bw/|\bwith\b|\bplus\b", gap, re.IGNORECASE))
            if bag and tied and after.drug.category != "blood product":
                label = f"bag-{clause.start}"
                draft.bag = draft.bag or label
                after.bag = draft.bag
                draft.note("bag", bag.start(), bag.end())
                after.note("bag", bag.start(), bag.end())
                draft.infusion_word |= after.infusion_word
                after.infusion_word |= draft.infusion_word
            if (
                draft.start is None
                and draft.stop is None
                and after.start is not None
                and tied
                and draft.status == "given"
            ):
                draft.share(after, "start", "stop", "route", "site")
                draft.infusion_word |= after.infusion_word and not draft.push_word
                draft.push_word |= after.push_word and draft.route == "IV"
            elif after.start is None and after.stop is None and draft.start is not None and draft.route != "CIVI":
                after.share(draft, "start")
                if after.bag or (tied and not after.push_word and draft.route == after.route):
                    after.share(draft, "stop")
                after.share(draft, "route", "site")
