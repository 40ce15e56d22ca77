"""What a partner with its own keys may try through the log's edge, and what does not come of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.evidence import voids
from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.note import NoteSigner
from gateway.core.evidence.reconciliation import LIST, Account, signed_rows
from gateway.core.evidence.voids import Void
from gateway.core.message import Answer
from gateway.core.names import SECOND, Micros, PartyId
from gateway.flow.ports_days import RECONCILED
from gateway.store import sql_numbers
from tests.core.evidence import logs
from tests.flow.pairs import forked, leaves, offered
from tests.flow.reconciling import BY, KZ, NORMAL, SECONDS_A_DAY, ask, exchange, kept, other, today
from tests.flow.test_monitor import saw, serving, states
from tests.flow.witnessing import side
from tests.town import Town, down

FAR = Micros(999_999_999_999 * SECOND)  # the largest time that a void number may have: the year 33658


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Two gateways that know each other's logs, at the beginning of a UTC day."""
    found = Town(tmp_path, KZ, BY)
    await found.open()
    found.clock.advance(SECONDS_A_DAY - found.clock.time // SECOND % SECONDS_A_DAY)
    yield found
    await found.close()


async def void(town: Town, *numbers: int, at: Micros = FAR) -> int:
    """What BY answers to void numbers that KZ signs."""
    by, notary = town[BY], town[KZ].settings.register.notary
    note = notary.signed(voids.text(notary.origin, "by.gtk.gateway/log", [Void(n, "dropped", at) for n in numbers]))
    return (await by.numbers.hear(other(by).party, note.bytes())).status


async def test_a_void_number_from_the_far_future_stops_no_reconciliation(town: Town) -> None:
    """No calendar has that year; days are compared as ever."""
    assert await void(town, 1) == 200
    await town[KZ].post(NORMAL, "k1@town", to=(BY,))
    await town[KZ].deliver()
    day = today(town)
    town.clock.advance(SECONDS_A_DAY + 3660)
    await town[BY].reconciler.round()
    assert (await kept(town[BY], day)).state == RECONCILED


async def test_a_log_has_one_history_whatever_its_keeper_is_called(town: Town) -> None:
    """A party with another PartyId and the log of a former one goes on from what was cosigned for that."""
    by, (log, fork) = side(town, BY), forked(town[KZ], 3, 20)
    await offered(town, log, 0, 9)
    renamed = replace(by.sees(town[KZ]), id=PartyId("KZ.NEW"))
    for offer, status in ((fork.offer(0, 20), 409), (fork.offer(9, 20), 422), (log.offer(9, 20), 200)):
        assert (await by.desk.post(renamed, "/add-checkpoint", offer.bytes())).status == status


async def test_a_log_that_has_another_key_under_its_name_is_accused_of_no_fraud(town: Town) -> None:
    """It is not cosigned, and what is kept is called what it is: no proof."""
    by, (log, _) = side(town, BY), forked(town[KZ], 3, 20)
    await offered(town, log, 0, 9)
    anew = logs.Log(signer=NoteSigner(log.signer.name, Ed25519PrivateKey.generate())).grown(20, "anew")
    party = by.sees(town[KZ])
    assert party.log is not None
    party = replace(party, log=replace(party.log, key=anew.verifier))
    by.node.settings.register.parties[party.id] = party  # type: ignore[index]
    assert (await by.desk.post(party, "/add-checkpoint", anew.offer(9, 9).bytes())).status == 409
    assert (await by.desk.post(party, "/add-checkpoint", anew.offer(9, 20).bytes())).status == 422
    await saw(town, anew.note(9))
    by.ask.bend = serving(anew)
    await by.monitor.round()
    assert await leaves(by.node, "equivocation") == []
    assert {row["kind"] for row in await by.node.store.disputes(PartyId(KZ))} == {"inconsistent"}
    assert await offered(town, log, 9, 20) == (403, b"unsigned\n")


async def test_a_tree_that_nobody_can_show_hides_no_fork_behind_it(town: Town) -> None:
    """It is asked for, for a day; then the next ones are looked at."""
    by, (log, fork) = side(town, BY), forked(town[KZ], 3, 20)
    await offered(town, log, 0, 9)
    huge = log.signer.note(Checkpoint(log.signer.name, 1 << 40, bytes(32)).text()).bytes()
    await saw(town, huge)
    town.clock.advance(1)
    await saw(town, fork.note(9))
    by.ask.bend = lambda _target, _path, _answer: Answer(404, "", b"")
    for hours in (1, 24, 1):
        await by.monitor.round()
        town.clock.advance(hours * 3600)
    assert await states(by.node) == [("disputed", 9), ("disputed", 1 << 40)]
    assert [row["kind"] for row in await by.node.store.disputes(PartyId(KZ))] == ["inconsistent", "equivocation"]


async def test_a_day_before_there_were_accounts_is_not_kept(town: Town) -> None:
    """A partner could have two thousand years of empty days signed; a day of the accounts is (control)."""
    await exchange(town, 1)
    by, notary, head = town[BY], town[KZ].settings.register.notary, "by.gtk.gateway/log\nkz.kgd.gateway/log"
    week = today(town) - timedelta(days=6)
    for day, status in ((date(1, 1, 1), 400), (week, 400), (today(town) - timedelta(days=2), 200)):
        note = notary.signed(f"reconciliation/v1\n{head}\n{day}\n").bytes()
        assert (await by.reconciler.answer(other(by).party, note)).status == status, day
    assert len(await by.store.days_with(KZ, None, 10)) == 1


async def claimed(town: Town, *rows: str) -> int:
    """BY's answer to a list that KZ's key signs."""
    by, notary = town[BY], town[KZ].settings.register.notary
    account = Account(notary.origin, "by.gtk.gateway/log", today(town))
    content = signed_rows(LIST, account, rows, notary.signer)
    return (await by.reconciler.answer(other(by).party, content)).status


async def test_of_messages_that_a_partner_only_names_nothing_is_remembered(town: Town) -> None:
    """Only of those that it confirmed: a list has up to 16 MB, and there is one for each day."""
    await exchange(town, 1)
    rows = [f"by.gtk.gateway/log Type b{number}@town ?" for number in range(2, 100)]
    assert await claimed(town, "by.gtk.gateway/log DocumentVerificationRequest b1@town ?", *rows) == 200
    assert (await kept(town[BY], today(town))).marks == "? by.gtk.gateway/log DocumentVerificationRequest b1@town\n"


@pytest.mark.parametrize("digest", ["?", "!"])
async def test_a_sender_states_what_it_sent(town: Town, digest: str) -> None:
    """Else the text that both sign would not say it either; with the digest the list is taken (control)."""
    await exchange(town, 1)
    row = "kz.kgd.gateway/log DocumentVerificationRequest k1@town"
    assert await claimed(town, f"{row} {digest}") == 400
    assert await claimed(town, f"{row} {'0' * 64}") == 200


async def test_a_partner_does_not_fill_the_programs_logging(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """What it posts twenty times is told once in a while."""
    by = town[BY]
    party, desk = other(by).party, side(town, BY).desk
    for number in range(20):
        assert (await desk.post(party, "/add-checkpoint", b"nonsense %d" % number)).status == 400
        assert (await by.numbers.hear(party, b"nonsense %d" % number)).status == 400
        assert (await by.reconciler.answer(party, b"nonsense %d" % number)).status == 400
    assert len(caplog.records) == 3


async def test_a_partner_whose_numbers_begin_anew_is_told_of_once(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """In the program's logging; the delivery log has each of them."""
    kz = town[KZ]
    for number in range(3):
        await kz.post(NORMAL, f"k{number}@town", to=(BY,))
        await kz.deliver()
        await kz.real._engine.write(lambda database: database.execute("DELETE FROM sequences"))
    await town[BY].numbers.round()
    assert len(await leaves(town[BY], "number-reused")) == 2
    assert caplog.text.count("to two messages") == 1


async def test_messages_whose_numbers_were_given_before_are_compared_as_all_are(town: Town) -> None:
    """The sender lost what it had given; both sides have all messages of the day, and both say so."""
    kz = town[KZ]
    for number in range(3):
        await kz.post(NORMAL, f"k{number}@town", to=(BY,))
        await kz.deliver()
        await kz.real._engine.write(lambda database: database.execute("DELETE FROM sequences"))
    assert (await ask(kz, today(town))).state == RECONCILED
    await town[BY].numbers.round()
    assert [(leaf["first"], leaf["message_id"]) for leaf in await leaves(town[BY], "number-reused")] == [
        ("k0@town", "k1@town"),
        ("k0@town", "k2@town"),
    ]


async def test_days_that_nobody_answers_for_are_told_of_once(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """However often it is asked."""
    await exchange(town, 1)
    town[BY].loopback.fault = down(f"log:{KZ}")
    town.clock.advance(SECONDS_A_DAY + 3660)
    for _ in range(3):
        await town[BY].reconciler.round()
        town.clock.advance(3600)
    assert len(town[BY].loopback.asked) == 3
    assert caplog.text.count("could not be reconciled") == 1


@pytest.mark.parametrize("statement", ["GAPS_PAST", "CLOSED_GAPS", "UNTOLD_REUSES", "ANOTHER_CAME"])
async def test_however_many_numbers_are_missing_no_look_reads_them_all(town: Town, statement: str) -> None:
    """A partner makes a gap with each number that it leaves out; looks come every second, on the loop."""
    values = {"party": KZ, "before": 0, "sequence": 1, "message_id": ""}
    plan = await town[BY].real._engine.read_aside(
        lambda rows: rows.execute(f"EXPLAIN QUERY PLAN {getattr(sql_numbers, statement)}", values).fetchall()
    )
    steps = [row[3] for row in plan]
    assert not [step for step in steps if step.startswith("SCAN g") or "TEMP B-TREE" in step], steps
    expected = {
        "GAPS_PAST": "gaps_untold",
        "CLOSED_GAPS": "gaps_closed",
        "UNTOLD_REUSES": "reused_untold",
        "ANOTHER_CAME": "arrivals_first",
    }
    assert any(expected[statement] in step for step in steps), steps


async def test_a_gap_is_found_around_a_number_beside_others(town: Town) -> None:
    """Every number that was left out, in any order, and twice, comes to the same."""
    assert await void(town, 1, 5, 9, 20, at=Micros(0)) == 200
    for number in (3, 7, 7, 9, 12, 19, 2):
        assert await void(town, number, at=Micros(0)) == 200
    (row,) = await town[BY].store.numbers()
    assert [(gap["first"], gap["last"]) for gap in row["gaps"]] == [(4, 4), (6, 6), (8, 8), (10, 11), (13, 18)]


@pytest.mark.parametrize("status", [302, 401, 403, 429, 503])
async def test_who_stands_before_a_log_accuses_nobody(town: Town, status: int) -> None:
    """A proxy, or an edge that does not know us yet: asked again later, nothing is held against the log."""
    by, (log, _) = side(town, BY), forked(town[KZ], 3, 20)
    await offered(town, log, 0, 9)
    await saw(town, log.note(20))
    by.ask.bend = lambda _target, _path, _answer: Answer(status, "", b"")
    assert await by.monitor.round() == 0
    assert await by.node.store.disputes(PartyId(KZ)) == []
    by.ask.bend = serving(log)
    town.clock.advance(3600)
    assert await by.monitor.round() == 1
