"""Receipts, duplicates, pings and errors: what a partner is answered."""

import asyncio
import hashlib

import pytest

from gateway.core.agreement import Limits
from gateway.core.names import Environment
from tests.api.edge import entries, rows
from tests.house import House, sample
from tests.msh.partner import TRN, Wire, message, ping, tls, wire
from tests.reading import messaging

PDF = b"%PDF-1.7"
RESPONSE = sample("valid/DocumentVerificationResponse--confirmed")
VERIFICATION = {"service": "urn:eurasec-gw:service:verification", "action": "DocumentVerificationResponse"}


async def test_a_receipt_repeats_the_digest_of_every_part(pair: tuple[House, House], by: Wire) -> None:
    """A valid message is answered with a receipt for it: its MessageId, its parts, the digests of their contents."""
    sent = message(RESPONSE, ("application/pdf", PDF), ("image/jpeg", b"\xff\xd8"), **VERIFICATION)
    answer = await by.send(sent)
    assert (answer.status, answer.content_type) == (200, "application/soap+xml; charset=UTF-8")
    assert answer.signal.receipt
    assert answer.signal.errors == ()
    assert answer.signal.ref_to_message_id == "by-1@by.example"
    assert tuple((row.uri, row.digest) for row in answer.signal.references) == sent.parts
    assert sent.parts[1][1] == hashlib.sha256(PDF).digest()
    assert [row["digest_out"] for row in entries(pair[0], "received")] == [hashlib.sha256(RESPONSE).hexdigest()]


async def test_the_receipt_follows_the_commit(pair: tuple[House, House], by: Wire) -> None:
    """When the receipt is there, message, inbox item and log entry are in the database file."""
    await by.send(message())
    (row,) = rows(pair[0], "SELECT m.message_id, m.sender, i.system FROM messages m JOIN inbox i USING (id)")
    assert row == ("by-1@by.example", "BY.GTK", "national")


async def test_a_duplicate_gets_the_identical_receipt(pair: tuple[House, House], by: Wire) -> None:
    """The same request again, ten at once: byte for byte the same receipt, one inbox item."""
    first = await by.send(message())
    again = await asyncio.gather(*(by.send(message()) for _ in range(10)))
    assert {answer.body for answer in again} == {first.body}
    assert rows(pair[0], "SELECT count(*) FROM inbox") == [(1,)]
    assert len(entries(pair[0], "duplicate")) == 10


async def test_the_receipt_outlives_a_restart_and_a_changed_agreement(pair: tuple[House, House]) -> None:
    """Under another version of the agreement and after a restart a repeat still gets the stored receipt."""
    house, answers = pair[0], []
    for version in ("1.0", "1.0", "1.1"):
        house.edit("agreements/eurasec-customs.toml", 'version = "1.0"', f'version = "{version}"')
        async with house.running() as gateway, wire(gateway.msh.port, tls(*pair)) as by:
            answers.append((await by.send(message())).body)
            control = await by.send(message(message_id=f"control-{version}@by.example"))
    assert len(set(answers)) == 1
    assert control.codes == ["EBMS:0010"]


async def test_other_content_under_a_used_id_is_refused(pair: tuple[House, House], by: Wire) -> None:
    """A MessageId that was used for another document or header is EBMS:0004 with GW:4008, and no receipt."""
    assert (await by.send(message())).signal.receipt
    for other in (message(sample(TRN) + b"\n"), message(conversation_id="another")):
        answer = await by.send(other)
        assert (answer.codes, answer.signal.receipt) == (["EBMS:0004"], False)
        assert "GW:4008" in answer.signal.errors[0][2]
        assert answer.signal.ref_to_message_id == "by-1@by.example"
    assert rows(pair[0], "SELECT count(*) FROM inbox") == [(1,)]


async def test_a_ping_is_answered_and_delivered_nowhere(pair: tuple[House, House], by: Wire) -> None:
    """The test service gets a receipt; nothing is in the inbox, the log has the ping."""
    answer = await by.send(ping())
    assert answer.signal.receipt
    assert answer.signal.references == ()
    assert rows(pair[0], "SELECT 1 FROM messages UNION ALL SELECT 1 FROM inbox") == []
    assert [row["sender"] for row in entries(pair[0], "ping")] == ["BY.GTK"]


async def test_a_business_fault_is_an_error_that_names_every_fault(pair: tuple[House, House], by: Wire) -> None:
    """EBMS:0004 with code, path and line of each fault in ErrorDetail, no receipt, nothing stored, never a value."""
    document = sample("invalid/TransitReleaseNotice--five-kinds-of-wrong-value")
    answer = await by.send(message(document))
    ((_, published, detail),) = answer.signal.errors
    assert (published, answer.signal.receipt, answer.status) == ("EBMS:0004", False, 200)
    assert [line.split()[0] for line in detail.splitlines()] == [
        f"code=GW:{code}" for code in (5004, 5003, 5011, 5007, 5008, 5209)
    ]
    assert "line=133" in detail
    assert rows(pair[0], "SELECT 1 FROM messages UNION ALL SELECT 1 FROM ids") == []
    assert [row["message_id"] for row in entries(pair[0], "refused")] == ["by-1@by.example"]


async def test_errors_are_grouped_by_their_published_code(by: Wire) -> None:
    """One eb:Error for each published code; purpose and schema are EBMS:0004, the wrong environment is EBMS:0010."""
    document = sample("invalid/TransitReleaseNotice--carrier-missing")
    answer = await by.send(message(document, purpose="statistics", environment=Environment.PRODUCTION))
    assert sorted(answer.codes) == ["EBMS:0004", "EBMS:0010"]


@pytest.mark.parametrize("stated", [b"production", b"", b"TEST"])
async def test_another_environment_is_a_processing_mode_mismatch(
    pair: tuple[House, House], by: Wire, stated: bytes
) -> None:
    """On the wire the environment must be stated and ours: else EBMS:0010 with GW:4005."""
    answer = await by.send(message().bent(b'"environment">test<', b'"environment">' + stated + b"<"))
    assert answer.codes == ["EBMS:0010"]
    assert "GW:4005" in answer.signal.errors[0][2]
    assert rows(pair[0], "SELECT 1 FROM messages") == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"<eb:Action>TransitReleaseNotice<", b"<eb:Action>ProcessingResult<", "EBMS:0010"),
        (b"service:transit<", b"service:other<", "EBMS:0010"),
        (b"eurasec-customs:1.0<", b"eurasec-customs:9.0<", "EBMS:0010"),
        (b">KZ.KGD</eb:PartyId>", b">RU.FTS</eb:PartyId>", "EBMS:0010"),
        (b"<eb:MessageId>by-1@by.example</eb:MessageId>", b"", "EBMS:0009"),
        (b"<eb:ConversationId>talk</eb:ConversationId>", b"", "EBMS:0009"),
        (b'href="cid:', b'href="http:', "EBMS:0011"),
        (b'href="cid:', b'href="cid:x', "EBMS:0007"),
        (b"</eb:Messaging>", b"", "EBMS:0009"),
        (b'"deadline">', b'"deadline">x', "EBMS:0009"),
        (b"Content-ID: <", b"Content-ID: <y", "EBMS:0007"),
        (b"\x1f\x8b", b"\x1f\x8c", "EBMS:0303"),
        (b'type="http://www.w3.org/2001/04/xmlenc#sha256">', b'type="http://www.w3.org/2001/04/xmlenc#sha256">A', "EBMS:0103"),
    ],
    ids=["action", "service", "agreement", "to", "no id", "no conversation", "outside", "no part", "no XML", "deadline",
         "content id", "gzip", "digest"],
)  # fmt: skip
async def test_a_bent_header_has_its_published_code(
    pair: tuple[House, House], by: Wire, old: bytes, new: bytes, code: str
) -> None:
    """Each kind of wrong header or MIME structure is answered with its ebMS code and no receipt."""
    answer = await by.send(message().bent(old, new))
    assert (answer.codes, answer.signal.receipt) == ([code], False)
    assert rows(pair[0], "SELECT 1 FROM messages") == []


async def test_an_answer_is_soap_whatever_came(by: Wire) -> None:
    """Nonsense bodies and content types get an ebMS error, never a trace or a page."""
    for content_type, body in (
        ("text/html", b"<html>"),
        ("application/soap+xml", b""),
        ("application/soap+xml", b"\x00" * 100),
        ("multipart/related", b"--x"),
        ("multipart/related; boundary=x", b"--x\r\n\r\n"),
        ("multipart/related; boundary=\xff", b"--x"),
        ("", b"x"),
    ):
        sent = message()
        answer = await by.send(type(sent)(content_type, body))
        assert answer.status == 200
        assert answer.codes[0] in {"EBMS:0007", "EBMS:0009"}
        header, _ = messaging(answer.body, answer.content_type, Limits())
        assert header is not None


async def test_a_restricted_value_does_not_enter(pair: tuple[House, House], by: Wire) -> None:
    """A partner that sends restricted fields is receipted for what it sent; what is stored is stripped (EA-2.2)."""
    document = sample("restricted/TransitReleaseNotice--sums-control-and-official")
    answer = await by.send(message(document))
    assert answer.signal.receipt
    assert answer.signal.references[0].digest == hashlib.sha256(document).digest()
    async with pair[0].client() as client:
        (item,) = await client.lease(wait=5)
        read = await client.read(item)
    assert b"918244.07" not in read.body
    assert {row["rule"] for row in item["removed"]} >= {"guarantee-sum", "control-form"}
