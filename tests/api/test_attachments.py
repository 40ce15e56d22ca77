"""Attachments: agreed kinds travel unchanged, others are refused, sizes are limited."""

import random
from email import message_from_bytes
from email.message import Message

import pytest

from gateway.cli.client import Reply
from tests.api.edge import RESPONSE, TRN, Service, codes, document, fault, metadata, rows
from tests.house import House, sample, sha256

PDF = b"%PDF-1.7\r\n--a-boundary\r\n\r\n\x00\xff a copy"
JPEG = random.Random(7).randbytes(700_000)  # noqa: S311 - larger than a chunk, not compressible
LIMITS = '\n[limits]\nbody = "32 KB"\nattachment = "1 KB"\nattachments = 2\n\n[api]'


def parts(reply: Reply) -> list[Message]:
    """The parts of a multipart answer, as the standard library reads them."""
    head = f"Content-Type: {reply.headers['Content-Type']}\r\n\r\n".encode()
    found = message_from_bytes(head + reply.body).get_payload()
    assert isinstance(found, list)
    return [part for part in found if isinstance(part, Message)]


async def test_attachments_arrive_with_equal_bytes(kz: Service, by: Service) -> None:
    """Document and attachments are in the other inbox byte for byte, each with its type, name and digest."""
    sent = await kz.post_form(
        document(RESPONSE),
        metadata(message_id="copies-1@kz.example"),
        ("attachment", "application/pdf", "счёт 1.pdf", PDF),
        ("attachment", "image/jpeg", "", JPEG),
        ("attachment", "application/pdf", "again.pdf", PDF),
    )
    assert sent.status == 202, sent.body
    (item,) = await by.leased()
    rows = [(row["media_type"], row["name"], row["sha256"], row["size"]) for row in item["payloads"]]
    assert rows == [
        ("application/xml", "", sha256(sample(RESPONSE)), len(sample(RESPONSE))),
        ("application/pdf", "счёт 1.pdf", sha256(PDF), len(PDF)),
        ("image/jpeg", "", sha256(JPEG), len(JPEG)),
        ("application/pdf", "again.pdf", sha256(PDF), len(PDF)),
    ]
    stated_names = [[(one["name"], one["value"]) for one in row["properties"]] for row in item["payloads"]]
    assert stated_names == [[], [("FileName", "счёт 1.pdf")], [], [("FileName", "again.pdf")]]
    assert [row["content_id"] for row in item["payloads"][1:]] == [f"attachment-{n}@gateway" for n in (1, 2, 3)]
    read = await by.client.read(item)
    stated, *contents = parts(read)
    assert [part.get_payload(decode=True) for part in contents] == [sample(RESPONSE), PDF, JPEG, PDF]
    names = [part.get_param("name", header="Content-Disposition") for part in (stated, *contents)]
    assert names == ["metadata", "message", "attachment", "attachment", "attachment"]
    await kz.became("copies-1@kz.example", "delivered")
    await kz.check()
    await by.check()


async def test_what_an_inbox_hands_out_can_be_posted_on(kz: Service, by: Service) -> None:
    """The answer of a read has the very form that POST /messages takes."""
    await kz.post_form(document(RESPONSE), ("attachment", "application/pdf", "a.pdf", PDF))
    (item,) = await by.leased()
    read = await by.client.read(item)
    reply = await by.client.call("POST", "/messages?dry-run", None, read.body, read.headers["Content-Type"])
    # Its metadata names sender and payloads, too: those are no parameters, and say so.
    assert set(codes(reply)) == {"GW:1010"}


async def test_an_attachment_of_a_kind_not_agreed_is_refused(kz: Service) -> None:
    """GW:4010 names each attachment at fault and what is agreed; nothing is stored."""
    reply = await kz.post_form(
        document(RESPONSE),
        ("attachment", "application/pdf", "a.pdf", PDF),
        ("attachment", "application/zip", "b.zip", PDF),
        ("attachment", "text/html", "c.html", PDF),
    )
    assert [(row["code"], row["path"]) for row in reply.json["faults"]] == [
        ("GW:4010", "attachment[2]"),
        ("GW:4010", "attachment[3]"),
    ]
    assert reply.json["faults"][0]["expected"] == "application/pdf | image/jpeg"
    none = await kz.post_form(document(TRN), ("attachment", "application/pdf", "a.pdf", PDF))
    assert (fault(none)["code"], fault(none)["expected"]) == ("GW:4010", "no attachments")
    assert kz.rows("SELECT 1 FROM messages") == []


async def test_what_is_too_large_is_413_and_nothing_is_stored(pair: tuple[House, House]) -> None:
    """Document, attachment, metadata and the number of attachments each have their limit."""
    house = pair[0]
    house.edit("gateway.toml", "\n[api]", LIMITS)
    pdf = ("attachment", "application/pdf", "a.pdf", b"x" * 1024)
    large = ("attachment", "application/pdf", "a.pdf", b"x" * 1025)
    long = (*document(RESPONSE)[:3], sample(RESPONSE) + b" " * 32 * 1024)
    async with house.running() as gateway, house.client() as client:
        kz = Service(house, gateway, client)
        replies = [
            await client.post(sample(TRN) + b" " * 32 * 1024, {}),
            await client.post(b"<a>" + b"x" * 900_000, {}),
            await kz.post_form(long),
            await kz.post_form(document(RESPONSE), large),
            await kz.post_form(document(RESPONSE), pdf, pdf, pdf),
            await kz.post_form(document(RESPONSE), ("metadata", "application/json", "", b" " * 70_000)),
        ]
        assert [(reply.status, codes(reply)) for reply in replies] == [(413, ["GW:1004"])] * 6
        assert (await kz.post_form(document(RESPONSE), pdf, pdf)).status == 202
        assert len(rows(house, "SELECT 1 FROM messages")) == 1


async def test_parts_of_another_name_or_number_are_refused(kz: Service) -> None:
    """One message, at most one metadata, nothing else."""
    for parts_of in (
        (document(RESPONSE), document(RESPONSE)),
        (metadata(purpose="customs"),),
        (document(RESPONSE), ("extra", "text/plain", "", b"x")),
        (document(RESPONSE), metadata(), metadata()),
    ):
        reply = await kz.post_form(*parts_of)
        assert (reply.status, codes(reply)) == (400, ["GW:1010"])


@pytest.mark.parametrize(
    "name",
    [
        "a\x01b.pdf",
        "a.pdf\"; filename*=utf-8''a%01b.pdf; x=\"",
        "a.pdf\"; filename*=utf-8''a%EF%BF%BEb.pdf; x=\"",
    ],
    ids=["raw", "encoded", "no character"],
)
async def test_a_file_name_that_no_xml_can_carry_is_refused(kz: Service, name: str) -> None:
    """The name becomes a part property: one that cannot stand in XML is the caller's fault."""
    reply = await kz.post_form(document(RESPONSE), ("attachment", "application/pdf", name, PDF))
    assert (reply.status, codes(reply)) == (400, ["GW:1010"])
    assert kz.rows("SELECT 1 FROM messages") == []
