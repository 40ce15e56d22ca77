"""Transactions at the national edge: a system's own, newest first, a page at a time."""

import pytest

from tests.api.edge import Service, add_system, change, system
from tests.house import House

REQUEST = "valid/DocumentVerificationRequest--invoice-and-waybill"
NAMES = [f"asked-{number}@kz.example" for number in range(3)]


async def asked(kz: Service) -> None:
    """Three requests, and a message that opens and completes a transaction."""
    for name in NAMES:
        await kz.accepted(REQUEST, message_id=name)
    await kz.accepted("valid/PreliminaryInformation--only-what-is-mandatory", message_id="told@kz.example")


async def listed(kz: Service, **query: str) -> tuple[list[str], int | None]:
    """MessageIds of a page, and where the next one begins."""
    reply = await kz.client.call("GET", "/conversations", query)
    assert reply.status == 200, reply.body
    return [row["message_id"] for row in reply.json["transactions"]], reply.json["next"]


async def test_transactions_are_listed_page_by_page(kz: Service) -> None:
    """Every one once, the newest first; the last page says so."""
    await asked(kz)
    first, more = await listed(kz, type="DocumentVerificationRequest", limit="2")
    rest, end = await listed(kz, type="DocumentVerificationRequest", limit="2", before=str(more))
    assert (first + rest, end) == (NAMES[::-1], None)


async def test_they_are_chosen_by_what_they_are(kz: Service) -> None:
    """By state, lateness, partner, type: all that fit, and nothing else."""
    await asked(kz)
    assert await listed(kz, state="completed") == (["told@kz.example"], None)
    assert (await listed(kz, partner="BY.GTK"))[0] == ["told@kz.example", *NAMES[::-1]]
    assert await listed(kz, partner="RU.FTS") == await listed(kz, late="1") == ([], None)


async def test_what_is_late_is_listed_alone(kz: Service) -> None:
    """Only the transaction whose timer passed, with the time since when."""
    await asked(kz)
    late = "UPDATE transactions SET late_at = 1000000 WHERE id = (SELECT id FROM messages WHERE message_id = ?)"
    change(kz.house, late, NAMES[1])
    assert await listed(kz, late="1") == ([NAMES[1]], None)
    lives = [(await kz.lives(name))[0] for name in NAMES]
    assert [life["late_since"] for life in lives] == [None, "1970-01-01T00:00:01.000Z", None]
    assert len((await listed(kz, late="0"))[0]) == len(NAMES) + 1


async def test_a_system_sees_its_own_alone(pair: tuple[House, House]) -> None:
    """Each lists what it has posted, whatever it asks for."""
    house = pair[0]
    token = add_system(house, "other")
    async with house.running() as gateway, house.client() as client, system(house, token) as another:
        first, second = Service(house, gateway, client), Service(house, gateway, another)
        await first.accepted(REQUEST, message_id=NAMES[0])
        await second.accepted(REQUEST, message_id=NAMES[1])
        assert await listed(first) == ([NAMES[0]], None)
        assert await listed(second, system="national") == ([NAMES[1]], None)


@pytest.mark.parametrize("query", [{"state": "lost"}, {"late": "yes"}, {"before": "x"}, {"limit": "0"}])
async def test_a_question_that_means_nothing_is_refused(kz: Service, query: dict[str, str]) -> None:
    """400 with the parameter's name; without it, the same question is answered."""
    reply = await kz.client.call("GET", "/conversations", query)
    assert (reply.status, reply.json["faults"][0]["path"]) == (400, *query)
    assert await listed(kz) == ([], None)
