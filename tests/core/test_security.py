"""What a P-Mode demands is put on what goes out, and nothing that bears less is taken (AS4 5.1.4 to 5.1.8)."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.core import ebms, receipt, soap
from gateway.core.agreement import Limits, Party, Register
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Header, MimePart, Peer, Received, Staged, Wrapped, payload
from gateway.core.names import SECOND, Edge, MessageId, Micros
from gateway.core.pack import Pack, body, pack, resecured
from gateway.core.pmode import PROFILES, PMode
from gateway.core.security import Secured, fingerprint, holds, prove, sign_signal, signed_references, unsecured
from gateway.core.soap import Keyring
from gateway.core.unpack import unpack
from gateway.core.wss import canonical
from gateway.core.wss.keys import local_signer
from gateway.core.wss.sign import How, PartDigest, sign
from tests.core import making
from tests.core.making import BY, KZ, header, parts
from tests.core.wss.making import certificate as certified
from tests.core.wss.making import key
from tests.core.wss.recipients import drawn, recipient
from tests.loading import load

NOW = Micros(1_800_000_000 * SECOND)
SIGNED = PROFILES["ics2"]
SEALED = replace(PROFILES["edelivery-1.15"], key_transport="rsa-oaep")
PLAIN = PROFILES["plain-tls"]
DOCUMENT = payload("a@kz", "application/xml", b"<a/>")
PICTURE = payload("p@kz", "image/jpeg", b"jpeg" * 9)
Registers = tuple[Register, Register]


@pytest.fixture(scope="module")
def both(folders: dict[str, tuple[Path, str]]) -> Registers:
    """KZ as it sends, and BY as it receives: both sign; messages to BY can be encrypted."""
    kz, by = (load(folders[name][0]).register for name in (KZ, BY))
    opener = recipient("rsa")
    parties = {**kz.parties, BY: replace(kz.parties[BY], readers=(opener.certificate,))}
    return replace(kz, parties=parties), replace(by, openers=(opener,))


def sent(both: Registers, pmode: PMode, head: Header | None = None) -> tuple[Pack, bytes]:
    """KZ's message to BY with a document and a picture, and its request."""
    packed = parts(DOCUMENT, PICTURE)
    made = pack(head or header(), packed, (both[0].parties[BY], pmode), both[0], drawn)
    return made, body(made, [(part.cid, part.packed) for part in packed])


def read(both: Registers, made: Pack, request: bytes) -> Wrapped:
    """What BY reads, decrypted."""
    received = Received(Edge.PARTNER, Peer(), request, made.content_type, MessageId("fresh"))
    return soap.opened(soap.read(received, Limits()), Keyring(both[1].openers, drawn))


def proven(both: Registers, wrapped: Wrapped, pmode: PMode, now: Micros = NOW) -> tuple[str, ...]:
    """What BY takes as covered by KZ's signature."""
    return tuple(row.uri for row in prove(wrapped, (both[1].parties[KZ], pmode), both[1], now))


def code(act: Callable[[], object]) -> ErrorCode:
    """What it is refused with."""
    with pytest.raises(Rejected) as refusal:
        act()
    return refusal.value.first


@pytest.mark.parametrize("pmode", [SIGNED, SEALED], ids=["ics2", "edelivery-1.15"])
def test_what_is_packed_is_proven_and_read(both: Registers, pmode: PMode) -> None:
    """The receiver knows that everything is the sender's, and reads what was sent."""
    made, request = sent(both, pmode)
    wrapped = read(both, made, request)

    assert set(proven(both, wrapped, pmode)) == {"#messaging", "#body", "cid:a@kz", "cid:p@kz"}
    received = Received(Edge.PARTNER, Peer(), request, made.content_type, MessageId("fresh"))
    taken = unpack(received, Limits(), Keyring(both[1].openers, drawn))
    assert [found.content for found in taken.payloads] == [DOCUMENT.content, PICTURE.content]
    assert (b"<a/>" in request, bool(made.content_key)) == (False, pmode.encrypt)


def test_no_plain_byte_of_an_encrypted_message_is_on_the_wire(both: Registers) -> None:
    """The gzip bytes themselves are not there; of a message that is only signed they are (the control)."""
    packed = parts(DOCUMENT)[0].packed
    assert packed in sent(both, SIGNED)[1]
    assert packed not in sent(both, SEALED)[1]


@pytest.mark.parametrize(("bears", "demanded"), [(PLAIN, SIGNED), (SIGNED, SEALED), (PLAIN, SEALED)])
def test_less_than_the_pmode_demands_is_a_policy_fault(both: Registers, bears: PMode, demanded: PMode) -> None:
    """EBMS:0103; the control: under the P-Mode it was made for it is taken."""
    wrapped = read(both, *sent(both, bears))

    assert proven(both, wrapped, bears) is not None
    assert code(lambda: proven(both, wrapped, demanded)) is ErrorCode.EBMS_0103


@pytest.mark.parametrize("bears", [SIGNED, SEALED])
def test_more_than_the_pmode_demands_is_taken_and_checked(both: Registers, bears: PMode) -> None:
    """A partner that already signs is not refused; a wrong signature is, though none was asked for."""
    wrapped = read(both, *sent(both, bears))
    demanded = replace(PLAIN, signature_methods=bears.signature_methods, digests=bears.digests)

    assert len(proven(both, wrapped, demanded)) == 4
    broken = replace(wrapped, parts=(replace(wrapped.parts[0], content=b"other"), *wrapped.parts[1:]))
    assert code(lambda: proven(both, broken, demanded)) is ErrorCode.EBMS_0101


def test_another_partys_key_and_an_ended_certificate_prove_nothing(both: Registers) -> None:
    """EBMS:0101 for both: the key must be that party's, and valid when the message comes."""
    wrapped = read(both, *sent(both, SIGNED))
    other = both[1].parties[making.RU]
    late = Micros(NOW + 20 * 365 * 24 * 3600 * SECOND)

    assert code(lambda: prove(wrapped, (other, SIGNED), both[1], NOW)) is ErrorCode.EBMS_0101
    assert code(lambda: proven(both, wrapped, SIGNED, late)) is ErrorCode.EBMS_0101


def test_a_staged_part_is_proven_by_the_digest_that_was_taken_as_it_came(both: Registers) -> None:
    """Its bytes are not in memory any more; another digest than the signature's proves nothing."""
    wrapped = read(both, *sent(both, SIGNED))
    first, second = wrapped.parts
    staged = MimePart(second.headers, b"", b"", Staged(1, 4, 4, b""), ("sha256", parts(PICTURE)[0].packed_digest))

    assert len(proven(both, replace(wrapped, parts=(first, staged)), SIGNED)) == 4
    unknown = replace(wrapped, parts=(first, replace(staged, arrived=("sha512", bytes(64)))))
    assert code(lambda: proven(both, unknown, SIGNED)) in {ErrorCode.EBMS_0101, ErrorCode.EBMS_0103}


def test_a_message_secured_again_is_the_same_message(both: Registers) -> None:
    """Messaging, Body, parts and boundary stay: duplicate elimination and receipts still match."""
    first, _ = sent(both, SEALED)
    to = both[0].parties[BY], replace(SEALED, data_encryption="aes256-gcm")
    again = resecured(first, parts(DOCUMENT, PICTURE), to, both[0], drawn)

    assert (again.content_type, unsecured(again.soap)) == (first.content_type, unsecured(first.soap))
    assert signed_references(again.soap) == signed_references(first.soap)
    assert again.soap != first.soap
    assert len(again.content_key) == 32


def test_a_pack_holds_while_everything_it_was_made_by_does(both: Registers) -> None:
    """Another P-Mode, a key of ours that is gone, a reader that is gone, an end that has come: secured again."""
    kz, party = both[0], both[0].parties[BY]
    secured = Secured.of(sent(both, SEALED)[0].secured)
    known, party = party, replace(party, readers=())
    stranger = local_signer((certified(key("p256")),), key("p256"))

    assert holds(secured, (known, SEALED), kz, NOW)
    assert not holds(secured, (known, SIGNED), kz, NOW)
    assert not holds(secured, (known, PLAIN), kz, NOW)
    assert not holds(secured, (known, SEALED), replace(kz, signers=(stranger,)), NOW)
    assert not holds(secured, (party, SEALED), kz, NOW)
    assert not holds(secured, (known, SEALED), kz, secured.until)
    assert holds(Secured.of(""), (party, PLAIN), kz, NOW)
    assert not holds(Secured.of(""), (party, SIGNED), kz, NOW)
    assert Secured.of(str(secured)) == secured


def test_a_receipt_repeats_what_was_signed_and_is_signed_itself(both: Registers) -> None:
    """The sender compares digest by digest and checks whose receipt it is; a repeat gets the identical bytes."""
    made, _ = sent(both, SIGNED)
    references = signed_references(made.soap)
    known = replace(making.taken(), pmode=SIGNED, references=references)
    kept = receipt.acknowledge(MessageId("m-1@kz.kgd.gateway"), MessageId("r-1@by"), NOW)
    answer, again = (receipt.complete(kept, known, both[1]) for _ in range(2))
    wrapped = soap.split(answer.body, answer.content_type, Limits())
    signal = ebms.read_signal(soap.messaging(wrapped.envelope))

    assert answer == again
    assert signal is not None
    assert receipt.confirms(signal, MessageId("m-1@kz.kgd.gateway"), receipt.expected(made.soap, [])) is None
    covered = prove(wrapped, (both[0].parties[BY], SIGNED), both[0], NOW)
    assert {row.uri for row in covered} == {"#messaging", "#body"}  # of itself, never of the request's parts
    unsigned = soap.split(unsecured(answer.body), answer.content_type, Limits())
    assert code(lambda: prove(unsigned, (both[0].parties[BY], SIGNED), both[0], NOW)) is ErrorCode.EBMS_0103


def test_where_nobody_signs_nothing_is_signed(both: Registers) -> None:
    """An unsigned P-Mode leaves envelopes as they are, and demands nothing."""
    made, request = sent(both, PLAIN)

    assert (made.secured, unsecured(made.soap), signed_references(made.soap)) == ("", made.soap, ())
    assert sign_signal(b"<x/>", PLAIN, both[0]) == b"<x/>"
    assert proven(both, read(both, made, request), PLAIN) == ()


def test_what_the_configuration_does_not_allow_is_not_sent(both: Registers) -> None:
    """No key for the P-Mode's methods, no certificate to encrypt for: nothing leaves, and the delivery says why."""
    nobody: Party = replace(both[0].parties[BY], readers=())

    assert code(lambda: both[0].signer_of(replace(SIGNED, signature_methods=("ed25519",)))) is ErrorCode.UNAVAILABLE
    packed = parts(DOCUMENT)
    assert code(lambda: pack(header(), packed, (nobody, SEALED), both[0], drawn)) is ErrorCode.UNAVAILABLE


def test_an_encrypted_part_that_is_not_there_is_a_broken_message(both: Registers) -> None:
    """EBMS:0007: the header says which part is encrypted, the request does not hold it."""
    made, request = sent(both, SEALED)
    lost = request.replace(b"Content-ID: <p@kz>", b"Content-ID: <q@kz>")
    assert lost != request

    assert code(lambda: read(both, made, lost)) is ErrorCode.EBMS_0007


def test_only_a_pmodes_security_is_what_a_pack_was_made_by() -> None:
    """What stands in the header was written once: a change there secures nothing anew; one of the keys' ways does."""
    assert fingerprint(SIGNED) == fingerprint(replace(SIGNED, mpc="urn:other", properties=frozenset({"a", "b"})))
    assert fingerprint(SEALED) != fingerprint(replace(SEALED, key_transport="ecdh-es"))


def test_a_readable_part_may_be_signed_in_its_canonical_form(both: Registers) -> None:
    """SwA 1.1.1 5.4.2: an uncompressed XML part holds by its canonical form; another document's does not."""
    octets, packed = b"<a  b='1'></a>", parts(DOCUMENT)
    plain = pack(header(), packed, (both[0].parties[BY], PLAIN), both[0], drawn).soap
    digest = sha256(canonical.content("application/xml", octets)).digest()
    signed = sign(plain, [PartDigest("a@kz", digest)], both[0].signers[0], How())
    envelope = soap.split(signed, ebms.SOAP_TYPE, Limits()).envelope
    head = {"content-type": "application/xml", "content-id": "<a@kz>"}

    assert "cid:a@kz" in proven(both, Wrapped(envelope, (MimePart(head, octets),)), SIGNED)
    other = Wrapped(envelope, (MimePart(head, b"<a b='2'/>"),))
    assert code(lambda: proven(both, other, SIGNED)) is ErrorCode.EBMS_0101
