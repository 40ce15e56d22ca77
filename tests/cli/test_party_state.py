"""Which way messages go, and what holds them up, as operators see it."""

import sqlite3

from gateway.boot import opened
from gateway.cli.output import DONE, FOUND
from gateway.config.load import load
from gateway.core.names import Micros
from tests.cli.command import beside, gateway
from tests.house import House


def append(house: House, text: str) -> None:
    """The text at the end of the partner's file."""
    path = house.folder / "parties" / "BY.GTK.toml"
    path.write_text(f"{path.read_text()}\n{text}\n")


def test_without_more_a_partner_is_pushed_to(pair: tuple[House, House]) -> None:
    """One line for each partner, none for ourselves; nothing waits."""
    ended = gateway("party", "state", "--config", pair[0].folder, "--json")
    assert ended.code == DONE
    (row,) = ended.json
    assert (row["party"], row["exchange"], row["waits_because"]) == ("BY.GTK", "is pushed to", "")


async def test_both_ways_of_pulling_and_what_holds_one_up(pair: tuple[House, House]) -> None:
    """The channels, how often, and the failure with its meaning; a gate of a code from elsewhere is shown as it is."""
    append(pair[0], '[pmode]\nbinding = "pull"\nmpc = "urn:to"\n\n[pull]\nmpc = "urn:from"\nevery = "20 seconds"')
    async with opened(load(pair[0].folder)) as (store, _, _):
        await store.close_gate("pull:BY.GTK", Micros(9_000_000), "GW:8001", Micros(5_000_000))
    ended = await beside("party", "state", "--config", pair[0].folder, "--json", "--language", "en")
    assert ended.code == FOUND
    to, come = ended.json
    assert (to["exchange"], to["channel"], to["code"]) == ("pulls from us", "urn:to", "")
    assert (come["exchange"], come["channel"], come["every"]) == ("is pulled from", "urn:from", "0:00:20")
    assert come["waits_because"] == "GW:8001 no connection could be made"
    assert (come["failures"], come["since_at"], come["next_attempt_at"]) == (1, 5_000_000, 9_000_000)
    with sqlite3.connect(pair[0].folder / "data" / "gateway.sqlite3") as database:
        database.execute("UPDATE gates SET code = 'EBMS:4242'")
    shown = await beside("party", "state", "--config", pair[0].folder)
    assert "EBMS:4242" in shown.out
