"""`messages` and `log`: finding a message, showing and verifying the delivery log."""

import sqlite3

import pytest

from gateway.cli.log import _codes
from gateway.cli.output import DONE, FOUND
from gateway.core.tree import leaf_hash
from tests.api.edge import TRN, Service, change, rows
from tests.cli.command import Ended, beside, gateway
from tests.house import House, eventually

DECLARATION = "11216413/2026-03-11/0004518"


@pytest.fixture
async def stopped(pair: tuple[House, House]) -> House:
    """KZ has accepted two messages and stopped; BY was never there."""
    house = pair[0]
    async with house.running() as running, house.client() as client:
        kz = Service(house, running, client)
        await kz.accepted(TRN, message_id="one-1@kz.example", conversation_id="talk")
        await kz.accepted("valid/ProcessingResult--rejected", message_id="two-1@kz.example")
        await eventually(lambda: not kz.rows("SELECT 1 FROM log_pending"))
    return house


async def ask(house: House, *command: str) -> Ended:
    """A question to the house's database, as JSON."""
    return await beside(*command, "--json", "--config", house.folder)


async def test_a_message_is_found_by_declaration_vehicle_and_filter(stopped: House) -> None:
    """--find takes the ids that the agreement indexes; the other filters narrow, together they must all hold."""
    for chosen in (("--find", DECLARATION), ("--find", "AK 4417-7"), ("--type", "TransitReleaseNotice"),
                   ("--conversation", "talk"), ("--message-id", "one-1@kz.example")):  # fmt: skip
        found = await ask(stopped, "messages", *chosen)
        assert (found.code, [row["message_id"] for row in found.json]) == (DONE, ["one-1@kz.example"]), chosen
    both = await ask(stopped, "messages", "--to", "BY.GTK", "--state", "queued", "--from", "KZ.KGD")
    assert [row["message_id"] for row in both.json] == ["two-1@kz.example", "one-1@kz.example"]
    assert (await ask(stopped, "messages", "--find", DECLARATION, "--type", "ProcessingResult")).json == []
    assert (await ask(stopped, "messages", "--find", "x' OR 1=1 --")).json == []
    assert len((await ask(stopped, "messages", "--limit", "1")).json) == 1


async def test_conversations_are_found_and_shown(stopped: House) -> None:
    """By state, partner, type; one with its history, by any of its messages' ids; nothing is late yet."""
    (found,) = (await ask(stopped, "conversations", "list", "--with", "BY.GTK", "--type", "TransitReleaseNotice")).json
    assert (found["conversation_id"], found["state"], found["awaits"], found["awaited_from"]) == (
        "talk", "opened", "received", "BY.GTK",
    )  # fmt: skip
    assert (await ask(stopped, "conversations", "list", "--state", "completed")).json == []
    assert (await ask(stopped, "conversations", "list", "--late")).json == []
    (shown,) = (await ask(stopped, "conversations", "show", "one-1@kz.example")).json
    assert [(row["message_id"], row["as"], row["delivery"]) for row in shown["messages"]] == [
        ("one-1@kz.example", "first message", "queued"),
    ]  # fmt: skip
    readable = await beside("conversations", "show", "talk", "--config", stopped.folder)
    assert (readable.code, "first message" in readable.out) == (DONE, True)
    assert (await ask(stopped, "conversations", "show", "nothing")).code == FOUND
    cancelled = await ask(stopped, "conversations", "cancel", "talk", "--why", "test")
    assert (cancelled.code, cancelled.json[0]["after"]) == (DONE, "cancelled")
    assert (await ask(stopped, "conversations", "cancel", "talk", "--why", "test")).code == FOUND


async def test_the_log_is_shown_with_its_leaves(stopped: House) -> None:
    """Newest first, each with index and hash; chosen by MessageId and kind."""
    shown = (await ask(stopped, "log", "show")).json
    assert [row["kind"] for row in shown if row["kind"] in {"started", "accepted", "stopped"}] == [
        "stopped", "accepted", "accepted", "started",
    ]  # fmt: skip
    assert [row["index"] for row in shown if row["kind"] == "accepted"] == [2, 1]
    (one,) = (await ask(stopped, "log", "show", "--message-id", "one-1@kz.example", "--kind", "accepted")).json
    assert (one["type"], len(one["hash"]), len(one["nonce"])) == ("TransitReleaseNotice", 64, 32)


async def test_a_clean_log_verifies(stopped: House) -> None:
    """Exit 0, with the numbers and the root; the readable form says so, too."""
    found = await ask(stopped, "log", "verify")
    assert (found.code, found.json["faults"], found.json["bodies"]) == (DONE, [], 2)
    assert len(found.json["root"]) == 64
    people = await beside("log", "verify", "--config", stopped.folder)
    assert (people.code, "no fault found" in people.out) == (DONE, True)


def tamper(house: House, statement: str) -> None:
    """Somebody with the database file drops the triggers and changes rows."""
    database = sqlite3.connect(house.folder / "data" / "gateway.sqlite3")
    with database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        assert database.execute(statement).rowcount > 0
    database.close()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE log_entries SET body = CAST(replace(CAST(body AS TEXT), 'BY.GTK', 'RU.FTS') AS BLOB) WHERE message_id LIKE 'one%'", "leaf 1: its entry was changed"),
        ("UPDATE log_entries SET kind = 'ping' WHERE message_id LIKE 'one%'", "leaf 1: the entry's columns differ"),
        ("UPDATE log_entries SET message_id = 'x' WHERE message_id LIKE 'two%'", "leaf 2: the entry's columns differ"),
        ("UPDATE log_entries SET at = at + 86400000000 WHERE message_id LIKE 'one%'", "leaf 1: the entry's columns differ"),
        ("DELETE FROM messages WHERE message_id LIKE 'one%'", "message one-1@kz.example: accepted in the log, but gone"),
        ("DELETE FROM log_leaves WHERE position = 1", "leaf 1: missing"),
        ("UPDATE log_leaves SET hash = zeroblob(32) WHERE position = 1", "leaf 1: its entry was changed"),
        ("DELETE FROM log_entries WHERE message_id LIKE 'one%'", "leaf 1: its entry is gone"),
        ("UPDATE log_heads SET root = zeroblob(32)", "its root is not the root of the leaves"),
        ("UPDATE payloads SET digest = zeroblob(32) WHERE message = 1", "message one-1@kz.example payload 0: the log entry names another digest"),
        ("UPDATE bodies SET data = zeroblob(10) WHERE id = 2", "message two-1@kz.example payload 0: the stored body is not"),
        ("UPDATE bodies SET data = NULL WHERE id = 1", "message one-1@kz.example payload 0: the stored body is not"),
        ("INSERT INTO log_entries (kind, at, message_id, body, hash) SELECT kind, at, message_id, body, hash FROM log_entries LIMIT 1", "neither in the tree nor waiting for it"),
    ],
    ids=["entry", "kind", "message id", "time", "message gone", "leaf gone", "leaf hash", "entry gone", "head", "digest", "body", "no body", "lost"],
)  # fmt: skip
async def test_what_was_changed_is_named(stopped: House, statement: str, named: str) -> None:
    """Exit 1 and the leaf, entry or message that is not what it was."""
    tamper(stopped, statement)
    found = await ask(stopped, "log", "verify")
    assert found.code == FOUND
    assert any(named in fault for fault in found.json["faults"]), found.json["faults"]
    people = await beside("log", "verify", "--config", stopped.folder)
    assert (people.code, named in people.out) == (FOUND, True)


async def test_a_forged_entry_with_new_hashes_breaks_the_tree(stopped: House) -> None:
    """Whoever changes an entry and recomputes its hashes is betrayed by every later tree head."""
    ((body,),) = rows(
        stopped, "SELECT body FROM log_entries WHERE message_id = 'one-1@kz.example' AND kind = 'accepted'"
    )
    forged = body.replace(b"BY.GTK", b"RU.FTS")
    tamper(stopped, "UPDATE log_heads SET at = at")  # drops the triggers
    change(stopped, "UPDATE log_entries SET body = ?, hash = ? WHERE body = ?", forged, leaf_hash(forged), body)
    change(stopped, "UPDATE log_leaves SET hash = ? WHERE position = 1", leaf_hash(forged))
    found = await ask(stopped, "log", "verify")
    assert found.code == FOUND
    assert any("its root is not the root" in fault for fault in found.json["faults"])


def test_the_log_refuses_careless_changes(pair: tuple[House, House]) -> None:
    """Update and delete on entries, leaves and heads fail as long as the triggers are there."""
    assert gateway("log", "verify", "--config", pair[0].folder).code == DONE
    change(pair[0], "INSERT INTO log_entries (kind, at, message_id, body, hash) VALUES ('ping', 1, '', x'00', x'01')")
    change(pair[0], "INSERT INTO log_leaves (position, entry, hash) VALUES (0, 1, x'01')")
    change(pair[0], "INSERT INTO log_heads (size, root, frontier, at) VALUES (1, x'01', x'', 1)")
    for statement in (
        "DELETE FROM log_entries",
        "UPDATE log_entries SET kind = 'x'",
        "DELETE FROM log_leaves",
        "UPDATE log_leaves SET position = 5",
        "DELETE FROM log_heads",
        "UPDATE log_heads SET at = 5",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            change(pair[0], statement)


def test_the_log_table_says_why_something_was_refused() -> None:
    """The entry's own code, or each of its faults' once; other entries have none, and texts are no codes."""
    assert _codes({"code": "GW:8008", "faults": []}) == "GW:8008"
    assert (
        _codes({"faults": [{"code": "EBMS:0103"}, {"code": "EBMS:0103"}, {"code": "GW:1001"}]}) == "EBMS:0103 GW:1001"
    )
    assert _codes({"kind": "started"}) == _codes({"faults": ["gateway.toml: a code"]}) == ""
