"""What partners are shown of our log: hashes to all, a leaf to its sides alone, each look written down first."""

import base64
import json
from dataclasses import replace

import pytest

from gateway.core import tree
from gateway.core.entry import entry
from gateway.core.evidence.checkpoint import opened
from gateway.core.evidence.proofs import made, root_spans, verify_inclusion
from gateway.core.evidence.tiles import tiles
from gateway.core.names import PartyId
from gateway.flow.log_desk import is_side
from tests.flow.pairs import busy, leaves
from tests.flow.witnessing import Side, side
from tests.town import Town


@pytest.fixture
async def kz(town: Town) -> Side:
    """KZ, that has sent to BY and to RU."""
    await busy(town["KZ.KGD"], 1)
    await busy(town["KZ.KGD"], 2, to="RU.FTS")
    return side(town, "KZ.KGD")


async def test_the_tiles_make_the_published_root(town: Town, kz: Side) -> None:
    """Every tile of the tree, whole and partial; nothing that is not in it."""
    party = kz.sees(town["BY.GTK"])
    published = await kz.desk.get(party, "/checkpoint")
    head, _ = opened(published.body, kz.node.settings.register.notary.signer.verifier)
    held = {each: (await kz.desk.get(party, f"/{each.path}")).body for each in tiles(head.size)}
    assert made(root_spans(head.size), head.size, held) == (head.root,)
    for path in ("/tile/0/000", "/tile/0/000.p/3", "/tile/1/000.p/1", "/tile/0/0", "/tile/entries/000", "/tile/8/000"):
        assert (await kz.desk.get(party, path)).status == 404, path


async def test_a_leaf_is_shown_to_its_sides_with_its_proof(town: Town, kz: Side) -> None:
    """As a C2SP tlog-proof; who looks is in the log before the answer."""
    by = kz.sees(town["BY.GTK"])
    answer = await kz.desk.get(by, "/entry/0")
    head, _, note = answer.body.partition(b"\n\n")
    first, extra, index, *hashes = head.decode().split("\n")
    leaf = base64.b64decode(extra.removeprefix("extra "))
    checkpoint, _ = opened(note, kz.node.settings.register.notary.signer.verifier)
    assert (first, index, checkpoint.size) == ("c2sp.org/tlog-proof@v1", "index 0", 2)
    proof = [base64.b64decode(each) for each in hashes]
    assert verify_inclusion(tree.leaf_hash(leaf), 0, checkpoint.size, proof, checkpoint.root)
    assert json.loads(leaf)["recipient"] == "BY.GTK"
    (look,) = await leaves(kz.node, "looked")
    assert (look["who"], look["what"]) == ("party:BY.GTK", "GET /log/entry/0")
    assert look["message_id"] == json.loads(leaf)["message_id"]


@pytest.mark.parametrize("index", ["1", "2", "99", "-1", "00", "", "x", "1" * 16, "٠", "0/"])
async def test_nobody_else_learns_whether_there_is_a_leaf(town: Town, kz: Side, index: str) -> None:
    """The same 404 for another's entry, for none and for nonsense; nothing was shown, so there is no look."""
    by = kz.sees(town["BY.GTK"])
    nothing = await kz.desk.get(by, "/nothing")
    assert await kz.desk.get(by, f"/entry/{index}") == nothing
    assert nothing.status == 404
    assert await leaves(kz.node, "looked") == []


async def test_an_entry_without_a_message_leaves_a_look_too(town: Town, kz: Side) -> None:
    """Where a party is a side of it."""
    await kz.node.store.append(entry("signalled", town.clock.now(), town.clock.nonce(), sender="BY.GTK"))
    await kz.node.sequence()
    assert (await kz.desk.get(kz.sees(town["BY.GTK"]), "/entry/2")).status == 200
    assert [leaf["what"] for leaf in await leaves(kz.node, "looked")] == ["GET /log/entry/2"]


async def test_an_empty_log_has_nothing_to_show(town: Town) -> None:
    """404 until there is a checkpoint."""
    by, kz = side(town, "BY.GTK"), town["KZ.KGD"]
    for path in ("/checkpoint", "/entry/0", "/tile/0/000.p/1"):
        assert (await by.desk.get(by.sees(kz), path)).status == 404


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"kind": "accepted", "recipient": "BY.GTK"}, True),
        ({"kind": "received", "sender": "BY.GTK"}, True),
        ({"kind": "delivered", "sender": "KZ.KGD", "recipient": "BY.GTK", "delivery": "partner"}, True),
        ({"kind": "delivered", "sender": "KZ.KGD", "recipient": "RU.FTS", "delivery": "partner"}, False),
        ({"kind": "failed", "sender": "BY.GTK", "recipient": "KZ.KGD", "delivery": "push"}, False),
        ({"kind": "refused", "sender": "BY.GTK", "edge": "partner"}, True),
        ({"kind": "refused", "sender": "BY.GTK", "edge": "national"}, False),  # one of our systems named it
        ({"kind": "inbox-read", "sender": "BY.GTK"}, False),
        ({"kind": "equivocation", "party": "BY.GTK"}, False),
        ({"kind": "started"}, False),
    ],
)
def test_what_happens_behind_our_own_door_is_no_partners_matter(
    kz: Side, facts: dict[str, str], *, shown: bool
) -> None:
    """Sender and recipient see what happened between the gateways."""
    party = replace(kz.node.settings.register.own, id=PartyId("BY.GTK"))
    assert is_side(party, json.dumps(facts).encode()) is shown
