"""The store's contract, on a real file."""

import os
from hashlib import sha256

import pytest

from gateway.api import answers
from gateway.core.errors import Rejected
from gateway.core.message import Peer, Received, Stated, payload
from gateway.core.names import SECOND, Edge, MessageId, Micros, PartyId
from gateway.store import intake, sqlite
from tests.house import sample
from tests.town import SYSTEM, Town

DOCUMENT = sample("valid/DocumentVerificationResponse--confirmed")


async def rows(town: Town, table: str) -> int:
    """How many rows KZ's table has."""
    return int(town["KZ.KGD"].real._engine.read(lambda db: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]))  # noqa: S608


async def post_large(town: Town, content: bytes) -> None:
    """A message with an attachment that is too large for one transaction."""
    kz = town["KZ.KGD"]
    received = Received(
        Edge.NATIONAL,
        Peer(token=sha256(kz.house.token.encode()).digest()),
        DOCUMENT,
        "application/xml",
        MessageId("fresh@town"),
        Stated(MessageId("large@town"), recipients=(PartyId("BY.GTK"), PartyId("RU.FTS"))),
        (payload("attachment-1@gateway", "application/pdf", content, "act.pdf"),),
    )
    await kz.intake.accept(received, answers.accepted)


async def test_a_large_attachment_goes_through_in_chunks_and_arrives_whole(town: Town) -> None:
    """It is staged, kept once for both recipients, sent, and equal to its digest in the inbox."""
    content = os.urandom(3 * intake.CHUNK)
    await post_large(town, content)
    assert await rows(town, "bodies WHERE staged_at > 0") == 0
    assert await rows(town, "bodies") == 2, "one document and one attachment, shared by both messages"
    await town["KZ.KGD"].deliver()
    (item,) = await town["BY.GTK"].desk.lease(SYSTEM, 1, 60, 0)
    _, contents = await town["BY.GTK"].desk.read(SYSTEM, item.item, item.lease)
    assert sha256(contents[1].content).digest() == sha256(content).digest()
    assert contents[1].part.name == "act.pdf"


async def test_staged_bodies_that_nobody_refers_to_are_swept(town: Town) -> None:
    """After an hour; not before, because their commit may still come."""
    kz = town["KZ.KGD"]
    now = town.clock.now()
    await kz.real._stage(os.urandom(intake.CHUNK + 1), now)
    assert await kz.store.sweep(now) == 0
    assert await kz.store.sweep(Micros(now + 3601 * SECOND)) == 1
    assert await rows(town, "chunks") == 0


async def test_at_the_start_staged_bodies_are_swept_however_young(town: Town) -> None:
    """The process that staged them is gone; forty chunks go in three small transactions, kept ones stay."""
    kz = town["KZ.KGD"]
    await post_large(town, os.urandom(2 * intake.CHUNK))
    now = town.clock.now()
    await kz.real._stage(os.urandom(40 * intake.CHUNK), now)
    assert await kz.store.sweep_all(Micros(now + 1)) == 1
    assert await rows(town, "bodies") == 2
    assert await rows(town, "chunks") == 3


async def test_a_body_that_was_swept_is_neither_continued_nor_referred_to(town: Town) -> None:
    """The upload that took longer than the sweeper's patience is told to come again."""
    kz = town["KZ.KGD"]
    now = town.clock.now()
    body = await kz.store.stage(0, 0, b"chunk", now)
    await kz.store.sweep_all(Micros(now + 1))
    with pytest.raises(Rejected, match="GW:7002"):
        await kz.store.stage(body, 1, b"chunk", now)


async def test_business_ids_find_their_message(town: Town) -> None:
    """By the declaration's number, as people write it."""
    kz = town["KZ.KGD"]
    await kz.post(sample("valid/TransitReleaseNotice--only-what-is-mandatory"), "found@town", to=("BY.GTK",))
    ids = kz.real._engine.read(lambda db: [tuple(row) for row in db.execute("SELECT name, value FROM business_ids")])
    declaration = next(value for name, value in ids if name == "declaration")
    assert declaration.count("/") == 2
    (row,) = await kz.store.messages({"business_id": declaration}, 10)
    assert row["message_id"] == "found@town"
    assert await kz.store.messages({"business_id": declaration, "type": "ProcessingResult"}, 10) == []


async def test_stored_pages_never_cut_a_message_in_half(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the page, every payload is seen once."""
    for number in range(5):
        await post_with_id(town, number)
    monkeypatch.setattr(sqlite, "PAGE", 3)
    seen = [(row["id"], row["position"]) async for row in town["KZ.KGD"].store.stored()]
    assert len(seen) == len(set(seen)) == 5


async def post_with_id(town: Town, number: int) -> None:
    """One more message."""
    await town["KZ.KGD"].post(DOCUMENT, f"page-{number}@town", to=("BY.GTK",))
