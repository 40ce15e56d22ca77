"""Every published error that a gateway answers with, reached by one request, with the attributes of its row."""

from collections.abc import AsyncIterator

import pytest

from gateway.boot import Gateway
from gateway.core import ebms
from gateway.core.errors import BY_CODE
from gateway.core.names import MessageId, Micros
from gateway.core.pmode import PARTY_TYPE
from gateway.core.published import ROWS
from gateway.flow.intake import Intake
from tests.house import House, sample
from tests.msh.partner import Answer, Message, Wire, message, tls, wire
from tests.reading import messaging

NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
WRONG = sample("invalid/TransitReleaseNotice--carrier-missing")
CHANNEL = "urn:example:channel:BY"
NOW = Micros(1_795_000_000_000_000)
TYPED = f' type="{PARTY_TYPE}">BY.GTK'.encode()
RM = b"<r:Sequence xmlns:r='http://docs.oasis-open.org/ws-rx/wsrm/200702'/></S12:Header>"
DIGEST = b'type="http://www.w3.org/2001/04/xmlenc#sha256">'
# Code ► the request that is answered with it.
ANSWERED: dict[str, Message] = {
    "EBMS:0001": message().bent(b">UTF-8<", b">!utf*<"),
    "EBMS:0003": message().bent(TYPED, b">BY.GTK"),
    "EBMS:0004": message(WRONG),
    "EBMS:0006": Message(ebms.SOAP_TYPE, ebms.write_pull_request("p@by.example", NOW, CHANNEL)),
    "EBMS:0007": message().bent(b"Content-ID: <", b"Content-ID: <y"),
    "EBMS:0008": message().bent(b'<S12:Body wsu:Id="body"/>', b"<S12:Body><a/></S12:Body>"),
    "EBMS:0009": message().bent(b"<eb:MessageId>by-1@by.example</eb:MessageId>", b""),
    "EBMS:0010": message().bent(b"service:transit<", b"service:other<"),
    "EBMS:0011": message().bent(b'href="cid:', b'href="https://example.org/'),
    "EBMS:0101": message().bent(b">BY.GTK</eb:PartyId>", b">RU.FTS</eb:PartyId>"),
    "EBMS:0103": message().bent(DIGEST, DIGEST + b"A"),
    "EBMS:0201": message().bent(b"</S12:Header>", RM),
    "EBMS:0303": message().bent(b"\x1f\x8b", b"\x1f\x8c"),
}
ELSEWHERE = {
    "EBMS:0002": "never written; read as a warning: tests/flow/test_answers",
    "EBMS:0005": "never written; read: tests/flow/test_answers",
    "EBMS:0102": "needs an encrypted message: tests/assertions, TA37",
    "EBMS:0202": "below: the gateway cannot store",
    "EBMS:0301": "told to the producer, no partner asks for it: tests/assertions, TA15",
    "EBMS:0302": "below: a receipt of a pulled message",
    "EBMS:4001": "never written; read: tests/flow/test_answers",
}


@pytest.fixture
async def kz(pair: tuple[House, House]) -> AsyncIterator[Gateway]:
    """KZ's gateway, to which BY comes for its messages."""
    path = pair[0].folder / "parties" / "BY.GTK.toml"
    path.write_text(f'{path.read_text()}\nbinding = "pull"\nmpc = "{CHANNEL}"\n')  # beside what the fixture wrote
    async with pair[0].running() as gateway:
        yield gateway


@pytest.fixture
async def by(pair: tuple[House, House], kz: Gateway) -> AsyncIterator[Wire]:
    """BY's connection."""
    async with wire(kz.msh.port, tls(*pair)) as found:
        yield found


def facts(answer: Answer) -> list[tuple[object, ...]]:
    """The attributes of every eb:Error of the answer."""
    header, _ = messaging(answer.body, answer.content_type)
    names = ("errorCode", "severity", "category", "origin", "shortDescription")
    return [tuple(error.get(name) for name in names) for error in header.iter(f"{{{ebms.EB}}}Error")]


def row(code: str) -> tuple[object, ...]:
    """What is published about the code."""
    found = ROWS[code]
    return code, found.severity, found.category, found.origin or None, BY_CODE[code].short


@pytest.mark.parametrize("code", ANSWERED)
async def test_every_error_is_answered_with_its_row(by: Wire, code: str) -> None:
    """One eb:Error, no receipt; code, severity, category, origin and short description as published."""
    answer = await by.send(ANSWERED[code])

    assert facts(answer) == [row(code)]
    assert not answer.signal.receipt


async def test_the_message_itself_is_taken(by: Wire) -> None:
    """The control: without its fault every one of them gets a receipt."""
    assert (await by.send(message())).signal.receipt


async def test_what_cannot_be_stored_may_come_again(by: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """EBMS:0202 with status 503, for whatever went wrong inside; nothing of it is told."""

    async def full(*_: object) -> None:
        raise OSError("no space left on /secret/path")

    monkeypatch.setattr(Intake, "accept", full)
    answer = await by.send(message())

    assert (answer.status, facts(answer)) == (503, [row("EBMS:0202")])
    assert b"secret" not in answer.body


async def test_a_receipt_that_does_not_fit_is_told_so(pair: tuple[House, House], by: Wire) -> None:
    """EBMS:0302 to whoever receipts a pulled message with other digests."""
    async with pair[0].client() as client:
        assert (await client.post(NORMAL, {"to": "BY.GTK"})).status == 202
    pulled = await by.send(ANSWERED["EBMS:0006"])
    header, _ = messaging(pulled.body, pulled.content_type)
    ref = MessageId(header.findtext(f".//{{{ebms.EB}}}MessageId") or "")
    empty = ebms.fill_receipt(ebms.write_receipt("r@by.example", NOW, ref), ())

    assert facts(await by.send(Message(ebms.SOAP_TYPE, empty))) == [row("EBMS:0302")]


def test_every_row_is_reached_or_says_where() -> None:
    """No published code is without its test."""
    assert ANSWERED.keys() | ELSEWHERE.keys() == ROWS.keys()
    assert ANSWERED.keys() & ELSEWHERE.keys() == set()
