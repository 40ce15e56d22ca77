"""Who really sent a message, and the digests by which a repeat is known."""

from dataclasses import replace

import pytest

from gateway.core.authenticate import authenticate, party_of, require_agreed, system_of, under
from gateway.core.ebms import TEST_ACTION, TEST_SERVICE
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Authenticated, Identity, Payload, Peer, Received, payload
from gateway.core.names import Edge, MessageId, Micros, PartyId, SystemId
from gateway.core.salt import RedactionKey
from gateway.core.unpack import unpack
from gateway.core.wire import Property
from tests.core.making import (
    BY,
    KEYRING,
    KZ,
    NOW,
    RU,
    Gateway,
    arrived,
    certificate,
    header,
    known,
    posted,
    sent,
    wrapped,
)

BODY = b"<a>1</a>"
ID = MessageId("m-1@x")


def test_system_is_known_by_its_token(kz: Gateway) -> None:
    """A posted message is the own party's, sent for the system that the token proves."""
    found = known(kz, posted(kz, BODY))

    assert found.system is not None
    assert (found.system.id, found.sender.id) == (SystemId("national"), KZ)


def test_system_is_known_by_its_certificate(kz: Gateway) -> None:
    """A client certificate proves a system as well as a token."""
    (system,) = kz.register.systems.values()
    register = replace(kz.register, systems={system.id: replace(system, certificates=frozenset({b"c" * 32}))})

    assert system_of(Peer(certificate=b"c" * 32), register).id == system.id


@pytest.mark.parametrize("peer", [Peer(), Peer(token=b"x" * 32), Peer(certificate=b"x" * 32)])
def test_unproven_system_is_refused(peer: Peer, kz: Gateway) -> None:
    """No token, a wrong one, an unknown certificate: 401, before anything is said about the message."""
    with pytest.raises(Rejected) as caught:
        known(kz, replace(posted(kz, BODY), peer=peer))

    assert (caught.value.first, caught.value.first.status) == (ErrorCode.NOT_AUTHENTICATED, 401)


def test_own_certificate_is_no_token(kz: Gateway) -> None:
    """The gateway's own certificate proves no national system."""
    with pytest.raises(Rejected):
        system_of(Peer(certificate=certificate(kz.register.own)), kz.register)


def test_partner_is_known_by_its_certificate(by: Gateway) -> None:
    """eb:From is only believed when the client certificate is that party's."""
    found = known(by, arrived(by, BODY, header()))

    assert (found.sender.id, found.system, found.identity) == (
        KZ,
        None,
        Identity(Edge.PARTNER, KZ, header().message_id),
    )


def test_second_certificate_is_valid_during_a_rollover(by: Gateway) -> None:
    """Both certificates of a party prove it."""
    party = by.register.parties[KZ]
    both = replace(party, certificates={**party.certificates, b"n" * 32: "PEM"})
    register = replace(by.register, parties={**by.register.parties, KZ: both})
    received = replace(arrived(by, BODY, header()), peer=Peer(certificate=b"n" * 32))

    assert authenticate(unpack(received, register.limits, KEYRING), register, NOW).sender is both


@pytest.mark.parametrize(("stated", "proven"), [(KZ, RU), (RU, KZ), (BY, KZ), (PartyId("XX.UNKNOWN"), KZ), (KZ, None)])
def test_sender_that_its_certificate_does_not_prove_is_refused(
    stated: PartyId, proven: PartyId | None, by: Gateway
) -> None:
    """Another party's name, an unknown one, no certificate: EBMS:0101 and what is needed to log it (EA-3.3)."""
    content_type, request = wrapped(header(sender=stated), ())
    received = replace(sent(by, request, content_type), peer=Peer())
    if proven is not None:
        received = sent(by, request, content_type, proven)

    with pytest.raises(Rejected) as caught:
        known(by, received)

    assert (caught.value.first, caught.value.faults[0].path) == (ErrorCode.EBMS_0101, "eb:From")
    assert caught.value.about.message_id == header().message_id


def test_party_of_finds_the_certificate_s_owner(by: Gateway) -> None:
    """Nobody for an unknown certificate or none."""
    assert party_of(Peer(certificate=certificate(by.register.parties[RU])), by.register) is by.register.parties[RU]
    assert party_of(Peer(certificate=b"x" * 32), by.register) is None
    assert party_of(Peer(), by.register) is None


def test_message_id_is_the_stated_or_the_fresh_one(kz: Gateway) -> None:
    """A system may name its message; where it does not, the gateway does."""
    received = posted(kz, BODY)

    assert known(kz, received).identity.message_id == received.fresh_id
    assert known(kz, posted(kz, BODY, message_id=ID)).identity.message_id == ID


def test_identities_differ_in_every_field() -> None:
    """Edge, sender and MessageId each make another message; no two fields run into each other."""
    identities = [
        Identity(Edge.PARTNER, KZ, ID),
        Identity(Edge.NATIONAL, KZ, ID),
        Identity(Edge.PARTNER, BY, ID),
        Identity(Edge.PARTNER, KZ, MessageId("m-2@x")),
        Identity(Edge.PARTNER, KZ + "m", MessageId("-1@x")),
        Identity(Edge.PARTNER, "", MessageId(KZ + ID)),
    ]

    assert len({identity.key for identity in identities}) == len(identities)
    assert {len(identity.key) for identity in identities} == {32}


def test_salts_are_the_same_for_the_same_message(kz: Gateway) -> None:
    """A repeat gets the identical salt and digests without anything stored."""
    first, second = (known(kz, posted(kz, BODY, message_id=ID)) for _ in range(2))

    assert _digests(first) == _digests(second)


def test_salts_depend_on_key_sender_id_edge_and_bytes(kz: Gateway, by: Gateway) -> None:
    """Whoever lacks any of them cannot compute a salt; equal bodies under two ids have unlike digests."""
    rekeyed = Gateway(replace(kz.register, keys=(RedactionKey(b"k" * 32),)), kz.token)
    made = [
        known(kz, posted(kz, BODY, message_id=ID)),
        known(rekeyed, posted(kz, BODY, message_id=ID)),
        known(kz, posted(kz, BODY, message_id=MessageId("m-2@x"))),
        known(kz, posted(kz, b"<a>2</a>", message_id=ID)),
        known(by, posted(by, BODY, message_id=ID)),
        known(by, arrived(by, BODY, header(message_id=ID))),
        known(by, arrived(by, BODY, header(message_id=ID, sender=RU))),
        known(by, arrived(by, BODY, header(message_id=ID, sender=BY))),  # only the edge differs from the posted one
    ]

    for digests in zip(*map(_digests, made), strict=True):
        assert len(set(digests)) == len(made)


def test_key_is_in_no_representation(kz: Gateway) -> None:
    """A register that is printed or logged does not show the redaction key."""
    assert repr(kz.register.keys[0].secret)[2:-1] not in repr(kz.register)


def test_repeat_is_known_under_the_key_of_its_time(kz: Gateway) -> None:
    """After a rotation the older key gives the old salts and digests; without an id the oldest counts."""
    old, new = kz.register.keys[0], RedactionKey(b"n" * 32)
    rotated = Gateway(replace(kz.register, keys=(new, old)), kz.token)
    before, after = (known(gateway, posted(kz, BODY, message_id=ID)) for gateway in (kz, rotated))

    assert _digests(after) != _digests(before)
    assert under(after, rotated.register, new.id) is after
    assert _digests(under(after, rotated.register, old.id)) == _digests(before)
    assert _digests(under(after, rotated.register, "")) == _digests(before)


def test_repeat_under_a_lost_key_waits(kz: Gateway) -> None:
    """Whether it is the same cannot be told: no answer is invented."""
    with pytest.raises(Rejected) as refusal:
        under(known(kz, posted(kz, BODY, message_id=ID)), kz.register, "0" * 16)

    assert refusal.value.first is ErrorCode.UNAVAILABLE


CHANGES: dict[str, dict[str, object]] = {
    "sender": {"sender": PartyId("A")},
    "recipients": {"recipients": (RU,)},
    "more recipients": {"recipients": (BY, RU)},
    "agreement": {"agreement": "eurasec-customs"},
    "service": {"service": "s"},
    "action": {"action": "a"},
    "purpose": {"purpose": "customs"},
    "environment": {"environment": "test"},
    "conversation_id": {"conversation_id": "c"},
    "ref_to_message_id": {"ref_to_message_id": "r@x"},
    "deadline": {"deadline": Micros(1)},
}
PICTURE = payload("p@x", "image/jpeg", b"jpeg", "a.jpg")
OTHERS = [
    payload("p@x", "image/png", b"jpeg", "a.jpg"),
    payload("p@x", "image/jpeg", b"jpeG", "a.jpg"),
    payload("p@x", "image/jpeg", b"jpeg", "b.jpg"),
]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_content_differs_with_any_stated_field(change: dict[str, object], kz: Gateway) -> None:
    """A repeat that states anything else is not the same message."""
    stated = replace(posted(kz, BODY, message_id=ID).stated, **change)
    changed = replace(posted(kz, BODY, message_id=ID), stated=stated)

    assert known(kz, changed).content != known(kz, posted(kz, BODY, message_id=ID)).content


def test_content_differs_with_any_payload(kz: Gateway) -> None:
    """Type, name, bytes, number and order of attachments are content; their cids and gzip forms are not."""
    lists: list[tuple[Payload, ...]] = [(), (PICTURE,), (PICTURE, PICTURE), *((one,) for one in OTHERS)]
    lists += [(PICTURE, OTHERS[0]), (OTHERS[0], PICTURE)]
    same = replace(PICTURE, cid="q@x", packed=b"gzip")

    made = {known(kz, _with(kz, attachments)).content for attachments in lists}

    assert len(made) == len(lists)
    assert known(kz, _with(kz, (same,))).content == known(kz, _with(kz, (PICTURE,))).content


def test_content_differs_with_the_posting_system(kz: Gateway) -> None:
    """Another system that uses the same MessageId gets a conflict, not the first system's answer."""
    (system,) = kz.register.systems.values()
    other = replace(system, id=SystemId("other"), tokens=frozenset({b"t" * 32}))
    register = replace(kz.register, systems={system.id: system, other.id: other})
    received = posted(kz, BODY, message_id=ID)

    first, second = (
        authenticate(unpack(replace(received, peer=peer), register.limits, KEYRING), register, NOW)
        for peer in (kz.peer, Peer(token=b"t" * 32))
    )

    assert first.identity == second.identity
    assert first.content != second.content


def test_ping_has_digests_too(by: Gateway) -> None:
    """A message without payload is authenticated like any other."""
    content_type, request = wrapped(header(TEST_ACTION, TEST_SERVICE), ())

    found = known(by, sent(by, request, content_type))

    assert {len(digest) for digest in _digests(found)} == {32}


def test_plain_digest_of_the_document_is_nowhere(kz: Gateway) -> None:
    """What is logged cannot be tested against guesses of the document (redaction.md, the oracle)."""
    found = known(kz, posted(kz, BODY))

    assert found.unpacked.payloads[0].digest not in _digests(found)


def _digests(found: Authenticated) -> tuple[bytes, bytes, bytes]:
    return found.salts.salt(), found.received, found.content


def _with(gateway: Gateway, attachments: tuple[Payload, ...]) -> Received:
    return posted(gateway, BODY, message_id=ID, attachments=attachments)


def test_a_header_that_is_not_agreed_is_refused_after_the_sender_is_proved(by: Gateway) -> None:
    """EBMS:0010, with what the log needs; who is not proved learns nothing of what is agreed."""
    content_type, request = wrapped(header(), ())
    request = request.replace(b"/initiator</eb:Role>", b"/x</eb:Role>")
    found = known(by, sent(by, request, content_type))

    with pytest.raises(Rejected) as caught:
        require_agreed(found)
    with pytest.raises(Rejected) as unproved:
        known(by, replace(sent(by, request, content_type), peer=Peer()))

    assert ([fault.path for fault in caught.value.faults], caught.value.first) == (
        ["eb:From/eb:Role"],
        ErrorCode.EBMS_0010,
    )
    assert (caught.value.about.sender, caught.value.about.message_id) == (KZ, header().message_id)
    assert unproved.value.first is ErrorCode.EBMS_0101
    require_agreed(known(by, arrived(by, BODY, header())))


def test_a_property_makes_another_message(by: Gateway) -> None:
    """The same MessageId with another tracking identifier is no repeat; with the same one it is."""
    first, same, other = (
        known(by, arrived(by, BODY, header(properties=(Property("trackingIdentifier", value),)))) for value in "112"
    )
    assert first.content == same.content
    assert first.content != other.content
    assert first.content != known(by, arrived(by, BODY, header())).content
