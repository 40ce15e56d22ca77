"""The operator's verbs beside a running gateway: what they change, what they refuse, what the log keeps of it."""

import sqlite3
import threading
from collections.abc import AsyncIterator

import pytest

from gateway.cli.output import DONE, FOUND, USAGE
from gateway.core.ebms import iso
from tests.api.edge import Service
from tests.cli.command import Ended, beside, gateway
from tests.house import House

WHO = ("--who", "A. Operator", "--why", "partner asked, ticket 7", "--json")


@pytest.fixture
async def kz(pair: tuple[House, House]) -> AsyncIterator[Service]:
    """KZ runs, BY does not."""
    async with pair[0].running() as gateway, pair[0].client() as client:
        yield Service(pair[0], gateway, client)


async def do(kz: Service, verb: str, *which: str) -> Ended:
    """The verb, through the command, on the running gateway's database."""
    return await beside(verb, *which, *WHO, "--config", kz.house.folder)


def state(kz: Service, message_id: str) -> str:
    """Where the delivery stands."""
    statement = "SELECT state FROM deliveries d JOIN messages m ON m.id = d.message WHERE m.message_id = ?"
    ((found,),) = kz.rows(statement, message_id)
    return str(found)


async def test_what_is_held_is_not_tried_until_it_is_released(pair: tuple[House, House], kz: Service) -> None:
    """Held with the partner down; the partner comes, nothing goes; released, it is delivered. The log says who and why."""
    await kz.accepted(message_id="held-1@kz.example")
    held = await do(kz, "hold", "held-1@kz.example")
    assert (held.code, held.json) == (
        DONE,
        [{"message_id": "held-1@kz.example", "target": "party:BY.GTK", "before": "queued", "after": "held"}],
    )
    async with pair[1].running():
        await kz.accepted(message_id="other-1@kz.example", movement=7)
        await kz.became("other-1@kz.example", "delivered")
        assert state(kz, "held-1@kz.example") == "held"
        assert (await do(kz, "release", "held-1@kz.example")).code == DONE
        await kz.became("held-1@kz.example", "delivered")
    for verb, before, after in (("hold", "queued", "held"), ("release", "held", "queued")):
        (entry,) = kz.entries(verb)
        assert (entry["who"], entry["why"]) == ("A. Operator", "partner asked, ticket 7")
        assert (entry["message_id"], entry["before"], entry["after"]) == ("held-1@kz.example", before, after)
    await kz.check()


async def test_what_was_failed_can_be_retried(pair: tuple[House, House], kz: Service) -> None:
    """Failed by an operator, retried with a new deadline, delivered."""
    answer = await kz.accepted(message_id="failed-1@kz.example")
    assert (await do(kz, "fail", "failed-1@kz.example")).code == DONE
    life = await kz.became("failed-1@kz.example", "failed")
    assert life["deliveries"][0]["settled_at"]
    async with pair[1].running():
        assert (await do(kz, "retry", "failed-1@kz.example")).code == DONE
        await kz.became("failed-1@kz.example", "delivered")
    assert [entry["who"] for kind in ("fail", "retry") for entry in kz.entries(kind)] == ["A. Operator"] * 2
    ((deadline,),) = kz.rows("SELECT deadline FROM deliveries")
    assert iso(deadline) > answer["deadline"]


async def test_what_was_dropped_stays_dropped(pair: tuple[House, House], kz: Service) -> None:
    """A dropped delivery goes nowhere, whatever is tried with it; each refused verb is exit 1 and changes nothing."""
    await kz.accepted(message_id="dropped-1@kz.example")
    assert (await do(kz, "drop", "dropped-1@kz.example")).code == DONE
    for verb in ("hold", "release", "retry", "fail", "drop"):
        ended = await do(kz, verb, "dropped-1@kz.example")
        assert (ended.code, ended.json[0]["after"]) == (FOUND, "not allowed")
    async with pair[1].running():
        await kz.accepted(message_id="after-1@kz.example")
        await kz.became("after-1@kz.example", "delivered")
    assert state(kz, "dropped-1@kz.example") == "dropped"
    assert len(kz.entries("drop")) == 1
    assert kz.entries("hold") == []


async def test_a_verb_reaches_every_delivery_to_a_party_or_of_a_type(kz: Service) -> None:
    """--to and --type choose; what does not match is left alone."""
    await kz.accepted(message_id="a-1@kz.example")
    await kz.accepted("valid/ProcessingResult--rejected", message_id="a-2@kz.example")
    one = await do(kz, "hold", "--type", "ProcessingResult")
    assert [row["message_id"] for row in one.json] == ["a-2@kz.example"]
    both = await do(kz, "drop", "--to", "BY.GTK")
    assert {row["message_id"] for row in both.json} == {"a-1@kz.example", "a-2@kz.example"}
    assert (await do(kz, "hold", "--to", "RU.FTS")).code == FOUND


async def test_a_verb_needs_a_reason_and_a_choice(kz: Service) -> None:
    """Without --why, or without naming deliveries, nothing happens: exit 2."""
    await kz.accepted(message_id="kept-1@kz.example")
    folder = kz.house.folder
    assert (await beside("drop", "kept-1@kz.example", "--config", folder)).code == USAGE
    assert (await do(kz, "drop")).code == USAGE
    assert state(kz, "kept-1@kz.example") == "queued"


def test_a_command_waits_for_a_busy_database(pair: tuple[House, House]) -> None:
    """While the gateway is in the middle of a commit, a command waits a moment instead of ending with a trace."""
    folder = pair[0].folder
    assert gateway("messages", "--config", folder).code == DONE
    writer = sqlite3.connect(folder / "data" / "gateway.sqlite3", isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    later = threading.Timer(0.3, writer.execute, ("COMMIT",))
    later.start()
    try:
        assert gateway("messages", "--config", folder).code == DONE
    finally:
        later.join()
        writer.close()
