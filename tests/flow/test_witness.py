"""Partners cosign each other's checkpoints: what is durable when, and what a fork, a repeat or two at once come to."""

import asyncio

import pytest

from gateway.core.evidence.checkpoint import opened
from gateway.core.evidence.dispute import Dispute, Weight, weigh
from gateway.core.evidence.note import Note
from gateway.core.evidence.witness import Offer
from gateway.core.names import PartyId
from gateway.flow.ports_witness import Log
from tests.core.evidence import logs
from tests.flow.pairs import DOCUMENT, busy, forked, leaves, offered, town
from tests.flow.witnessing import Side, side
from tests.town import Town

__all__ = ["town"]

KZ, BY = PartyId("KZ.KGD"), PartyId("BY.GTK")


@pytest.fixture
async def kz(town: Town) -> Side:
    """KZ, with two checkpoints."""
    await busy(town["KZ.KGD"], 1, 2)
    return side(town, "KZ.KGD")


async def test_a_partner_cosigns_what_is_new_and_the_published_checkpoint_bears_it(town: Town, kz: Side) -> None:
    """The cosignature is by the partner's witness key, over the newest head; with nothing new nobody is asked."""
    by = town["BY.GTK"]
    assert await kz.cosigner.round() == 1
    assert await kz.cosigner.round() == 0
    town.clock.advance(10)
    assert await kz.cosigner.round() == 0  # nothing new

    published = (await kz.desk.get(kz.sees(by), "/checkpoint")).body
    key, witness = kz.node.settings.register.notary.signer.verifier, by.settings.register.notary.witness.verifier
    head, note = opened(published, key)
    assert head.size == 2
    assert witness.signature_of(note) is not None
    (known,) = await by.store.known(Log(KZ, key.name))
    assert (known.size, known.root) == (head.size, head.root)

    await busy(kz.node, 3)
    assert await kz.cosigner.round() == 1
    assert await kz.node.store.last_cosigned(BY) == 3


async def test_cosigning_makes_no_entry_so_that_two_logs_come_to_rest(town: Town, kz: Side) -> None:
    """Else each cosignature would be something new to cosign."""
    by = side(town, "BY.GTK")
    await town["BY.GTK"].post(DOCUMENT, "b-1@town", to=("KZ.KGD",))
    await town["BY.GTK"].sequence()
    for _ in range(3):
        await kz.cosigner.round()
        await by.cosigner.round()
        town.clock.advance(10)
        await kz.node.sequence()
        await by.node.sequence()
    before = len(kz.ask.asked) + len(by.ask.asked)
    assert before == 2
    await kz.cosigner.round()
    await by.cosigner.round()
    assert len(kz.ask.asked) + len(by.ask.asked) == before


async def test_what_was_cosigned_outlives_a_restart_of_both(town: Town, kz: Side) -> None:
    """The next offer starts from it."""
    await kz.cosigner.round()
    await town.reopen()
    again = side(town, "KZ.KGD")
    assert await again.cosigner.round() == 0
    await busy(again.node, 3)
    await again.cosigner.round()
    assert again.ask.asked == [("log:BY.GTK", "/add-checkpoint")]
    assert await again.node.store.last_cosigned(BY) == 3


async def test_who_asks_again_gets_the_cosignature_again(town: Town) -> None:
    """The answer was lost: first the size is told, then the same checkpoint is cosigned anew."""
    log, _ = forked(town["KZ.KGD"], 3, 9)
    assert (await offered(town, log, 0, 9))[0] == 200
    assert await offered(town, log, 0, 9) == (409, b"9\n")
    status, body = await offered(town, log, 9, 9)
    assert status == 200
    note = Note.parse(log.head(9).text().encode() + b"\n" + body)
    assert town["BY.GTK"].settings.register.notary.witness.verifier.signature_of(note) is not None


async def test_of_two_who_ask_at_once_one_is_judged_by_what_the_other_left(town: Town) -> None:
    """Never is a smaller tree cosigned after a larger one, nor two roots of one size."""
    log, fork = forked(town["KZ.KGD"], 3, 9)
    found = await asyncio.gather(*(offered(town, each, 0, new) for each in (log, fork) for new in (7, 9)))
    assert sorted(status for status, _ in found) == [200, 409, 409, 409]
    (known,) = await town["BY.GTK"].store.known(Log(KZ, log.signer.name))
    assert known.size == 7
    assert known.root == log.head(7).root


async def test_two_roots_of_one_size_are_kept_as_proof_of_fraud(town: Town) -> None:
    """409; told once, and weighed by anybody who has the key; the log that goes on is cosigned (control)."""
    by, (log, fork) = town["BY.GTK"], forked(town["KZ.KGD"], 3, 20)
    await offered(town, log, 0, 9)
    for _ in range(3):
        assert await offered(town, fork, 9, 9) == (409, b"9\n")
    assert (await offered(town, log, 9, 20))[0] == 200

    (row,) = await by.store.disputes(KZ)
    assert row["kind"] == "equivocation"
    assert weigh(Dispute(row["first"], row["second"]), log.verifier) is Weight.FORKED
    (leaf,) = await leaves(by, "equivocation")
    assert (leaf["party"], leaf["size"], leaf["other_size"]) == ("KZ.KGD", 9, 9)
    await by.check()


async def test_a_proof_that_joins_another_beginning_is_proof_of_fraud_by_itself(town: Town) -> None:
    """422: the proof leads to the new root, from a root of the old size that the log did not sign."""
    by, (log, fork) = town["BY.GTK"], forked(town["KZ.KGD"], 3, 20)
    await offered(town, log, 0, 9)
    assert (await offered(town, fork, 9, 20))[0] == 422

    (row,) = await by.store.disputes(KZ)
    file = b"dispute/v1\n" + row["proof"] + b"\n" + row["first"] + b"\n" + row["second"]
    assert weigh(Dispute.of(file), log.verifier) is Weight.REWRITTEN


async def test_a_proof_that_shows_nothing_is_kept_and_demanded_again(town: Town) -> None:
    """422, told once; no proof of fraud: with the proof the same checkpoint is cosigned."""
    by, (log, _) = town["BY.GTK"], forked(town["KZ.KGD"], 3, 20)
    await offered(town, log, 0, 9)
    desk, party = side(town, "BY.GTK").desk, by.settings.register.parties[KZ]
    for _ in range(2):
        answer = await desk.post(party, "/add-checkpoint", Offer(9, (bytes(32),), log.note(20)).bytes())
        assert answer.status == 422
    assert [row["kind"] for row in await by.store.disputes(KZ)] == ["inconsistent"]
    assert len(await leaves(by, "inconsistent")) == 1
    assert (await offered(town, log, 9, 20))[0] == 200


async def test_an_unproven_first_offer_accuses_nobody(town: Town) -> None:
    """Nothing was cosigned that it could contradict."""
    by, (log, _) = town["BY.GTK"], forked(town["KZ.KGD"], 3, 9)
    party = by.settings.register.parties[KZ]
    answer = await side(town, "BY.GTK").desk.post(party, "/add-checkpoint", Offer(0, (bytes(32),), log.note(9)).bytes())
    assert (answer.status, await by.store.disputes(KZ)) == (422, [])


async def test_only_a_partners_own_log_is_witnessed(town: Town) -> None:
    """Under the key in its file: another origin is unknown, another key no signature, an offer has its form."""
    by = side(town, "BY.GTK")
    party = by.sees(town["KZ.KGD"])
    own = logs.Log(signer=by.node.settings.register.notary.signer).grown(3)
    for body, status in ((own.offer(0, 3).bytes(), 404), (b"old", 400)):
        assert (await by.desk.post(party, "/add-checkpoint", body)).status == status
    assert (await by.desk.post(party, "/nothing", b"")).status == 404
    assert await by.node.store.known(Log(KZ, own.signer.name)) == []


async def test_a_partner_without_a_log_is_witnessed_by_nobody_and_asked_nothing(town: Town) -> None:
    """As before there were any."""
    for name, other in (("KZ.KGD", "BY.GTK"), ("BY.GTK", "KZ.KGD")):
        path = town[name].house.folder / "parties" / f"{other}.toml"
        path.write_text(path.read_text().partition("[log]")[0])
    await town.reopen()
    kz, by = side(town, "KZ.KGD"), side(town, "BY.GTK")
    await busy(kz.node, 1)
    assert await kz.cosigner.round() == 0
    log, _ = forked(kz.node, 1, 2)
    assert (await by.desk.post(by.sees(kz.node), "/add-checkpoint", log.offer(0, 2).bytes())).status == 404
    await kz.node.deliver()
    assert b"Checkpoint" not in town.sent[-1][2]
