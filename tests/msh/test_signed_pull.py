"""Pulling between parties that sign, over real TLS: nothing is given to an unsigned request, every answer is signed."""

from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.core import ebms, soap
from gateway.core.agreement import Limits, Register
from gateway.core.errors import ErrorCode
from gateway.core.names import Micros, PartyId
from gateway.core.security import prove, sign_signal
from tests.api.edge import rows
from tests.house import House, build, sample
from tests.msh.partner import Answer, Message, tls, wire

NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
CHANNEL = "urn:example:channel:BY"
NOW = Micros(1_800_000_000_000_000)
KZ = PartyId("KZ.KGD")


@pytest.fixture
def two(tmp_path: Path) -> tuple[House, House]:
    """KZ and BY, who sign; BY comes to KZ for its messages."""
    kz, by = build(tmp_path, "KZ.KGD", "BY.GTK")
    path = kz.folder / "parties" / "BY.GTK.toml"
    path.write_text(f'{path.read_text()}\n[pmode]\nbinding = "pull"\nmpc = "{CHANNEL}"\n')
    return kz, by


def request(register: Register, *, sign: bool = True) -> Message:
    """BY's PullRequest."""
    body = ebms.write_pull_request("p@by.example", NOW, CHANNEL)
    signed = sign_signal(body, register.parties[KZ].pmode(), register)
    return Message(ebms.SOAP_TYPE, signed if sign else body)


def proved(answer: Answer, register: Register) -> int:
    """How many things KZ's signature covers."""
    wrapped = soap.split(answer.body, answer.content_type, Limits())
    party = register.parties[KZ]
    return len(prove(wrapped, (party, party.pmode()), register, NOW))


async def test_only_a_signed_request_gets_a_message_and_all_answers_are_signed(two: tuple[House, House]) -> None:
    """EBMS:0103 without a signature; EBMS:0006 signed over Messaging and Body; the message, its part covered, too."""
    register = load(two[1].folder).register
    async with two[0].running() as gateway, wire(gateway.msh.port, tls(*two)) as by, two[0].client() as client:
        empty = await by.send(request(register))
        assert (empty.codes, proved(empty, register)) == (["EBMS:0006"], 2)
        assert (await client.post(NORMAL, {"to": "BY.GTK"})).status == 202
        refused = await by.send(request(register, sign=False))
        assert (refused.codes, proved(refused, register)) == ([ErrorCode.EBMS_0103.code], 2)
        assert rows(two[0], "SELECT attempts FROM deliveries") == [(0,)]
        assert proved(await by.send(request(register)), register) == 3
        assert rows(two[0], "SELECT attempts FROM deliveries") == [(1,)]


async def test_a_receipt_by_itself_counts_only_where_it_is_signed(two: tuple[House, House]) -> None:
    """The same receipt, unsigned, is EBMS:0302 and delivers nothing."""
    register = load(two[1].folder).register
    async with two[0].running() as gateway, wire(gateway.msh.port, tls(*two)) as by, two[0].client() as client:
        assert (await client.post(NORMAL, {"to": "BY.GTK"})).status == 202
        pulled = await by.send(request(register))
        wrapped = soap.split(pulled.body, pulled.content_type, Limits())
        party = register.parties[KZ]
        references = prove(wrapped, (party, party.pmode()), register, NOW)
        message_id = soap.messaging(wrapped.envelope).findtext(f".//{{{ebms.EB}}}MessageId") or ""
        receipt = ebms.fill_receipt(ebms.write_receipt("r@by.example", NOW, message_id), references)
        unsigned = await by.send(Message(ebms.SOAP_TYPE, receipt))
        assert unsigned.codes == ["EBMS:0302"]
        assert rows(two[0], "SELECT state FROM deliveries") == [("queued",)]
        signed = await by.send(Message(ebms.SOAP_TYPE, sign_signal(receipt, party.pmode(), register)))
        assert (signed.status, signed.body) == (202, b"")
        assert rows(two[0], "SELECT state FROM deliveries") == [("delivered",)]
