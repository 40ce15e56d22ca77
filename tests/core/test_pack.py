"""Pack, split, unpack: what one gateway packs, another reads, byte for byte."""

import gzip

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core import mime, pack
from gateway.core.agreement import Limits
from gateway.core.message import Header, Payload, Peer, Received, Unpacked, payload
from gateway.core.names import Edge, Environment, MessageId, Micros
from gateway.core.seal import pack_part
from gateway.core.unpack import unpack
from tests.core.making import FRESH, KEYRING, header, parts, unsigned, wrapped
from tests.core.test_ebms import IDS

MESSAGE_IDS = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,60}@[A-Za-z0-9.-]{1,60}", fullmatch=True)
CIDS = st.from_regex(r"[A-Za-z0-9.&'_-]{1,30}@[a-z]{1,9}", fullmatch=True)
DOCUMENTS = st.text(st.characters(codec="utf-8", categories=["L", "N"]), max_size=200).map(
    lambda text: f"<a>{text}</a>".encode()
)


def received(content_type: str, body: bytes) -> Unpacked:
    """An AS4 request, unpacked."""
    return unpack(Received(Edge.PARTNER, Peer(), body, content_type, FRESH), Limits(), KEYRING)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        header,
        message_id=MESSAGE_IDS.map(MessageId),
        conversation_id=IDS,
        ref_to_message_id=st.just("") | MESSAGE_IDS,
        sender=IDS,
        recipient=IDS,
        agreement=st.just("") | IDS,
        service=IDS.map(lambda name: "urn:" + "".join(name.split())),
        message_type=IDS,
        purpose=st.just("") | IDS,
        environment=st.sampled_from(Environment),
        deadline=st.integers(1, 4_000_000_000).map(lambda second: Micros(second * 1000)),
    ),
    DOCUMENTS,
    st.lists(st.tuples(CIDS, IDS, st.binary(max_size=200)), max_size=3, unique_by=lambda row: row[0]),
)
def test_what_is_packed_is_what_is_unpacked(head: Header, document: bytes, rows: list[tuple[str, str, bytes]]) -> None:
    """Every header field and every payload with its id, type, name, bytes and gzip form."""
    payloads = (
        payload("", "application/xml", document),
        *(payload(cid, "image/jpeg", content, name) for cid, name, content in rows),
    )
    packed = parts(*payloads)

    found = received(*wrapped(head, packed))

    assert [_seen(one) for one in found.payloads] == [_seen(one) for one in payloads]
    assert [one.packed for one in found.payloads] == [part.packed for part in packed]
    stated = found.stated
    assert (stated.message_id, stated.conversation_id, stated.ref_to_message_id) == (
        head.message_id,
        head.conversation_id,
        head.ref_to_message_id,
    )
    assert (stated.sender, stated.recipients, stated.agreement) == (head.sender, (head.recipient,), head.agreement)
    assert (stated.service, stated.action, stated.purpose) == (head.service, head.action, head.purpose)
    assert (stated.environment, stated.deadline) == (head.environment, head.deadline)


def test_packing_twice_gives_the_same_bytes() -> None:
    """A resend is byte for byte the first one (AS4 3.2)."""
    packed = parts(payload("", "application/xml", b"<a/>"))

    assert wrapped(header(), packed) == wrapped(header(), packed)


def test_message_without_payload_has_one_part() -> None:
    """A ping carries the SOAP part alone."""
    made = unsigned(header())

    (part,) = mime.split(pack.body(made, ()), made.content_type)

    assert part.content == made.soap
    assert b"PayloadInfo" not in made.soap


def test_soap_part_comes_first_and_is_the_start() -> None:
    """Its Content-ID is the start parameter's, the media type SOAP's (AS4 5.1.1)."""
    content_type, body = wrapped(header(), parts(payload("", "application/xml", b"<a/>")))

    media_type, parameters = mime.parameters(content_type)
    first = mime.split(body, content_type)[0]

    assert (media_type, parameters["type"]) == ("multipart/related", first.media_type)
    assert parameters["start"].strip("<>") == first.content_id


def test_part_that_came_packed_stays_as_it_came() -> None:
    """Gzip bytes are never made anew from what arrived compressed; others are packed the same way each time."""
    came = payload("a@x", "image/jpeg", b"content", packed=b"as it came")

    assert pack_part(came).packed == b"as it came"
    assert (
        pack_part(payload("a@x", "image/jpeg", b"content")).packed
        == pack_part(payload("b@x", "x/y", b"content")).packed
    )
    assert gzip.decompress(pack_part(payload("a@x", "image/jpeg", b"content")).packed) == b"content"
    assert pack_part(came).size == len(b"content")


def test_no_payload_ends_its_part_early() -> None:
    """An attachment that holds the boundary, which its sender can compute, arrives whole all the same."""
    document = payload("", "application/xml", b"<a/>")
    boundary = wrapped(header(), parts(document))[0].partition('boundary="')[2].partition('"')[0]
    hostile = f"\r\n--{boundary}\r\nContent-ID: <x@y>\r\n\r\n".encode()
    stored = gzip.compress(hostile, 0, mtime=0)
    attachment = payload("a@x", "image/jpeg", hostile, packed=stored)

    found = received(*wrapped(header(), parts(document, attachment)))

    assert [one.content for one in found.payloads] == [b"<a/>", hostile]


def _seen(one: Payload) -> tuple[str, str, bytes, bytes, str]:
    return one.cid, one.media_type, one.content, one.digest, one.name
