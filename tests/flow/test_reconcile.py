"""Each day both sides sign one text about what they delivered to each other, or each the list of differences."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.evidence.note import Note
from gateway.core.evidence.reconciliation import (
    DIFFERENCES,
    LIST,
    Account,
    day_of,
    delivered_digest,
    opened_rows,
    signed_rows,
)
from gateway.core.names import PartyId
from gateway.flow.ports_days import DIFFERS, OPEN, RECONCILED, Day
from gateway.flow.sending import Reply, SendError
from gateway.flow.terms import Partner, partner
from tests.flow.faulty import tell_by_signals
from tests.flow.test_intake import lift
from tests.house import sample
from tests.town import START, Node, Town, down, quiet

NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
RESTRICTED = sample("restricted/TransitReleaseNotice--drivers-and-a-representative")
DAY = day_of(START)
SECONDS_A_DAY = 24 * 3600
KZ, BY = "KZ.KGD", "BY.GTK"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Two gateways, open, at the beginning of a UTC day."""
    found = Town(tmp_path, KZ, BY)
    await found.open()
    found.clock.advance(SECONDS_A_DAY - START // 1_000_000 % SECONDS_A_DAY)
    yield found
    await found.close()


def today(town: Town) -> date:
    """The day of the clock."""
    return day_of(town.clock.now())


async def exchange(town: Town, *numbers: int) -> None:
    """Messages both ways, delivered."""
    for number in numbers:
        await town[KZ].post(NORMAL, f"k{number}@town", to=(BY,))
        await town[BY].post(NORMAL, f"b{number}@town", to=(KZ,))
    for node in (town[KZ], town[BY]):
        await node.deliver()


def other(node: Node) -> Partner:
    """The other side, as the node knows it."""
    own = node.settings.register.own.id
    found = partner(node.settings.register.parties[PartyId(BY if own == KZ else KZ)])
    assert found
    return found


async def ask(node: Node, day: date) -> Day:
    """The node asks the other side about the day."""
    return await node.reconciler.reconcile(other(node), day)


async def kept(node: Node, day: date) -> Day:
    """How far the node has it."""
    return await node.store.day_with(other(node).id, day)


async def told(node: Node, kind: str) -> list[dict[str, Any]]:
    """The leaves of a kind, oldest first."""
    return [json.loads(bytes(row["body"])) for row in reversed(await node.store.entries("", kind, 100))]


def rows(node: Node, found: Day) -> tuple[str, ...]:
    """The differences that the node has signed."""
    account = Account(node.settings.register.notary.origin, other(node).log.key.name, found.day)
    return opened_rows(DIFFERENCES, account, found.differences, node.settings.register.notary.signer.verifier)


async def forget(node: Node, message_id: str) -> None:
    """The message's row is gone from the database."""
    for statement in (
        "PRAGMA foreign_keys = OFF",
        f"DELETE FROM messages WHERE message_id = '{message_id}'",  # noqa: S608 - the test's own
        "PRAGMA foreign_keys = ON",
    ):
        node.real._engine._writer.execute(statement)


async def test_both_sides_sign_the_same_text(town: Town) -> None:
    """One note, the same bytes on both sides, with both signatures; counts of both directions; in both logs."""
    await exchange(town, 1, 2, 3)
    day = today(town)
    assert (await ask(town[KZ], day)).state == RECONCILED
    mine, theirs = await kept(town[KZ], day), await kept(town[BY], day)
    assert mine.note == theirs.note
    note = Note.parse(mine.note)
    assert [each.name for each in note.signatures] == ["by.gtk.gateway/log", "kz.kgd.gateway/log"]
    for node in (town[KZ], town[BY]):
        assert node.settings.register.notary.signer.verifier.signature_of(note)
        (leaf,) = await told(node, "reconciled")
        assert leaf["note"] == mine.note.decode()
        await node.check()
    assert [line.split()[:4] for line in note.text.splitlines()[4:]] == [
        ["by.gtk.gateway/log", "DocumentVerificationRequest", "3", "0"],
        ["kz.kgd.gateway/log", "DocumentVerificationRequest", "3", "0"],
    ]


async def test_a_row_deleted_on_one_side_is_a_difference(town: Town) -> None:
    """Each side signs the same row: which message the other alone has; the control is the day before it was deleted."""
    await exchange(town, 1, 2)
    day = today(town)
    assert (await ask(town[KZ], day)).state == RECONCILED
    await forget(town[BY], "k2@town")
    assert (await ask(town[KZ], day)).state == DIFFERS
    mine, theirs = await kept(town[KZ], day), await kept(town[BY], day)
    assert rows(town[KZ], mine) == rows(town[BY], theirs)
    (row,) = rows(town[KZ], mine)
    assert row.split() == [
        "only", "kz.kgd.gateway/log", "kz.kgd.gateway/log", "DocumentVerificationRequest", "k2@town",
    ]  # fmt: skip
    for node in (town[KZ], town[BY]):
        (leaf,) = await told(node, "differs")
        assert leaf["count"] == 1


@pytest.mark.parametrize("asker", [KZ, BY])
async def test_it_does_not_matter_who_asks(town: Town, asker: str) -> None:
    """A row deleted at the sender is found, too."""
    await exchange(town, 1)
    await forget(town[KZ], "k1@town")
    assert (await ask(town[asker], today(town))).state == DIFFERS
    mine, theirs = await kept(town[KZ], today(town)), await kept(town[BY], today(town))
    assert rows(town[KZ], mine) == rows(town[BY], theirs)
    assert rows(town[KZ], mine)[0].startswith("only by.gtk.gateway/log kz.kgd.gateway/log")


async def test_another_digest_is_a_difference(town: Town) -> None:
    """What the sender's database says was sent is not what came."""
    await exchange(town, 1)
    await town[KZ].real._engine.write(
        lambda database: database.execute(
            "UPDATE payloads SET digest = zeroblob(32) WHERE message = (SELECT id FROM messages WHERE message_id = 'k1@town')"
        )
    )
    assert (await ask(town[BY], today(town))).state == DIFFERS
    assert [row.split()[0] for row in rows(town[KZ], await kept(town[KZ], today(town)))] == ["other"]


async def strip_on_arrival(town: Town) -> None:
    """KZ sends what BY's law keeps out; BY strips it and keeps no digest of what came."""
    lift(town[KZ])
    await town[KZ].post(RESTRICTED, "k9@town", to=(BY,))
    await exchange(town, 1)
    came = await town[BY].store.came_on(KZ, today(town))
    assert sorted(bool(row.digest) for row in came) == [False, True]


@pytest.mark.parametrize("asker", [KZ, BY])
async def test_what_was_stripped_on_arrival_is_confirmed_without_its_digest(town: Town, asker: str) -> None:
    """The receiver confirms the sender's digest, and both come to one text; again without asking for lists."""
    await strip_on_arrival(town)
    assert (await ask(town[asker], today(town))).state == RECONCILED
    assert (await kept(town[KZ], today(town))).note == (await kept(town[BY], today(town))).note
    asked = len(town[asker].loopback.asked)
    assert (await ask(town[asker], today(town))).state == RECONCILED
    assert len(town[asker].loopback.asked) == asked + 1


async def test_what_was_stripped_on_arrival_refutes_another_digest(town: Town) -> None:
    """The sender cannot say afterwards that it sent something else."""
    await strip_on_arrival(town)
    await town[KZ].real._engine.write(
        lambda database: database.execute(
            "UPDATE payloads SET digest = zeroblob(32) WHERE message = (SELECT id FROM messages WHERE message_id = 'k9@town')"
        )
    )
    for asker in (town[BY], town[KZ], town[BY]):  # BY signs nothing then, whoever asks
        assert (await ask(asker, today(town))).state == DIFFERS
    found = rows(town[KZ], await kept(town[KZ], today(town)))
    assert found == rows(town[BY], await kept(town[BY], today(town)))
    assert [row.split()[0] for row in found] == ["other"]


async def test_nothing_that_is_kept_lets_what_was_stripped_be_guessed(town: Town) -> None:
    """Whoever has the database and guesses what was stripped finds no digest of it, nor anything made of it alone."""
    await strip_on_arrival(town)
    for asker in (KZ, BY):
        await ask(town[asker], today(town))
    (row,) = [row for row in await town[KZ].store.sent_on(BY, today(town)) if row.message_id == "k9@town"]
    plain = delivered_digest(row.digests)
    guesses = [plain, *row.digests, sha256(f"k9@town {plain.hex()}\n".encode()).digest()]
    dump = "\n".join(town[BY].real._engine._writer.iterdump())
    assert not [guess for guess in guesses if guess.hex() in dump.lower()]
    control = "\n".join(town[KZ].real._engine._writer.iterdump())
    assert row.digests[0].hex() in control.lower(), "the sender itself has it"


async def test_a_redaction_key_that_is_gone_refutes_nothing(town: Town) -> None:
    """What cannot be confirmed any more is counted."""
    await strip_on_arrival(town)
    by = town[BY]
    (key,) = by.settings.register.keys
    by.settings = replace(
        by.settings, register=replace(by.settings.register, keys=(replace(key, secret=b"another" * 5),))
    )
    assert (await ask(town[KZ], today(town))).state == RECONCILED


async def test_a_message_that_was_turned_down_was_delivered(tmp_path: Path) -> None:
    """Receipted, then told by a signal that its content is at fault: both sides count it, and the signal."""
    town = Town(tmp_path, KZ, BY)
    tell_by_signals(town)
    await town.open()
    try:
        lift(town[KZ])
        await town[KZ].post(sample("invalid/DocumentVerificationRequest--rests-on-a-case"), "bad@town", to=(BY,))
        await quiet(town)
        assert len(await told(town[BY], "refused")) == 1
        assert (await ask(town[KZ], today(town))).state == RECONCILED
        lines = Note.parse((await kept(town[BY], today(town))).note).text.splitlines()[4:]
        assert [line.split()[:4] for line in lines] == [
            ["by.gtk.gateway/log", "ProcessingResult", "1", "0"],
            ["kz.kgd.gateway/log", "DocumentVerificationRequest", "1", "1"],
        ]
        (row,) = await town[BY].store.came_on(KZ, today(town))
        assert row.digest == b"", "what was in it is not kept"
    finally:
        await town.close()


async def test_a_message_without_a_receipt_is_not_counted(town: Town) -> None:
    """What is still on its way is there the next day."""
    await exchange(town, 1)
    day = today(town)
    town[KZ].loopback.fault = down("party:BY.GTK", code=ErrorCode.TIMED_OUT)
    await town[KZ].post(NORMAL, "late@town", to=(BY,))
    await town[KZ].deliver()
    assert (await ask(town[KZ], day)).state == RECONCILED
    first = (await kept(town[KZ], day)).note
    town[KZ].loopback.fault = lambda _: None
    town.clock.advance(60)
    await quiet(town)
    assert (await ask(town[KZ], day)).state == RECONCILED
    second = (await kept(town[BY], day)).note
    assert [note.decode().count(" 2 ") for note in (first, second)] == [0, 1]
    assert len(await told(town[BY], "reconciled")) == 2


async def test_asking_again_about_what_is_signed_adds_nothing(town: Town) -> None:
    """The same note, no second entry."""
    await exchange(town, 1)
    for asker in (KZ, BY, KZ):
        assert (await ask(town[asker], today(town))).state == RECONCILED
    for node in (town[KZ], town[BY]):
        assert len(await told(node, "reconciled")) == 1


async def test_both_sides_may_ask_at_once(town: Town) -> None:
    """Neither waits for the other."""
    await exchange(town, 1)
    found = await asyncio.gather(ask(town[KZ], today(town)), ask(town[BY], today(town)))
    assert [day.state for day in found] == [RECONCILED, RECONCILED]
    assert len(await told(town[KZ], "reconciled")) == 1


async def test_a_day_is_compared_after_it_is_over(town: Town) -> None:
    """At the time of day that is set, once; the side with the greater origin would ask five minutes later."""
    await exchange(town, 1)
    day = today(town)
    town.clock.advance(SECONDS_A_DAY + 1800)
    for node in (town[KZ], town[BY]):
        await node.reconciler.round()
    assert (await kept(town[KZ], day)).state == OPEN
    town.clock.advance(1860)
    await town[KZ].reconciler.round()
    assert (await kept(town[KZ], day)).state == OPEN, "the other side asks first"
    await town[BY].reconciler.round()
    assert (await kept(town[KZ], day)).state == RECONCILED
    asked = len(town[BY].loopback.asked)
    town.clock.advance(300)
    for node in (town[BY], town[KZ]):
        await node.reconciler.round()
    assert len(town[BY].loopback.asked) == asked
    assert town[KZ].loopback.asked == []
    assert len(await told(town[KZ], "reconciled")) == 1


async def test_a_day_that_differs_is_compared_every_day_up_to_the_deadline(town: Town) -> None:
    """Then it stays as it is."""
    await exchange(town, 1, 2)
    day = today(town)
    await forget(town[KZ], "k2@town")
    town.clock.advance(SECONDS_A_DAY + 3660)
    asked = []
    for _ in range(8):
        before = len(town[BY].loopback.asked)
        await town[BY].reconciler.round()
        await town[BY].reconciler.round()
        asked.append(len(town[BY].loopback.asked) > before)
        town.clock.advance(SECONDS_A_DAY)
    assert (await kept(town[BY], day)).state == DIFFERS
    assert len(await told(town[BY], "differs")) == 1
    assert len(await town[BY].store.days_with(KZ, day, 10)) == 1
    assert all(asked), "the days between are reconciled, though nothing was exchanged"
    assert (await kept(town[BY], day)).tried_at < town.clock.time - 3 * SECONDS_A_DAY * 1_000_000


async def test_a_day_signed_already_is_signed_again_where_a_late_message_has_come(town: Town) -> None:
    """Its receipt came after the first comparison."""
    await exchange(town, 1)
    day = today(town)
    town[KZ].loopback.fault = down("party:BY.GTK", code=ErrorCode.TIMED_OUT)
    await town[KZ].post(NORMAL, "late@town", to=(BY,))
    await town[KZ].deliver()
    town[KZ].loopback.fault = lambda _: None
    town.clock.advance(SECONDS_A_DAY + 3660)
    await town[BY].reconciler.round()
    await quiet(town)
    town.clock.advance(SECONDS_A_DAY)
    await town[BY].reconciler.round()
    await town[BY].reconciler.round()
    assert [leaf["day"] for leaf in await told(town[KZ], "reconciled")] == [
        day.isoformat(),
        day.isoformat(),
        (day + timedelta(days=1)).isoformat(),
    ]


async def test_a_partner_that_does_not_answer_is_asked_again_later(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in every round."""
    await exchange(town, 1)
    day, by = today(town), town[BY]
    town.clock.advance(SECONDS_A_DAY + 3660)
    by.loopback.fault = down("log:KZ.KGD")
    for _ in range(3):
        await by.reconciler.round()
    assert len([record for record in caplog.records if "could not be reconciled" in record.getMessage()]) == 1
    by.loopback.fault = lambda _: None
    town.clock.advance(61)
    await by.reconciler.round()
    assert (await kept(by, day)).state == RECONCILED


async def test_an_answer_that_is_none_changes_nothing(town: Town) -> None:
    """Another status, another text, another key: SendError, and the day stays open."""
    await exchange(town, 1)
    kz, day = town[KZ], today(town)
    answers = [
        Reply(503, b""),
        Reply(200, b"nonsense"),
        Reply(409, b"nonsense"),
        Reply(200, kz.settings.register.notary.signed("another text\n").bytes()),
    ]

    class Wrong:
        async def ask(self, *_: Any) -> Reply:
            return answers.pop()

    kz.reconciler._asker = Wrong()
    while answers:
        with pytest.raises(SendError):
            await ask(kz, day)
    assert (await kept(kz, day)).state == OPEN


async def test_a_partner_that_has_the_same_list_and_signs_nothing_leaves_the_day_open(town: Town) -> None:
    """As where messages came while it was compared: nothing differs that could be named."""
    await exchange(town, 1)
    kz, day = town[KZ], today(town)
    real = kz.reconciler._asker

    class Stubborn:
        async def ask(self, target: str, path: str, content: bytes, most: int) -> Reply:
            if not content.startswith(LIST.encode()):
                own = signed_rows(
                    LIST,
                    Account("kz.kgd.gateway/log", "by.gtk.gateway/log", day),
                    (),
                    kz.settings.register.notary.signer,
                )
                return replace(await real.ask(target, path, own, most), status=409)
            return await real.ask(target, path, content, most)

    kz.reconciler._asker = Stubborn()  # type: ignore[assignment]
    found = await ask(kz, day)
    assert (found.state, rows(kz, found)) == (OPEN, ())
    assert await told(kz, "differs") == []


async def test_an_account_that_is_none_is_refused(town: Town) -> None:
    """400 for what is not between the two, not over, not signed by the partner; 403 where it has no log."""
    await exchange(town, 1)
    by, kz = town[BY], town[KZ]
    party, notary = other(by).party, kz.settings.register.notary
    head = "by.gtk.gateway/log\nkz.kgd.gateway/log"
    tomorrow = today(town) + timedelta(days=1)
    account = Account("kz.kgd.gateway/log", "by.gtk.gateway/log", today(town))
    for content in (
        b"nonsense",
        notary.signed(f"reconciliation/v1\n{head}\n{tomorrow}\n").bytes(),
        by.settings.register.notary.signed(f"reconciliation/v1\n{head}\n{today(town)}\n").bytes(),
        signed_rows(LIST, account, (), by.settings.register.notary.signer),
    ):
        assert (await by.reconciler.answer(party, content)).status == 400
    assert (await by.reconciler.answer(replace(party, log=None), b"")).status == 403
    assert (await kept(by, today(town))).state == OPEN


async def test_comparing_goes_on_after_a_fault(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of the store is waited out."""
    monkeypatch.setattr("gateway.flow.reconcile.POLL", 0.001)
    calls = list[int]()

    async def first() -> dict[str, int]:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("disk")
        return {}

    reconciler = town[KZ].reconciler
    reconciler._store.first_days = first  # type: ignore[assignment,method-assign]
    with caplog.at_level(logging.ERROR):
        task = asyncio.create_task(reconciler.run())
        while len(calls) < 3:
            await asyncio.sleep(0.001)
        task.cancel()
    assert "tried again" in caplog.text
