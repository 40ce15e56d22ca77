"""Who looked at which message stands in the log, from every way to look."""

from pathlib import Path

import pytest

from tests.api.edge import Service
from tests.cli.command import beside

SECRET = "11216413/2026-03-11/0004518"


async def test_every_way_to_look_leaves_a_trace(kz: Service, by: Service) -> None:
    """Life cycle, transactions and inbox, each by system and request; looking again at once leaves none."""
    name = (await kz.accepted(message_id="one-1@kz.example"))["messages"][0]["message_id"]
    await kz.became(name, "delivered")
    for _ in range(2):
        await kz.client.call("GET", f"/messages/{name}")
        await kz.client.call("GET", "/conversations", {"type": "TransitReleaseNotice"})
        await kz.client.call("GET", f"/conversations/{name}")
        await by.client.call("GET", "/inbox")
    assert [(leaf["who"], leaf["what"], leaf.get("message_id", "")) for leaf in kz.entries("looked")] == [
        ("system:national", "GET /messages/{message_id}", name),
        ("system:national", "GET /conversations", name),
        ("system:national", "GET /conversations/{conversation_id}", name),
    ]
    assert kz.entries("looked")[1]["filters"] == ["type"]
    assert [(leaf["what"], leaf["message_id"]) for leaf in by.entries("looked")] == [("GET /inbox", name)]
    await by.leased()
    assert [(leaf["what"], leaf["message_id"]) for leaf in by.entries("looked")[1:]] == [("POST /inbox/lease", name)]
    life = (await kz.lives(name))[0]
    assert "looked" not in [row["kind"] for row in life["log"]]
    await kz.check()


async def test_what_is_not_shown_leaves_no_trace(kz: Service) -> None:
    """A message of nobody, an empty inbox."""
    assert (await kz.client.call("GET", "/messages/none@kz.example")).status == 404
    assert (await kz.client.call("GET", "/inbox")).json == {"items": []}
    assert kz.entries("looked") == []


@pytest.mark.parametrize(
    ("command", "filters"),
    [
        (("messages", "--find", SECRET), ["business_id"]),
        (("log", "show", "--message-id", "one-1@kz.example"), ["message_id"]),
        (("conversations", "list", "--type", "TransitReleaseNotice"), ["type"]),
        (("conversations", "show", "one-1@kz.example"), []),
    ],
)
async def test_an_operators_command_leaves_a_trace(kz: Service, command: tuple[str, ...], filters: list[str]) -> None:
    """Who, by which command, which message; of what was searched for, the name alone."""
    await kz.accepted(message_id="one-1@kz.example")
    ended = await beside(*command, "--json", "--config", kz.house.folder)
    (leaf,) = kz.entries("looked")
    assert ended.json
    assert leaf["who"].startswith("operator:")
    assert (leaf["what"].split()[1], leaf.get("filters", [])) == (command[0], filters)
    assert leaf["message_id"] == "one-1@kz.example"
    assert SECRET not in str(leaf)


async def test_whose_messages_are_recorded_as_traffic_is_in_the_log(kz: Service, tmp_path: Path) -> None:
    """Every message that is read, by whom, before it is."""
    await kz.accepted(message_id="one-1@kz.example")
    ended = await beside("traffic", "record", "--out", tmp_path / "new", "--config", kz.house.folder, "--json")
    assert ended.json["messages"] == 1
    (leaf,) = kz.entries("looked")
    assert (leaf["what"], leaf["message_id"]) == ("gateway traffic record", "one-1@kz.example")
