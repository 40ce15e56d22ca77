"""Each day both sides sign one text about what they delivered to each other, or each the list of differences."""

import asyncio
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.evidence.note import Note
from gateway.core.evidence.reconciliation import (
    delivered_digest,
)
from gateway.flow.ports_days import DIFFERS, RECONCILED
from tests.flow.faulty import tell_by_signals
from tests.flow.pairs import leaves
from tests.flow.reconciling import (
    BY,
    KZ,
    NORMAL,
    ask,
    exchange,
    forget,
    kept,
    rows,
    strip_on_arrival,
    today,
    town,
)
from tests.flow.test_intake import lift
from tests.house import sample
from tests.town import Town, down, quiet

__all__ = ["town"]


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
        (leaf,) = await leaves(node, "reconciled")
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
        (leaf,) = await leaves(node, "differs")
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
        assert len(await leaves(town[BY], "refused")) == 1
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
    assert len(await leaves(town[BY], "reconciled")) == 2


async def test_asking_again_about_what_is_signed_adds_nothing(town: Town) -> None:
    """The same note, no second entry."""
    await exchange(town, 1)
    for asker in (KZ, BY, KZ):
        assert (await ask(town[asker], today(town))).state == RECONCILED
    for node in (town[KZ], town[BY]):
        assert len(await leaves(node, "reconciled")) == 1


async def test_both_sides_may_ask_at_once(town: Town) -> None:
    """Neither waits for the other."""
    await exchange(town, 1)
    found = await asyncio.gather(ask(town[KZ], today(town)), ask(town[BY], today(town)))
    assert [day.state for day in found] == [RECONCILED, RECONCILED]
    assert len(await leaves(town[KZ], "reconciled")) == 1
