"""The payloads of an AS4 message: named one to one, decompressed within bounds, equal to their digests."""

import base64
import gzip
import io
from dataclasses import replace

import pytest

from gateway.core import ebms
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import payload
from gateway.core.unpack import HELD, Outgrown, unpack
from tests.core.making import KEYRING
from tests.core.test_unpack import DOCUMENT, LIMITS, carrying, codes, content_of, gzipped, refused, request

XML = b"<a>1</a>"
PACKED = gzipped(XML)
MIME_TYPE = "<eb:Property name='MimeType'>application/xml</eb:Property>"


def test_order_is_that_of_the_header() -> None:
    """The leading document is the first eb:PartInfo, wherever its MIME part stands."""
    second = payload("second@x", "image/jpeg", b"jpeg")
    there, back = request(payloads=(DOCUMENT, second)), request(payloads=(second, DOCUMENT))
    soap_part = there.body.partition(b"<?xml")[2].partition(b"\r\n--gw")[0]
    other = back.body.partition(b"<?xml")[2].partition(b"\r\n--gw")[0]

    mixed = replace(back, body=back.body.replace(other, soap_part))

    assert content_of(unpack(mixed, LIMITS, KEYRING)) == [DOCUMENT.content, b"jpeg"]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"cid:doc@x", b"cid:doc%40x"), (b"cid:doc@x", b"CID:doc@x"), (b"<doc@x>", b"<doc%40x>"), (b"<doc@x>", b"doc@x")],
)
def test_a_part_is_found_however_its_name_is_written(old: bytes, new: bytes) -> None:
    """Percent-encoded or not, in the reference or in the header (RFC 2392 2)."""
    assert content_of(unpack(request((old, new)), LIMITS, KEYRING)) == [DOCUMENT.content]


def test_uncompressed_part_is_taken() -> None:
    """Parts must be taken uncompressed too (AS4 3.1, TA04); the type is then that of the MIME part."""
    found = unpack(carrying(XML, XML, "<eb:Property name='X'/>"), LIMITS, KEYRING)

    assert (found.payloads[0].content, found.payloads[0].media_type, found.payloads[0].packed) == (
        XML,
        "application/xml",
        b"",
    )


def test_compressed_part_needs_a_media_type() -> None:
    """AS4 3.1: MimeType is required where CompressionType stands (TA26)."""
    properties = f"<eb:Property name='CompressionType'>{ebms.GZIP}</eb:Property>"

    (fault,) = refused(carrying(PACKED, XML, properties)).faults

    assert (fault.code, fault.expected) == (ErrorCode.EBMS_0303, "MimeType on a compressed part")


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        (b"", "one complete gzip member"),
        (XML, "gzip"),
        (PACKED[:-1], "one complete gzip member"),
        (PACKED[:12], "one complete gzip member"),
        (PACKED[:-8] + bytes(8), "gzip"),
        (PACKED[:14] + b"\xff" + PACKED[15:], "gzip"),
        (PACKED + b"x", "one complete gzip member"),
        (PACKED + PACKED, "one complete gzip member"),
        (gzipped(b"<a>" + b" " * 10**6 + b"</a>"), "at most 5000 bytes decompressed"),
        (gzipped(b" " * 5001), "at most 5000 bytes decompressed"),
    ],
    ids=["empty", "no-gzip", "last-byte", "cut", "checksum", "damaged", "trailing", "two-members", "bomb", "one-over"],
)
def test_part_that_cannot_be_decompressed_is_refused(packed: bytes, expected: str) -> None:
    """Damaged, too large, or more than one member: AS4's DecompressionFailure (TA30)."""
    (fault,) = refused(carrying(packed, XML)).faults

    assert (fault.code, fault.expected) == (ErrorCode.EBMS_0303, expected)


def test_part_of_exactly_the_limit_is_decompressed() -> None:
    """The document's limit and the attachment's are inclusive; plain parts are held to them, too."""
    content = b"<a>" + b" " * 4993 + b"</a>"
    taken = unpack(carrying(gzipped(content), content), LIMITS, KEYRING)
    assert taken.payloads[0].size == LIMITS.body
    (fault,) = refused(carrying(content + b" ", content + b" ", MIME_TYPE)).faults
    assert (fault.code, fault.expected) == (ErrorCode.TOO_LARGE, "at most 5000 bytes")


def test_all_parts_together_have_a_limit() -> None:
    """Each may be allowed and all of them too much; the control is allowed one byte more."""
    pictures = [payload(f"{number}@x", "image/jpeg", bytes(1000)) for number in range(2)]
    made = request(payloads=(DOCUMENT, *pictures))
    total = DOCUMENT.size + 2000

    assert len(unpack(made, replace(LIMITS, message=total), KEYRING).payloads) == 3
    with pytest.raises(Rejected, match="EBMS:0303"):
        unpack(made, replace(LIMITS, message=total - 1), KEYRING)


def test_a_document_that_outgrows_its_room_asks_for_it_first() -> None:
    """It says how large it will be before it is unpacked, and is held to that."""
    content = b"<a>" + b" " * 3000 + b"</a>"
    for packed, properties in ((gzipped(content), ""), (content, MIME_TYPE)):
        made = carrying(packed, content, properties) if properties else carrying(packed, content)
        with pytest.raises(Outgrown) as outgrown:
            unpack(replace(made, room=1000), LIMITS, KEYRING)
        assert outgrown.value.size == len(content)
        assert unpack(replace(made, room=outgrown.value.size), LIMITS, KEYRING).payloads[0].content == content


def test_a_member_that_lies_about_its_size_gets_no_more_room() -> None:
    """The size behind a gzip member is only believed where it is larger than what comes."""
    content = b"<a>" + b" " * 3000 + b"</a>"
    liar = gzipped(content)[:-4] + (100).to_bytes(4, "little")
    with pytest.raises(Rejected, match="EBMS:0303"):
        unpack(replace(carrying(liar, content), room=1000), LIMITS, KEYRING)


@pytest.mark.parametrize("plain", [True, False])
def test_of_a_large_attachment_only_the_gzip_bytes_are_held(*, plain: bool) -> None:
    """Whatever it unpacks to; where the member holds more than content, it is made anew."""
    content, limits = bytes(HELD + 1), replace(LIMITS, attachment=HELD + 1, message=2 * HELD)
    member = gzip.compress(content) if plain else named_member(content)
    picture = payload("p@x", "image/jpeg", content, packed=member)
    (_, found) = unpack(request(payloads=(DOCUMENT, picture)), limits, KEYRING).payloads
    assert (found.content, found.size, found.digest) == (b"", len(content), picture.digest)
    assert (found.packed == member) is plain
    assert gzip.decompress(found.packed) == content
    assert found.packed[3:4] == b"\0"


def named_member(content: bytes) -> bytes:
    """A gzip member with a file name in its header."""
    written = io.BytesIO()
    with gzip.GzipFile("secret-name.pdf", "wb", fileobj=written) as member:
        member.write(content)
    return written.getvalue()


def test_content_must_have_the_stated_digest() -> None:
    """A wrong digest is a policy fault (EA-3.5); other products state none, and get the one that arrived."""
    digest = base64.b64encode(DOCUMENT.digest)
    wrong = refused(request((digest, base64.b64encode(bytes(32)))))
    stated = request((b'name="Digest"', b'name="Other"'))

    assert codes(wrong.faults) == ["EBMS_0103"]
    assert wrong.faults[0].path == "eb:PartInfo[1]"
    assert content_of(unpack(stated, LIMITS, KEYRING)) == [DOCUMENT.content]


def test_no_fault_names_a_part_by_what_may_be_its_digest() -> None:
    """The Content-ID of a document from a gateway is half its digest: kept in a log, it would let guesses be tested."""
    content = b"<a>" + b" " * 6_000 + b"</a>"
    large = refused(carrying(content, content, MIME_TYPE))
    wrong = refused(request((base64.b64encode(DOCUMENT.digest), base64.b64encode(bytes(32)))))

    assert [fault.path for fault in (*large.faults, *wrong.faults)] == ["eb:PartInfo[1]", "eb:PartInfo[1]"]


@pytest.mark.parametrize("href", ["http://partner.example/doc.xml", "file:///etc/passwd", "#id", ""])
def test_payload_outside_the_message_is_refused(href: str) -> None:
    """Nothing is fetched: TA08, EBMS:0011."""
    assert codes(refused(carrying(PACKED, XML, href=href)).faults) == ["EBMS_0011"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'href="cid:doc@x"', b'href="cid:doc@y"'),
        (b"Content-ID: <doc@x>", b"Content-ID: <doc@y>"),
        (b"<eb:PayloadInfo>", b"<x:Other xmlns:x='urn:x'>"),
    ],
    ids=["href", "content-id", "no-info"],
)
def test_parts_and_header_must_match(old: bytes, new: bytes) -> None:
    """A part that no eb:PartInfo names, or the other way round, is a MIME inconsistency."""
    replaced = ((old, new), (b"</eb:PayloadInfo>", b"</x:Other>")) if b"PayloadInfo" in old else ((old, new),)

    assert codes(refused(request(*replaced)).faults) == ["EBMS_0007"]


@pytest.mark.parametrize("everywhere", [False, True])
def test_two_parts_with_one_id_are_refused(*, everywhere: bool) -> None:
    """Which of them was meant cannot be known, even where the header names the id twice."""
    second = payload("second@x", "image/jpeg", b"jpeg")
    replaced = [(b"<second@x>", b"<doc@x>")]
    if everywhere:
        digest = base64.b64encode(DOCUMENT.digest), base64.b64encode(second.digest)
        replaced += [(b'href="cid:second@x"', b'href="cid:doc@x"'), digest]

    assert codes(refused(request(*replaced, payloads=(DOCUMENT, second))).faults) == ["EBMS_0007"]


def test_part_named_twice_is_refused() -> None:
    """Two eb:PartInfo for one part leave another part unnamed: it would vanish under a valid receipt."""
    second = payload("second@x", "image/jpeg", b"jpeg")
    info = base64.b64encode(second.digest), base64.b64encode(DOCUMENT.digest)
    received = request((b'href="cid:second@x"', b'href="cid:doc@x"'), info, payloads=(DOCUMENT, second))

    assert codes(refused(received).faults) == ["EBMS_0007"]


def test_more_parts_than_allowed_are_refused() -> None:
    """The document and the attachments of the limit; counted before anything is decompressed."""
    others = [payload(f"{number}@x", "image/jpeg", b"jpeg%d" % number) for number in range(3)]

    assert len(unpack(request(payloads=(DOCUMENT, *others[:2])), LIMITS, KEYRING).payloads) == 3
    (fault,) = refused(request(payloads=(DOCUMENT, *others))).faults
    assert (fault.code, fault.expected) == (ErrorCode.EBMS_0007, "at most 3 parts")


def test_document_is_parsed_under_the_same_rules() -> None:
    """A DOCTYPE is refused at the partner edge as at the national one."""
    attack = payload("doc@x", "application/xml", b"<!DOCTYPE a><a/>")

    assert codes(refused(request(payloads=(attack,))).faults) == ["DOCTYPE_FORBIDDEN"]


@pytest.mark.parametrize("media_type", ["application/xml&#13;&#10;X-Injected: yes", "no type", "image/png"])
def test_document_must_have_an_xml_media_type(media_type: str) -> None:
    """The type becomes a header of what a webhook is sent: it must be one, and the document's must be XML."""
    properties = f"<eb:Property name='MimeType'>{media_type}</eb:Property>"

    refused(carrying(XML, XML, properties))


def test_base64_part_is_decoded() -> None:
    """Some peers send parts as base64; they mean the bytes."""
    received = carrying(b"%s", XML, MIME_TYPE)
    body = received.body.replace(b"%s", base64.b64encode(XML)).replace(
        b"Content-ID", b"Content-Transfer-Encoding: base64\r\nContent-ID"
    )

    found = unpack(replace(received, body=body), LIMITS, KEYRING)

    assert content_of(found) == [XML]


@pytest.mark.parametrize("media_type", ["Application/XML", "application/xml; charset=UTF-8"])
def test_media_type_is_read_as_mime_writes_it(media_type: str) -> None:
    """In any case, and with parameters, as the header of a part and the national edge's may have (RFC 2045 5.1)."""
    properties = f"<eb:Property name='MimeType'>{media_type}</eb:Property>"

    assert content_of(unpack(carrying(XML, XML, properties), LIMITS, KEYRING)) == [XML]


def test_part_properties_go_on_but_for_how_the_part_travelled() -> None:
    """In their order, with their types; compression is nobody's business behind the gateway (AS4 3.1)."""
    rows = (
        "<eb:Property name='b' type='t'>1</eb:Property><eb:Property name='MimeType'>application/xml</eb:Property>"
        f"<eb:Property name='CompressionType'>{ebms.GZIP}</eb:Property><eb:Property name='CharacterSet'>utf-8</eb:Property>"
        "<eb:Property name='FileName'>a.xml</eb:Property><eb:Property name='Content-Disposition'>inline</eb:Property>"
    )
    (found,) = unpack(carrying(PACKED, XML, rows), LIMITS, KEYRING).payloads
    assert [(each.name, each.value, each.type) for each in found.properties] == [
        ("b", "1", "t"), ("FileName", "a.xml", ""), ("Content-Disposition", "inline", ""),
    ]  # fmt: skip
    assert found.name == "a.xml"


@pytest.mark.parametrize(("head", "name"), [('attachment; filename="a b.pdf"', "a b.pdf"), ("inline", "")])
def test_the_mime_part_may_name_the_file(head: str, name: str) -> None:
    """AS4 5.1.9: where no property does."""
    received = carrying(PACKED, XML)
    body = received.body.replace(b"Content-ID: <doc@x>", f"Content-Disposition: {head}\r\nContent-ID: <doc@x>".encode())
    (found,) = unpack(replace(received, body=body), LIMITS, KEYRING).payloads
    assert found.name == name
