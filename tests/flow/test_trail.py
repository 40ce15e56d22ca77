"""The access trail: a look is written down before it is answered, once in a while, and without what was searched for."""

import json
from typing import Any

import pytest

from gateway.flow import trail
from gateway.flow.trail import QUIET, Look, Trail
from tests.town import Node, Town

ALICE, BOB = (Look(f"operator:{name}", "gateway messages") for name in ("alice", "bob"))


async def leaves(node: Node) -> list[dict[str, Any]]:
    """Every look in the log, oldest first."""
    return [json.loads(row["body"]) for row in reversed(await node.store.entries("", "looked", 1000))]


async def test_a_look_is_in_the_log_with_who_what_and_which_message(town: Town) -> None:
    """One message is found by its id; several stand in one entry."""
    kz = town["KZ.KGD"]
    looks = Trail(kz.store, town.clock)
    await looks.looked(ALICE, ["one@kz"])
    await looks.looked(ALICE, ["two@kz", "three@kz", "two@kz"])
    one, two = await leaves(kz)
    assert (one["who"], one["what"], one["message_id"]) == ("operator:alice", "gateway messages", "one@kz")
    assert (two["message_ids"], "message_id" in two) == (["two@kz", "three@kz"], False)
    assert [row["message_id"] for row in await kz.store.entries("one@kz", "looked", 10)] == ["one@kz"]
    await kz.check()


async def test_the_same_look_is_written_once_in_ten_minutes(town: Town) -> None:
    """Another caller, another message or another command is another look; after ten minutes it is one again."""
    kz = town["KZ.KGD"]
    looks = Trail(kz.store, town.clock)
    other = Look(ALICE.who, "gateway log show")
    for look, name in ((ALICE, "one@kz"), (ALICE, "one@kz"), (BOB, "one@kz"), (ALICE, "two@kz"), (other, "one@kz")):
        await looks.looked(look, [name])
    assert len(await leaves(kz)) == 4
    town.clock.advance(QUIET / 1_000_000)
    await looks.looked(ALICE, ["one@kz"])
    assert len(await leaves(kz)) == 5


async def test_a_search_names_its_filters_and_never_their_values(town: Town) -> None:
    """A search without a find is a look; a list that is empty is none."""
    kz = town["KZ.KGD"]
    looks = Trail(kz.store, town.clock)
    await looks.looked(Look("operator:alice", "gateway messages", ("type", "business_id")), [])
    await looks.looked(ALICE, [])
    (leaf,) = await leaves(kz)
    assert (leaf["filters"], "message_ids" in leaf) == (["business_id", "type"], False)


async def test_a_long_list_is_written_whole(town: Town) -> None:
    """In entries of a bounded size, in one commit."""
    kz, names = town["KZ.KGD"], [f"{number}@kz" for number in range(250)]
    await Trail(kz.store, town.clock).looked(ALICE, names)
    found = await leaves(kz)
    assert [len(leaf["message_ids"]) for leaf in found] == [100, 100, 50]
    assert [name for leaf in found for name in leaf["message_ids"]] == names


async def test_what_cannot_be_written_down_is_not_remembered(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller gets the fault instead of the messages, and the next try writes it."""
    kz = town["KZ.KGD"]
    looks, append = Trail(kz.store, town.clock), kz.store.append

    async def full(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(kz.store, "append", full)
    with pytest.raises(OSError, match="full"):
        await looks.looked(ALICE, ["one@kz"])
    monkeypatch.setattr(kz.store, "append", append)
    await looks.looked(ALICE, ["one@kz"])
    assert len(await leaves(kz)) == 1


async def test_the_memory_of_looks_is_bounded(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten, and written again."""
    monkeypatch.setattr(trail, "REMEMBERED", 2)
    kz = town["KZ.KGD"]
    looks = Trail(kz.store, town.clock)
    for name in ("1@kz", "2@kz", "3@kz", "3@kz", "1@kz"):
        await looks.looked(ALICE, [name])
    assert [leaf["message_id"] for leaf in await leaves(kz)] == ["1@kz", "2@kz", "3@kz", "1@kz"]
