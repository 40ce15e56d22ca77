"""`log verify`: every change to entries, tree or bodies is found and named; an untouched copy passes."""

import json
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.entry import entry
from gateway.core.evidence.note import CosignSigner, Note
from gateway.flow.audit import Verdict, verify
from gateway.flow.checks_of_holdings import delivery, envelope
from gateway.flow.checks_of_tree import Trusted, cosignature
from tests.house import sample
from tests.town import Node, Town

# What somebody with SQL at hand does, and what the verdict must say. Triggers are dropped first.
ATTACKS = {
    "an entry's leaf is rewritten": (
        "UPDATE log_entries SET body = CAST(replace(CAST(body AS TEXT), 'BY.GTK', 'BY.GTX') AS BLOB) WHERE id = 2",
        "its entry was changed",
    ),
    "an entry is no leaf any more": (
        "UPDATE log_entries SET body = x'ff' WHERE id < 9",
        "leaf 0: its entry was changed",
    ),
    "an entry is a leaf of other shapes": (
        'UPDATE log_entries SET body = CAST(\'{"attachments":1,"former":[],"receipt":{},"sent":[],"kind":[],"at":{}}\' AS BLOB)',
        "leaf 0: its entry was changed",
    ),
    "an entry has no end": (
        "UPDATE log_entries SET body = CAST(replace(hex(zeroblob(50000)), '00', '[') AS BLOB)",
        "leaf 0: its entry was changed",
    ),
    "an entry's kind is rewritten": ("UPDATE log_entries SET kind = 'ping' WHERE id = 1", "columns differ"),
    "an entry is deleted": ("DELETE FROM log_entries WHERE id = 2", "its entry is gone"),
    "a leaf is deleted": ("DELETE FROM log_leaves WHERE position = 1", "leaf 1: missing"),
    "the newest leaf is deleted": (
        "DELETE FROM log_leaves WHERE position = (SELECT max(position) FROM log_leaves)",
        "covers leaves that are gone",
    ),
    "an entry and its leaf are rewritten": (
        "UPDATE log_leaves SET hash = zeroblob(32) WHERE position = 1",
        "its root is not the root of the leaves",
    ),
    "an entry is hidden from the tree": ("DELETE FROM log_pending", "neither in the tree nor waiting"),
    "a tree head is rewritten": ("UPDATE log_heads SET root = zeroblob(32)", "its root is not"),
    "an entry that waits is rewritten": (
        "UPDATE log_entries SET body = CAST(replace(CAST(body AS TEXT), 'BY.GTK', 'BY.GTX') AS BLOB)"
        " WHERE id IN (SELECT entry FROM log_pending)",
        "which waits for its place: its entry was changed",
    ),
    "a checkpoint's signature is changed": (
        "UPDATE log_heads SET note = CAST(substr(CAST(note AS TEXT), 1, length(note) - 8) || 'AAAAAA==' || char(10) AS BLOB)",
        "its checkpoint cannot be read",
    ),
    "a checkpoint is another head's": (
        "UPDATE log_heads SET note = (SELECT note FROM log_heads LIMIT 1) WHERE size = 4",
        "its checkpoint says another size or root",
    ),
    "a checkpoint is of another origin": (
        "UPDATE log_heads SET note = CAST(replace(CAST(note AS TEXT), 'kz.kgd', 'kz.kdg') AS BLOB)",
        "tree heads of kz.kdg.gateway/log: no leaf says that the log was it",
    ),
    "a checkpoint is gone": (
        "UPDATE log_heads SET note = x'' WHERE size = 4",
        "has no checkpoint of the log's origin, but an earlier one has",
    ),
    "the newest head is gone": ("DELETE FROM log_heads WHERE size = 4", "leaves from 2 on: no tree head covers them"),
    "all checkpoints are gone": ("UPDATE log_heads SET note = x''", "one of 4 was published"),
    "newest leaves, heads and entries are deleted together": (
        "DELETE FROM log_pending; DELETE FROM log_heads WHERE size = 4; DELETE FROM log_leaves WHERE position > 1;"
        " DELETE FROM log_entries WHERE id > 2",
        "one of 4 was published: it is an older copy",
    ),
    "a cosignature is no signature line": (
        "INSERT INTO cosignatures VALUES (4, 'BY.GTK', 'cosigned', 1)",
        "cosignature of BY.GTK under tree head 4: a signature line that is not",
    ),
    "a cosigned head is gone": (
        "INSERT INTO cosignatures VALUES (3, 'BY.GTK', 'cosigned', 1)",
        "cosignature of BY.GTK under tree head 3: the head is gone",
    ),
    "a receipt is changed": ("UPDATE deliveries SET receipt = x'00' WHERE id = 1", "its receipt is not the one"),
    "a receipt is gone": ("UPDATE deliveries SET receipt = NULL WHERE id = 1", "its receipt is not the one"),
    "an envelope that was sent is changed": (
        "UPDATE deliveries SET pack = x'00' WHERE id = 1",
        "its envelope is not the one",
    ),
    "a confirmed delivery is opened again": (
        "UPDATE deliveries SET state = 'queued' WHERE id = 1",
        "delivered in the log, but its delivery says otherwise",
    ),
    "a delivery is confirmed by hand": (
        "UPDATE deliveries SET state = 'delivered'",
        "delivered, but the log does not say so",
    ),
    "a body is gone as if it were purged": ("UPDATE messages SET purged_at = 1", "removed, but no log entry says so"),
    "a body is changed": ("UPDATE bodies SET data = zeroblob(10) WHERE id = 1", "is not what its digest says"),
    "two bodies are swapped": (
        "UPDATE payloads SET body = CASE body WHEN 1 THEN 2 ELSE 1 END WHERE body IN (1, 2)",
        "is not what its digest says",
    ),
    "body and digest are changed together": (
        "UPDATE payloads SET body = (SELECT body FROM payloads WHERE message = 2),"
        " digest = (SELECT digest FROM payloads WHERE message = 2) WHERE message = 1",
        "names another digest",
    ),
    "a payload is deleted": ("DELETE FROM payloads WHERE message = 1", "it has not as many payloads as the log says"),
    "a message is deleted": ("DELETE FROM messages WHERE id = 1", "accepted in the log, but gone"),
    "a message's entry is deleted": ("DELETE FROM log_entries WHERE id = 1", "its log entry is gone"),
}


async def verdict_of(node: Node) -> Verdict:
    """The complete verdict."""
    return [found async for found in verify(node.real, node.settings.register)][-1]


@pytest.fixture
async def kz(town: Town) -> Node:
    """A log with a few entries in the tree and one that waits."""
    node = town["KZ.KGD"]
    await node.post(sample("valid/ProcessingResult--rejected"), "first@town", to=("BY.GTK",))
    await node.post(sample("valid/DocumentVerificationRequest--certificate-of-origin"), "second@town", to=("BY.GTK",))
    await node.sequence()
    await node.deliver()
    await node.sequence()
    await node.post(sample("valid/ProcessingResult--rejected"), "third@town", to=("BY.GTK",))
    return node


async def tamper(node: Node, statement: str) -> None:
    """SQL with every protection of the database taken away."""
    writer = node.real._engine._writer
    for (name,) in writer.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        writer.execute(f"DROP TRIGGER {name}")
    writer.execute("PRAGMA foreign_keys = OFF")
    writer.executescript(statement)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_every_attack_is_found_and_named(kz: Node, attack: str) -> None:
    """The fault says what was done, and where."""
    statement, expected = ATTACKS[attack]
    await tamper(kz, statement)
    verdict = await verdict_of(kz)
    assert not verdict.clean
    assert any(expected in fault for fault in verdict.faults), verdict.faults


async def test_an_untouched_log_passes(kz: Node) -> None:
    """The control: no fault, and the figures are those of the log."""
    await tamper(kz, "SELECT 1")
    verdict = await verdict_of(kz)
    assert verdict.clean
    assert (verdict.entries, verdict.bodies) == (4, 3)


async def test_all_faults_are_listed_not_just_the_first(kz: Node) -> None:
    """Two attacks, two faults."""
    await tamper(kz, ATTACKS["a body is changed"][0])
    await tamper(kz, ATTACKS["an entry's kind is rewritten"][0])
    assert len((await verdict_of(kz)).faults) >= 2


async def test_entries_get_their_places_in_batches_across_restarts(town: Town) -> None:
    """The tree goes on where its last head stood, whoever appends."""
    for number in range(5):
        await town["KZ.KGD"].post(sample("valid/ProcessingResult--rejected"), f"batch-{number}@town", to=("BY.GTK",))
        await town["KZ.KGD"].store.sequence(town.clock.now(), 2, town["KZ.KGD"].settings.register.notary.checkpoint)
        await town.reopen()
    verdict = await town["KZ.KGD"].check()
    assert (verdict.entries, verdict.heads.total()) == (5, 5)


NODE_ATTACKS = {
    "a node is changed": ("UPDATE log_nodes SET hash = zeroblob(32) WHERE number = 1", "node 1/1: is not the root"),
    "a node is gone": ("DELETE FROM log_nodes WHERE number = 0", "node 1/0: missing"),
    "a node is added": ("INSERT INTO log_nodes VALUES (2, 0, zeroblob(32))", "node 2/0: covers leaves that are gone"),
}


@pytest.fixture
async def long(town: Town) -> Node:
    """A log with two nodes."""
    node = town["KZ.KGD"]
    await node.real.append(*(entry("ping", node.clock.now(), node.clock.nonce()) for _ in range(600)))
    await node.sequence()
    return node


@pytest.mark.parametrize("attack", NODE_ATTACKS)
async def test_every_attack_on_a_node_is_found_and_named(long: Node, attack: str) -> None:
    """Partners get proofs made of them."""
    statement, expected = NODE_ATTACKS[attack]
    await tamper(long, statement)
    assert [fault for fault in (await verdict_of(long)).faults if expected in fault]


async def test_untouched_nodes_pass(long: Node) -> None:
    """The control."""
    assert ((await verdict_of(long)).nodes, (await verdict_of(long)).faults) == (2, [])


async def test_nodes_of_a_log_from_before_checkpoints_are_not_demanded(long: Node) -> None:
    """They are made at the next start; what is there is checked all the same."""
    anchor = long.real._anchor.path
    anchor.unlink()
    await tamper(long, "UPDATE log_heads SET note = x''; DELETE FROM log_nodes WHERE number = 0")
    assert (await verdict_of(long)).faults == []


@pytest.mark.parametrize("kind", ["ours", "another key's", "not its own"])
async def test_a_cosignature_by_the_partners_key_is_checked(long: Node, kind: str) -> None:
    """A line by a key that we do not know may be of an older witness of the partner; one by its key must hold."""
    theirs = Ed25519PrivateKey.generate()
    signer = CosignSigner("by.gtk.gateway/witness", theirs)
    head = [found async for found in long.real.each_head()][-1]
    text = Note.parse(head["note"]).text
    line = signer.sign(text if kind != "not its own" else text.replace("600", "601"), 1).line()
    known = CosignSigner(signer.name, Ed25519PrivateKey.generate() if kind == "another key's" else theirs)
    trusted = Trusted(long.settings.register.notary.signer.verifier, {"BY.GTK": known.verifier})
    row = {"party": "BY.GTK", "size": 600, "line": line, "note": head["note"]}
    assert (cosignature(row, trusted) == []) is (kind != "not its own")


def leafed(row: dict[str, object], *leaves: dict[str, object]) -> dict[str, object]:
    """A delivery's row with its log entries."""
    return {
        "message_id": "m",
        "target": "party:BY.GTK",
        "purged_at": 0,
        "leaves": json.dumps([entry(at=1, nonce=b"", **each).body.hex() for each in leaves]),
        **row,
    }


SENT, KEPT = sha256(b"sent").hexdigest(), sha256(b"receipt").hexdigest()
CONFIRMED = {"kind": "delivered", "target": "party:BY.GTK", "receipt": KEPT, "sent": SENT}


def test_an_envelope_secured_again_while_its_receipt_was_on_the_way_is_told_by_that_leaf() -> None:
    """The receipt is for the one before; the row has the one after it."""
    after = {"kind": "resecured", "sent": sha256(b"again").hexdigest()}
    assert delivery(leafed({"pack": b"again", "receipt": b"receipt"}, CONFIRMED, after)) == []
    assert delivery(leafed({"pack": b"again", "receipt": b"receipt"}, CONFIRMED)) != []


def test_a_delivery_from_before_envelopes_were_told_is_held_by_its_receipt() -> None:
    """Its leaf has no digest of what was sent."""
    older = {key: value for key, value in CONFIRMED.items() if key != "sent"}
    assert delivery(leafed({"pack": b"any", "receipt": b"receipt"}, older)) == []


def test_what_is_purged_is_gone_and_nothing_else() -> None:
    """Bytes that are there must still be the right ones; a receipt proves the delivery of what is gone, too."""
    gone = {"pack": None, "receipt": b"receipt", "purged_at": 1}
    assert delivery(leafed(gone, CONFIRMED)) == []
    assert len(delivery(leafed({**gone, "pack": b"other"}, CONFIRMED))) == 1
    assert len(delivery(leafed({**gone, "receipt": b""}, CONFIRMED))) == 1


@pytest.mark.parametrize(
    ("soap", "told", "right"),
    [(b"sent", SENT, True), (b"other", SENT, False), (None, SENT, False), (b"sent", None, False), (None, None, True)],
)
def test_a_kept_envelope_is_the_one_that_the_log_names(soap: bytes | None, told: str | None, *, right: bool) -> None:
    """Where it names one, there is one."""
    leaf = json.dumps({"envelope": told} if told else {}).encode()
    found = envelope({"message_id": "m", "purged_at": 0, "soap": soap, "leaf": leaf})
    assert (found == []) is right
    assert envelope({"message_id": "m", "purged_at": 1, "soap": None, "leaf": leaf}) == []


async def test_the_envelope_of_a_partner_is_held_by_the_receivers_log(town: Town) -> None:
    """As it came; without it, nobody could check the partner's signature again."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(sample("valid/ProcessingResult--rejected"), "came@town", to=("BY.GTK",))
    await kz.deliver()
    await by.check()
    for statement in ("UPDATE envelopes SET soap = x'00'", "DELETE FROM envelopes"):
        await tamper(by, statement)
        assert "message came@town: its envelope is not the one that the log names" in (await verdict_of(by)).faults


async def test_a_log_that_grows_meanwhile_passes(kz: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """`gateway log verify` runs beside a gateway: between any two of its looks there may be new entries, heads and receipts."""
    monkeypatch.setattr("gateway.store.sqlite_audit.PAGE", 2)
    monkeypatch.setattr("gateway.store.sqlite.PAGE", 2)
    count = 0
    async for verdict in verify(kz.real, kz.settings.register):
        assert verdict.faults == []
        count += 1
        if count < 12:
            await kz.post(sample("valid/ProcessingResult--rejected"), f"meanwhile-{count}@town", to=("BY.GTK",))
            await kz.deliver()
            await kz.sequence()
    assert (await verdict_of(kz)).entries > 24
