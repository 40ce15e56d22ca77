"""`gateway retention`: two people, one after the other, beside a running gateway."""

from collections.abc import AsyncIterator

import pytest

from gateway.cli.output import DONE, FOUND, REFUSED
from tests.api.edge import RESULT, Service
from tests.cli.command import Ended, beside
from tests.house import House, eventually

AGREEMENT = "agreements/eurasec-customs.toml"


@pytest.fixture
async def kz(pair: tuple[House, House]) -> AsyncIterator[Service]:
    """KZ, which keeps messages for a second, with one that an operator gave up."""
    house = pair[0]
    house.edit(AGREEMENT, 'retain = "5 years"', 'retain = "1 second"')
    async with house.running() as gateway, house.client() as client:
        service = Service(house, gateway, client)
        await service.accepted(RESULT, message_id="old-1@kz.example")
        await on(service, "fail", "old-1@kz.example", "--why", "test")
        sequenced = "SELECT 1 FROM log_leaves l JOIN messages m ON m.entry = l.entry"
        await eventually(lambda: service.rows(sequenced))
        yield service


async def on(kz: Service, *arguments: str) -> Ended:
    """The command, on the running gateway's database."""
    return await beside(*arguments, "--config", kz.house.folder, "--json")


async def proposed(kz: Service) -> Ended:
    """A proposal by Alma, once the agreed second has passed."""

    async def try_() -> Ended | None:
        ended = await on(kz, "retention", "propose", "--who", "Alma", "--why", "kept long enough")
        return ended if ended.code == DONE else None

    found: Ended = await eventually(try_)
    return found


async def test_one_proposes_another_one_approves_then_it_goes(kz: Service) -> None:
    """Each step says what it did; the gateway goes on serving and says that the content is gone."""
    (found,) = (await proposed(kz)).json
    assert (found["state"], found["messages"], found["proposed_by"]) == ("proposed", 1, "Alma")
    (row,) = (await on(kz, "retention", "due")).json
    assert (row["waits_for"], row["messages"]) == ("nothing", 1)
    refused = await on(kz, "retention", "run", "1")
    assert (refused.code, "GW:7008" in refused.err) == (REFUSED, True)
    refused = await on(kz, "retention", "approve", "1", "--who", "alma", "--why", "me")
    assert (refused.code, "another person" in refused.err) == (REFUSED, True)
    (approved,) = (await on(kz, "retention", "approve", "1", "--who", "Bolat", "--why", "agreed")).json
    assert approved["state"] == "approved"
    done = await on(kz, "retention", "run", "1")
    assert (done.code, done.json["purged"], done.json["journal_cleared"]) == (DONE, 1, True)
    assert (await on(kz, "retention", "run", "1")).json["purged"] == 1
    for number in ((), ("1",)):
        (shown,) = (await on(kz, "retention", "show", *number)).json
        assert (shown["state"], shown["purged"], shown["approved_by"]) == ("done", 1, "Bolat")
    (life,) = await kz.lives("old-1@kz.example")
    assert life["purged_at"]
    (entry,) = kz.entries("purged")
    assert entry["message_id"] == "old-1@kz.example"
    assert {each["account"] for kind in ("purge-proposed", "purge-approved") for each in kz.entries(kind)} != {""}
    await kz.check()


async def test_what_was_removed_is_left_out_where_content_is_needed(kz: Service) -> None:
    """A retry is refused with the reason, a rehearsal and a recording count it, and nothing is taken for damaged."""
    await proposed(kz)
    await on(kz, "retention", "approve", "1", "--who", "Bolat", "--why", "agreed")
    assert (await beside("retention", "run", "1", "--config", kz.house.folder)).out.count("purged: 1") == 1
    retried = await on(kz, "retry", "old-1@kz.example", "--why", "wanted again")
    assert (retried.code, "removed" in retried.json[0]["after"]) == (FOUND, True)
    rehearsed = await on(kz, "rehearse")
    assert list(rehearsed.json["left_out"].values()) == [1]
    recorded = await on(kz, "traffic", "record", "--out", str(kz.house.folder / "r"))
    assert (recorded.code, recorded.json["of_these_removed_after_the_agreed_time"]) == (FOUND, 1)
    assert (await on(kz, "log", "verify")).code == DONE


async def test_a_day_inside_the_agreed_time_and_an_unknown_proposal_are_refused(kz: Service) -> None:
    """By code, place and what was expected."""
    ended = await on(kz, "retention", "propose", "--before", "2099-01-01", "--why", "too soon")
    assert (ended.code, "GW:7008" in ended.err, "eurasec-customs" in ended.err) == (REFUSED, True, True)
    ended = await on(kz, "retention", "approve", "7", "--why", "which?")
    assert (ended.code, "GW:7001" in ended.err) == (REFUSED, True)
