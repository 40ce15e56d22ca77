"""Two gateways on real TLS keep accounts with each other: numbers, void numbers, the day that both sign."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gateway.boot import Gateway
from gateway.cli.demo_pair import make_pair
from gateway.cli.output import DONE, FOUND, UNREACHABLE, USAGE
from gateway.core.evidence.note import Note
from gateway.core.evidence.reconciliation import day_of
from gateway.flow.ports import Operator
from gateway.machine import SystemClock
from tests.api.edge import entries
from tests.cli.command import beside, gateway
from tests.e2e.test_kills import campaign
from tests.house import House, eventually, sample

DOCUMENT = sample("valid/ProcessingResult--rejected")


def today() -> str:
    """The UTC day."""
    return day_of(SystemClock("e2e").now()).isoformat()


async def posted(kz: House, name: str) -> None:
    """A message to BY, accepted."""
    async with kz.client() as client:
        answer = await client.call("POST", "/messages", {"message_id": name}, DOCUMENT, "application/xml")
        assert answer.status == 202, answer.body


async def exchanged(kz: House, gateway_of_kz: Gateway, *names: str) -> None:
    """Messages from KZ to BY, each with its receipt."""
    for name in names:
        await posted(kz, name)

    async def delivered() -> bool:
        return (await gateway_of_kz.store.delivery_counts()).get("delivered", 0) >= len(names)

    await eventually(delivered)


async def shown(house: House, *command: str) -> tuple[int, Any]:
    """The exit code and the JSON of a command beside the gateway."""
    ended = await beside(*command, "--config", house.folder, "--json")
    return ended.code, ended.json


async def test_a_running_partner_signs_the_same_day_or_the_difference(pair: tuple[House, House]) -> None:
    """`gateway reconcile run` and `show`; the control is the day before a row was deleted."""
    kz, by = pair
    async with kz.running() as mine, by.running():
        await exchanged(kz, mine, "a@kz", "b@kz")
        day = today()
        code, found = await shown(kz, "reconcile", "run", "--party", "BY.GTK", "--day", day)
        assert (code, found["state"]) == (DONE, "reconciled")
        assert len(Note.parse(found["note"].encode()).signatures) == 2
        code, (theirs,) = await shown(by, "reconcile", "show", "--party", "KZ.KGD", "--day", day)
        assert (code, theirs["note"]) == (DONE, found["note"])
        with sqlite3.connect(by.folder / "data" / "gateway.sqlite3", timeout=10) as database:
            database.execute("DELETE FROM messages WHERE message_id = 'b@kz'")
        code, found = await shown(kz, "reconcile", "run", "--party", "BY.GTK", "--day", day)
        assert (code, [row.split()[-1] for row in found["differences"]]) == (FOUND, ["b@kz"])
        code, (theirs,) = await shown(by, "reconcile", "show")
        assert (code, theirs["differences"]) == (FOUND, found["differences"])
        for house, what in ((kz, "gateway reconcile run"), (by, "gateway reconcile show")):
            assert [(leaf["what"], leaf["message_id"]) for leaf in entries(house, "looked")] == [(what, "b@kz")]
        for house, party in ((kz, "BY.GTK"), (by, "KZ.KGD")):
            whole = await beside("reconcile", "show", "--party", party, "--day", day, "--config", house.folder)
            assert "differs" in whole.out
            table = await beside("reconcile", "show", "--config", house.folder)
            assert "differs" in table.out


async def test_a_dropped_message_is_void_at_the_partner(pair: tuple[House, House]) -> None:
    """Told over the partner edge once it runs; `gateway sequences` shows both sides of it."""
    kz, by = pair
    async with kz.running() as mine:
        await posted(kz, "gone@kz")

        async def tried() -> bool:
            return any(row["given"] for row in await mine.store.numbers())

        await eventually(tried)
        await mine.operate.act("drop", {"message_id": "gone@kz"}, Operator("op", "test"))
        code, (row,) = await shown(kz, "sequences")
        assert (code, row["given"], row["voids"], row["untold"]) == (DONE, 1, 1, 1)
        async with by.running() as theirs:

            async def heard() -> bool:
                return any(row["their_voids"] for row in await theirs.store.numbers())

            await eventually(heard)
            (row,) = await theirs.store.numbers()
            assert (row["seen"], row["gaps"]) == (1, [])
            table = await beside("sequences", "--config", by.folder)
            assert "KZ.KGD" in table.out


def test_a_day_that_cannot_be_asked_for(pair: tuple[House, House]) -> None:
    """No partner that answers: 5; no day, no partner, no log: 2."""
    kz, _ = pair
    asked = ("reconcile", "run", "--config", kz.folder, "--party")
    assert gateway(*asked, "BY.GTK", "--day", "2026-11-20").code == UNREACHABLE
    assert gateway(*asked, "BY.GTK", "--day", "yesterday").code == USAGE
    assert gateway(*asked, "RU.FTS", "--day", "2026-11-20").code == USAGE
    path = kz.folder / "parties" / "BY.GTK.toml"
    path.write_text(path.read_text().partition("[log]")[0])
    assert gateway(*asked, "BY.GTK", "--day", "2026-11-20").code == USAGE


def numbers(folder: Path) -> tuple[list[int], list[int], int]:
    """Numbers given and seen, in order, and how many gaps there are."""
    with sqlite3.connect(folder / "data" / "gateway.sqlite3") as database:
        given = [
            row[0] for row in database.execute("SELECT sequence FROM deliveries WHERE kind = 'partner' ORDER BY 1")
        ]
        seen = [row[0] for row in database.execute("SELECT sequence FROM arrivals ORDER BY 1")]
        (open_gaps,) = database.execute("SELECT count(*) FROM gaps WHERE closed_at = 0").fetchone()
    return given, seen, open_gaps


@pytest.mark.slow
async def test_numbers_survive_kills_without_duplicates(tmp_path: Path) -> None:
    """Every number is given once and seen once, whichever process gave it; the day is signed by both afterwards."""
    pair = make_pair(tmp_path)
    outcome, killing = await campaign(pair, 200, 6, patience=60)
    assert outcome.lost() == set()
    assert killing.over
    (kz_given, kz_seen, kz_gaps), (by_given, by_seen, by_gaps) = (numbers(service.folder) for service in pair)
    assert kz_given == by_seen == list(range(1, len(kz_given) + 1))
    assert by_given == kz_seen == list(range(1, len(by_given) + 1))
    assert (kz_gaps, by_gaps) == (0, 0)
    for service in pair:
        service.process.start()
    await asyncio.gather(*(service.process.ready() for service in pair))
    try:
        day = today()
        ended = await beside(
            "reconcile", "run", "--party", "BY.GTK", "--day", day, "--config", pair[0].folder, "--json"
        )
        assert (ended.code, ended.json["state"]) == (DONE, "reconciled")
    finally:
        for service in pair:
            service.process.stop()
