"""AS4_CP_TA…: header, payloads, properties and compression."""

import gzip

import pytest

from gateway.core.errors import Rejected
from gateway.core.names import MessageId
from gateway.flow.ping import Pinger, Result, ping
from tests.assertions.street import ID, TRN, Forged, Seen, Street
from tests.core.making import BY
from tests.house import sample

MESSAGING = "/S12:Envelope/S12:Header/eb:Messaging"
USER = f"{MESSAGING}/eb:UserMessage"
RECEIPT = (
    f"{MESSAGING}/eb:SignalMessage/eb:Receipt/ebbp:NonRepudiationInformation/ebbp:MessagePartNRInformation/ds:Reference"
)
ERROR = f"{MESSAGING}/eb:SignalMessage/eb:Error"
PDF, PICTURE = b"%PDF-1.7 " + bytes(99), b"\xff\xd8\xff\xe0" + bytes(99)
REQUEST = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
RESPONSE = sample("valid/DocumentVerificationResponse--confirmed")
PROPERTIES = "</eb:MessageProperties>"
BOTH = ("application/pdf", PDF), ("image/jpeg", PICTURE)
CONVERSATION = "talk@producer"


def receipted(found: Seen) -> bool:
    """Whether the answer is a receipt for every reference of the message's signature, within 2XX."""
    uris = found.answered(f"{RECEIPT}/@URI")
    sent = found.find("//ds:SignedInfo/ds:Reference/@URI")
    return bool(sent) and uris == sent and 200 <= found.reply.status < 300


async def test_as4_cp_ta01_a_push_gets_its_receipt(on: Street) -> None:
    """The answer of the same HTTP request is a receipt of non-repudiation, within 2XX."""
    assert receipted(await on.send())
    assert await on.state() == "delivered"


async def answered(on: Street) -> None:
    """BY's producer answers KZ's request."""
    by = on.town["BY.GTK"]
    await by.post(RESPONSE, "answer@town", to=("KZ.KGD",), ref_to_message_id=MessageId(ID))
    assert await by.deliver() == 1


async def test_as4_cp_ta02_an_answer_refers_to_its_request(on: Street) -> None:
    """RefToMessageId of the second message is the MessageId of the first (two-way, push and push)."""
    (first,) = (await on.send(document=REQUEST)).find(f"{USER}/eb:MessageInfo/eb:MessageId")
    await answered(on)

    assert on.seen.find(f"{USER}/eb:MessageInfo/eb:RefToMessageId") == [first]


async def test_as4_cp_ta03_one_origin_and_one_destination(on: Street) -> None:
    """Every message has one PartyId in From and one in To."""
    await on.send(document=REQUEST)
    first = on.seen
    await answered(on)

    for seen in (first, on.seen):
        assert (len(seen.find(f"{USER}//eb:From/eb:PartyId")), len(seen.find(f"{USER}//eb:To/eb:PartyId"))) == (1, 1)


async def test_as4_cp_ta04_an_uncompressed_payload_is_taken(on: Street) -> None:
    """Although the P-Mode compresses."""
    bend = ('<eb:Property name="CompressionType">application/gzip</eb:Property>', "")

    assert receipted(await on.simulate(*Forged((bend,), TRN).made(on)))
    assert await on.delivered() == [[TRN]]


async def test_as4_cp_ta05_the_body_is_empty_and_the_payload_a_mime_part(on: Street) -> None:
    """Compressed, in a part of its own."""
    seen = await on.send()

    assert seen.find("/S12:Envelope/S12:Body/node()") == []
    assert [gzip.decompress(part.content) for part in seen.opened.parts] == [TRN]


async def test_as4_cp_ta06_the_leading_document_is_the_first_part(on: Street) -> None:
    """The document, then the others, each in a part of its own; the Body is empty."""
    seen = await on.send(*BOTH, document=RESPONSE)

    by_id = {f"cid:{part.content_id}": gzip.decompress(part.content) for part in seen.opened.parts}
    assert [by_id[href] for href in seen.find("//eb:PartInfo/@href")] == [RESPONSE, PDF, PICTURE]
    assert seen.find("/S12:Envelope/S12:Body/node()") == []


async def test_as4_cp_ta07_every_payload_is_delivered(on: Street) -> None:
    """And the message receipted."""
    assert receipted(await on.send(*BOTH, document=RESPONSE))
    assert await on.delivered() == [[RESPONSE, PDF, PICTURE]]


async def test_as4_cp_ta08_a_hyperlink_is_refused(on: Street) -> None:
    """EBMS:0011 in the same request's answer; nothing is delivered."""
    seen = await on.simulate(*Forged((('href="cid:', 'href="https://example.org/'),)).made(on))

    assert seen.answered(f"{ERROR}/@errorCode") == ["EBMS:0011"]
    assert await on.delivered() == []


async def test_as4_cp_ta16_a_ping_names_the_test_service(on: Street) -> None:
    """Service and action are those of ebMS 5.2.2."""
    kz = on.town["KZ.KGD"]
    party = kz.settings.register.parties[BY]
    found = await ping(party, Pinger(kz.settings.register, kz.loopback, on.town.clock, kz.store))

    core = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
    assert on.seen.find(f"{USER}//eb:Service | {USER}//eb:Action") == [f"{core}service", f"{core}test"]
    assert found.result is Result.RECEIPT


async def test_as4_cp_ta17_a_ping_is_receipted_and_not_delivered(on: Street) -> None:
    """Within 2XX; the consumer has nothing."""
    await test_as4_cp_ta16_a_ping_names_the_test_service(on)

    assert receipted(on.seen)
    assert await on.delivered() == []


async def test_as4_cp_ta18_a_conversation_is_made_where_none_is_named(on: Street) -> None:
    """ConversationId is present and not empty."""
    (conversation,) = (await on.send()).find(f"{USER}//eb:ConversationId")

    assert conversation


async def test_as4_cp_ta19_an_answer_keeps_the_conversation(on: Street) -> None:
    """Of the request, which its producer named; the one who answers need not name it."""
    first = await on.send(document=REQUEST, conversation_id=CONVERSATION)
    await answered(on)

    for seen in (first, on.seen):
        assert seen.find(f"{USER}//eb:ConversationId") == [CONVERSATION]


async def test_as4_cp_ta20_message_properties_may_have_a_type(on: Street) -> None:
    """One with name and type, one with a name only."""
    more = '<eb:Property name="trackingIdentifier" type="t">1</eb:Property>'
    seen = await on.simulate(*Forged(((PROPERTIES, more + PROPERTIES),)).made(on))

    assert receipted(seen)
    assert len(seen.find("//eb:MessageProperties/eb:Property[not(@type)]")) > 1


async def test_as4_cp_ta21_a_user_message_with_payload_is_receipted(on: Street) -> None:
    """SOAP with attachments, the envelope first."""
    seen = await on.send()

    assert receipted(seen)
    assert on.town.sent[-1][1].startswith("multipart/related;")


async def test_as4_cp_ta22_the_sender_takes_the_receipt(on: Street) -> None:
    """The message counts as delivered, with its receipt kept."""
    await on.send()

    assert await on.state() == "delivered"
    assert await on.town["KZ.KGD"].store.entries(ID, "delivered", 10)


async def test_as4_cp_ta23_the_payload_is_gzip(on: Street) -> None:
    """What is inside the part unpacks to the document."""
    (part,) = (await on.send()).opened.parts

    assert gzip.decompress(part.content) == TRN


async def test_as4_cp_ta24_compression_is_told(on: Street) -> None:
    """CompressionType application/gzip."""
    assert (await on.send()).find("//eb:PartInfo//eb:Property[@name='CompressionType']") == ["application/gzip"]


async def test_as4_cp_ta25_the_media_type_is_the_producers(on: Street) -> None:
    """MimeType as it was submitted."""
    seen = await on.send(BOTH[0], document=RESPONSE)

    assert seen.find("//eb:PartInfo//eb:Property[@name='MimeType']") == ["application/xml", "application/pdf"]


async def test_as4_cp_ta26_a_compressed_part_without_media_type_is_refused(on: Street) -> None:
    """In the same request's answer."""
    bend = ('<eb:Property name="MimeType">application/xml</eb:Property>', "")
    seen = await on.simulate(*Forged((bend,)).made(on))

    assert seen.answered(f"{ERROR}/@errorCode") == ["EBMS:0303"]


async def test_as4_cp_ta28_the_encoding_is_told(on: Street) -> None:
    """CharacterSet UTF-8."""
    assert (await on.send()).find("//eb:PartInfo//eb:Property[@name='CharacterSet']") == ["UTF-8"]


async def test_as4_cp_ta27_instead_a_document_in_utf_16_is_refused(on: Street) -> None:
    """Documents are agreed as UTF-8: the producer is told so, and nothing is sent (NOT_APPLICABLE)."""
    wide = TRN.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    with pytest.raises(Rejected, match="GW:1003"):
        await on.send(document=wide)
    assert on.town.sent == []


async def test_as4_cp_ta29_a_name_that_is_no_encoding_is_refused(on: Street) -> None:
    """In the same request's answer."""
    seen = await on.simulate(*Forged(((">UTF-8<", ">!utf*<"),)).made(on))

    assert seen.answered(f"{ERROR}/@errorCode") == ["EBMS:0001"]


async def test_as4_cp_ta30_a_damaged_payload_is_a_decompression_failure(on: Street) -> None:
    """Code, short description, severity and category as published."""
    seen = await on.simulate(*Forged(carried=gzip.compress(TRN)[:-9]).made(on))

    found = [seen.answered(f"{ERROR}/@{name}") for name in ("errorCode", "shortDescription", "severity", "category")]
    assert found == [["EBMS:0303"], ["DecompressionFailure"], ["failure"], ["Communication"]]


async def test_as4_cp_ta32_a_payload_is_delivered_unpacked(on: Street) -> None:
    """The consumer gets the document."""
    await on.send()

    assert await on.delivered() == [[TRN]]


async def test_as4_cp_ta33_several_payloads_are_delivered_unpacked(on: Street) -> None:
    """XML and others."""
    await on.send(*BOTH, document=RESPONSE)

    assert await on.delivered() == [[RESPONSE, PDF, PICTURE]]


async def test_as4_cp_ta44_part_properties_may_have_a_type(on: Street) -> None:
    """One with name and type, one with a name only."""
    more = '<eb:Property name="one" type="t">1</eb:Property><eb:Property name="two">2</eb:Property></eb:PartProperties>'

    assert receipted(await on.simulate(*Forged((("</eb:PartProperties>", more),)).made(on)))


async def test_as4_cp_ta45_payloads_keep_their_order(on: Street) -> None:
    """In PayloadInfo, as the producer submitted them."""
    seen = await on.send(*reversed(BOTH), document=RESPONSE)

    types = seen.find("//eb:PayloadInfo/eb:PartInfo//eb:Property[@name='MimeType']")
    assert types == ["application/xml", "image/jpeg", "application/pdf"]
