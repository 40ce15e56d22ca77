"""Compares, each day, what was delivered to and from every partner, until both sides sign the same text.

1. our text, signed; the partner signs it, too, where it comes to the same
2. else its list, and then ours: each side learns which digests the other does not keep, and confirms or refutes those
   that the other states; of the lists themselves nothing but that is kept (EA-2.2)
3. no difference is left: the text again; else the differences are signed and kept
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from hashlib import sha256

from gateway.core.agreement import Party, Register
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode
from gateway.core.evidence import reconciliation
from gateway.core.evidence.notary import Notary
from gateway.core.evidence.note import Malformed, Note
from gateway.core.evidence.reconciliation import DAY, DIFFERENCES, LIST, Account, Kept, Key, Marks, day_of
from gateway.core.message import Answer
from gateway.core.names import SECOND, Micros
from gateway.core.schedule import Backoff
from gateway.flow.accounts import ANOTHER, MALFORMED, NO_LOG, NOTE, OK, Partner, Terms, partner, partners, patience
from gateway.flow.apart import Apart
from gateway.flow.ports import Clock, Offload
from gateway.flow.ports_days import DIFFERS, OPEN, RECONCILED, Came, Day, DayStore, Sent
from gateway.flow.rests import Rests
from gateway.flow.sending import Asker, Reply, SendError
from gateway.flow.telling import Telling

ROW = 128  # bytes of a row
LARGEST = 16 * 1024 * 1024  # bytes of a list
PATH = "/reconcile"  # under the address of a partner's log
POLL = 30.0  # seconds between looks
SECOND_SIDE = Micros(300 * SECOND)  # the side with the greater origin waits: by then the other has asked
BACKOFF = Backoff(Micros(60 * SECOND), Micros(3600 * SECOND))
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One day with one partner, as we have it."""

    partner: Partner
    notary: Notary
    account: Account
    ours: Mapping[Key, Kept]
    day: Day
    marks: Marks
    theirs: Mapping[Key, str]  # empty before the partner's list has come

    @property
    def size(self) -> int:
        """How much work its rows are, as bytes."""
        return ROW * (len(self.ours) + len(self.theirs))

    @property
    def rows(self) -> dict[Key, str]:
        """Our list, judged by theirs."""
        return reconciliation.listed(self.ours, self.theirs)

    @property
    def text(self) -> str | None:
        """What we would sign."""
        return reconciliation.statement(self.account, self.ours, self.marks)

    @property
    def differences(self) -> tuple[str, ...]:
        """Between both lists."""
        return reconciliation.differences(self.account, self.rows, self.theirs)

    @property
    def listed(self) -> bytes:
        """Our list, signed."""
        rows = reconciliation.rows_of(self.rows)
        return reconciliation.signed_rows(LIST, self.account, rows, self.notary.signer)


class Reconciler:
    """The days of one process, with every partner."""

    def __init__(  # noqa: PLR0913, PLR0917 - the ports of one flow
        self,
        register: Callable[[], Register],
        store: DayStore,
        asker: Asker,
        clock: Clock,
        offload: Offload,
        terms: Callable[[], Terms],
    ) -> None:
        """Nothing is compared before `run`."""
        self._register, self._store, self._asker = register, store, asker
        self._clock, self._offload, self._terms = clock, offload, terms
        self._apart, self._rests, self._telling = Apart(POLL), Rests(clock, BACKOFF), Telling()

    async def run(self) -> None:
        """Compares until cancelled; a fault of the store is waited out."""
        await self._apart.rounds(self.round, POLL, logger, "days could not be reconciled; tried again")

    async def round(self) -> None:
        """Every day whose time has come is compared with its partner."""
        first = await self._store.first_days()
        found = [party for party in partners(self._register()) if party.id in first]
        await self._apart.each({party.id: partial(self._all, party, day_of(first[party.id])) for party in found})

    async def reconcile(self, party: Partner, day: date) -> Day:
        """The day, as far as it could be brought now; SendError where the partner does not answer, or with something else."""
        try:
            return await self._reconcile(party, day)
        except Malformed as problem:
            raise SendError(ErrorCode.NOT_AN_ANSWER, str(problem)) from None

    async def _reconcile(self, party: Partner, day: date) -> Day:
        sheet = await self._sheet(party, day)
        if (text := await self._text(sheet)) is not None:
            agreed, answer = await self._state(sheet, text)
            if agreed:
                return await self._store.day_with(party.id, day)
            sheet = await self._with(sheet, answer)
        sheet = await self._with(sheet, (await self._ask(party, await self._listed(sheet), OK)).body)
        if not await self._different(sheet) and (text := await self._text(sheet)) is not None:
            agreed, answer = await self._state(sheet, text)
            if agreed:
                return await self._store.day_with(party.id, day)
            sheet = await self._with(sheet, answer)
        return await self._differs(sheet)

    async def answer(self, party: Party, content: bytes) -> Answer:
        """What the partner is told about its text or its list: our signature under it, or our list."""
        known = partner(party)
        if known is None:
            return Answer(NO_LOG, NOTE, b"no log is known of this party\n")
        try:
            return await self._answer(known, content)
        except Malformed as problem:
            if self._telling.due(party.id, self._clock.now()):
                logger.warning("%s: its account of a day is not taken: %s", party.id, problem)
            return Answer(MALFORMED, NOTE, f"{problem}\n".encode())

    async def _answer(self, party: Partner, content: bytes) -> Answer:
        log, notary = party.log, self._register().notary
        title, account = Account.of(content, notary.origin, log.key.name)
        if account.day > day_of(self._clock.now()):
            raise Malformed("a day that has not begun")
        if account.day < await self._earliest(party):
            raise Malformed("a day before there were accounts")
        sheet = await self._sheet(party, account.day)
        if title == LIST:
            sheet = await self._with(sheet, content)
            if await self._different(sheet):
                await self._differs(sheet)
            return Answer(OK, NOTE, await self._listed(sheet))
        note = Note.parse(content)
        if log.key.signature_of(note) is None:
            raise Malformed("a text that the log's key did not sign")
        if await self._text(sheet) != note.text:
            return Answer(ANOTHER, NOTE, await self._listed(sheet))
        both = note.signed(notary.signer.sign(note.text)).bytes()
        await self._reconciled(sheet, both)
        return Answer(OK, NOTE, both)

    async def _earliest(self, party: Partner) -> date:
        """Before it nothing can have been numbered: the partner's first messages may have come later than they were sent."""
        now = self._clock.now()
        first = min((await self._store.first_days()).get(party.id, now), now)
        return day_of(Micros(first - DAY - patience(party.party, self._register(), self._terms())))

    async def _all(self, party: Partner, first: date) -> int:
        """How many days of the partner's were looked at; one that does not answer is left alone for a while, and told once."""
        if self._clock.now() < self._rests.until(party.id):
            return 0
        days = self._due(party, first)
        try:
            for day in days:
                await self._one(party, day)
        except SendError as error:
            if not self._rests.out(party.id):
                logger.warning("%s: days could not be reconciled: %s %s", party.id, error.code.code, error.detail)
            self._rests.failed(party.id)
            return 0
        self._rests.ended(party.id)
        return len(days)

    def _due(self, party: Partner, first: date) -> list[date]:
        """The days that are over, from the last whose messages may still be on their way."""
        now, terms = self._clock.now(), self._terms()
        last = day_of(Micros(now - DAY - self._after_midnight(party)))
        since = max(first, day_of(Micros(now - DAY - patience(party.party, self._register(), terms))))
        return [since + timedelta(days=number) for number in range((last - since).days + 1)]

    def _after_midnight(self, party: Partner) -> int:
        """How long after its end a day is compared: the other side asks first where its origin is the smaller."""
        second = party.log.key.name < self._register().notary.origin
        return self._terms().reconcile_at // timedelta(microseconds=1) + (SECOND_SIDE if second else 0)

    async def _one(self, party: Partner, day: date) -> None:
        """The day is compared, once since the last time of day that is set for it, unless what was signed still holds."""
        known, now = await self._store.day_with(party.id, day), self._clock.now()
        midnight, _ = reconciliation.bounds(day_of(Micros(now - self._after_midnight(party))))
        if known.tried_at >= midnight + self._after_midnight(party):
            return
        sheet = await self._sheet(party, day)
        if known.state == RECONCILED and await self._text(sheet) == Note.parse(known.note).text:
            await self._store.keep_day(replace(known, tried_at=now), None)
            return
        await self.reconcile(party, day)

    async def _sheet(self, party: Partner, day: date) -> Sheet:
        """The day as our rows and the partner's last list have it."""
        register = self._register()
        account = Account(register.notary.origin, party.log.key.name, day)
        known = await self._store.day_with(party.id, day)
        ours = {**_sent(account, await self._store.sent_on(party.id, day))}
        ours |= _came(account, await self._store.came_on(party.id, day), register)
        return Sheet(party, register.notary, account, ours, known, Marks.read(known.marks), {})

    async def _with(self, sheet: Sheet, theirs: bytes) -> Sheet:
        """With the partner's list: what is remembered of it is durable."""
        rows, marks = await self._offload(sheet.size + len(theirs), lambda: _read(sheet, theirs))
        await self._store.keep_marks(sheet.partner.id, sheet.account.day, marks.kept())
        return replace(sheet, theirs=rows, marks=marks)

    async def _text(self, sheet: Sheet) -> str | None:
        return await self._offload(sheet.size, lambda: sheet.text)

    async def _listed(self, sheet: Sheet) -> bytes:
        return await self._offload(sheet.size, lambda: sheet.listed)

    async def _different(self, sheet: Sheet) -> tuple[str, ...]:
        return await self._offload(sheet.size, lambda: sheet.differences)

    async def _state(self, sheet: Sheet, text: str) -> tuple[bool, bytes]:
        """Whether the partner has signed our text; then that is durable; else what it answered: its list."""
        reply = await self._ask(sheet.partner, sheet.notary.signed(text).bytes(), OK, ANOTHER)
        if reply.status == ANOTHER:
            return False, reply.body
        note = reconciliation.agreed(reply.body, text, sheet.partner.log.key)
        await self._reconciled(sheet, note.signed(sheet.notary.signer.sign(text)).bytes())
        return True, reply.body

    async def _ask(self, party: Partner, content: bytes, *expected: int) -> Reply:
        """The partner's answer; SendError where it has another status."""
        reply = await self._asker.ask(f"log:{party.id}", PATH, content, LARGEST)
        if reply.status not in expected:
            raise SendError(ErrorCode.HTTP_TEMPORARY, f"HTTP {reply.status}")
        return reply

    async def _reconciled(self, sheet: Sheet, note: bytes) -> None:
        """Both signatures are durable, and the text is in the log."""
        now = self._clock.now()
        kept = replace(sheet.day, state=RECONCILED, note=_ordered(note, sheet), differences=b"", tried_at=now)
        facts = {"partner": sheet.partner.id, "day": sheet.account.day.isoformat(), "note": kept.note.decode()}
        leaf = entry("reconciled", now, self._clock.nonce(), controls=["EA-3.5", "EA-4.1"], **facts)
        await self._store.keep_day(kept, leaf)

    async def _differs(self, sheet: Sheet) -> Day:
        """Our signature over the differences is durable; what was signed by both before stays."""
        now, rows = self._clock.now(), await self._different(sheet)
        signed = reconciliation.signed_rows(DIFFERENCES, sheet.account, rows, sheet.notary.signer)
        kept = replace(sheet.day, state=DIFFERS if rows else OPEN, differences=signed, tried_at=now)
        facts = {"partner": sheet.partner.id, "day": sheet.account.day.isoformat(), "count": len(rows)}
        digest = sha256(signed).digest()
        leaf = entry("differs", now, self._clock.nonce(), differences=digest, controls=["EA-3.5", "EA-4.1"], **facts)
        if rows:
            logger.warning("%s: %s differs in %s messages", sheet.partner.id, sheet.account.day, len(rows))
        await self._store.keep_day(kept, leaf if rows else None)
        return kept


def _read(sheet: Sheet, theirs: bytes) -> tuple[Mapping[Key, str], Marks]:
    """The partner's list, and what is remembered of it."""
    rows = reconciliation.opened_list(sheet.account, theirs, sheet.partner.log.key)
    return rows, Marks.of(reconciliation.listed(sheet.ours, rows), rows)


def _sent(account: Account, rows: list[Sent]) -> dict[Key, Kept]:
    return {
        Key(account.ours, row.type, row.message_id): Kept(reconciliation.delivered_digest(row.digests)) for row in rows
    }


def _came(account: Account, rows: list[Came], register: Register) -> dict[Key, Kept]:
    secrets = {key.id: key.secret for key in register.keys}
    return {
        Key(account.theirs, row.type, row.message_id): Kept(
            row.digest, row.checked if row.key in secrets else b"", secrets.get(row.key, b"")
        )
        for row in rows
    }


def _ordered(note: bytes, sheet: Sheet) -> bytes:
    """The same bytes on both sides: one signature each, in the order of the names."""
    found = Note.parse(note)
    ours, theirs = sheet.notary.signer.verifier, sheet.partner.log.key
    both = [each for each in found.signatures if ours.knows(each) or theirs.knows(each)]
    return replace(found, signatures=tuple(sorted(both, key=lambda each: each.name))).bytes()
