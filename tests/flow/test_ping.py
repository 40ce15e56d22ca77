"""The test service towards a partner: what it answered and when; nothing is stored as a message."""

import json

import pytest

from gateway.boot import pinging
from gateway.config.load import load
from gateway.core import receipt
from gateway.core.agreement import Party
from gateway.core.errors import ErrorCode
from gateway.core.names import MessageId, PartyId
from gateway.flow.ping import Ping, Pinger, Result, ping
from gateway.flow.sending import Reply
from tests.core.making import taken
from tests.house import House
from tests.town import Town, down

BY = PartyId("BY.GTK")


def party(town: Town) -> Party:
    """BY as KZ knows it."""
    return town["KZ.KGD"].settings.register.parties[BY]


async def asked(town: Town, agreement: str = "") -> Ping:
    """KZ pings BY."""
    kz = town["KZ.KGD"]
    return await ping(party(town), Pinger(kz.settings.register, kz.loopback, town.clock, kz.store), agreement)


async def logged(town: Town, house: str, kind: str) -> list[dict[str, object]]:
    """The facts of every entry of that kind."""
    return [json.loads(row["body"]) for row in await town[house].store.entries("", kind, 10)]


@pytest.mark.parametrize("agreement", ["", "eurasec-customs:1.0"])
async def test_a_ping_gets_a_receipt_and_is_stored_nowhere(town: Town, agreement: str) -> None:
    """Both logs have it; neither side has a message or a delivery."""
    found = await asked(town, agreement)
    assert (found.result, found.code, found.detail) == (Result.RECEIPT, None, "")
    assert found.seconds > 0
    for house in ("KZ.KGD", "BY.GTK"):
        assert await town[house].store.messages({}, 10) == []
    (leaf,) = await logged(town, "KZ.KGD", "pinged")
    assert (leaf["recipient"], leaf["result"], leaf["message_id"]) == ("BY.GTK", "receipt", found.message_id)
    (seen,) = await logged(town, "BY.GTK", "ping")
    assert seen["message_id"] == found.message_id


async def test_a_ping_of_a_partner_that_is_down_says_why(town: Town) -> None:
    """No answer, with the code of what went wrong; logged too."""
    town["KZ.KGD"].loopback.fault = down("party:BY.GTK")
    found = await asked(town)
    assert (found.result, found.code, found.answer) == (Result.NO_ANSWER, ErrorCode.UNREACHABLE, None)
    (leaf,) = await logged(town, "KZ.KGD", "pinged")
    assert (leaf["result"], leaf["code"]) == ("no answer", "GW:8001")


async def test_a_ping_that_is_refused_gives_the_partners_words(town: Town) -> None:
    """The error's code and detail, and the answer as it came."""
    del town["BY.GTK"].settings.register.parties[PartyId("KZ.KGD")]  # type: ignore[attr-defined]
    found = await asked(town)
    assert (found.result, found.code) == (Result.ERROR, ErrorCode.EBMS_0101)
    assert "EBMS:0101" in found.detail
    assert found.answer is not None


async def test_a_receipt_for_another_message_proves_nothing(town: Town) -> None:
    """A receipt whose RefToMessageId is not the ping's is EBMS:0302."""
    kz = town["KZ.KGD"]

    class Wrong:
        async def send(self, _target: str, _content_type: str, _body: object) -> Reply:
            answer = receipt.acknowledge(MessageId("other@town"), MessageId("r@town"), town.clock.now())
            return Reply(200, receipt.complete(answer, taken(), kz.settings.register).body, answer.content_type)

    found = await ping(party(town), Pinger(kz.settings.register, Wrong(), town.clock, kz.store))
    assert (found.result, found.code) == (Result.ERROR, ErrorCode.EBMS_0302)


async def test_a_command_pings_over_tls_beside_a_running_gateway(pair: tuple[House, House]) -> None:
    """A real partner answers with a receipt; the entry is in the log of the one who asked."""
    async with pair[1].running() as gateway:
        port = gateway.msh.port
        pair[0].edit("parties/BY.GTK.toml", _endpoint(pair[0]), f'endpoint = "https://127.0.0.1:{port}/msh"')
        settings = load(pair[0].folder)
        async with pinging(settings) as pinger:
            found = await ping(settings.register.parties[BY], pinger)
    assert (found.result, found.code) == (Result.RECEIPT, None)


def _endpoint(house: House) -> str:
    lines = (house.folder / "parties" / "BY.GTK.toml").read_text().splitlines()
    return next(line for line in lines if line.startswith("endpoint"))
