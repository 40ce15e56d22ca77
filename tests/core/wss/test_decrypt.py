"""What is read about an encrypted message: whole attachments for our keys, and one answer to all that does not open."""

import base64
import hashlib
import re
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.errors import ErrorCode, Rejected
from gateway.core.reference import DS
from gateway.core.wss import ciphers
from gateway.core.wss.decrypt import MAX_KEYS, MAX_PARTS, open_keys
from gateway.core.wss.encrypt import Encryption, encrypt, writer
from gateway.core.wss.gcm import decrypt_whole
from gateway.core.wss.keywrap import Oaep, transport
from gateway.core.wss.names import WSSE, WSSE11, WSU
from gateway.core.wss.wrapped import Accepted
from tests.core.wss.recipients import Counting, drawn, header, recipient

CIDS = [("one@kz", "application/gzip"), ("two@kz", "application/gzip")]
CLASSIC, MODERN, CURVE = Encryption(), Encryption(key=ciphers.X25519), Encryption(key=ciphers.ECDH)
CONCAT = Encryption(key=ciphers.ECDH, derivation=ciphers.CONCAT)
OWNERS = {CLASSIC: "rsa", MODERN: "x25519", CURVE: "p256", CONCAT: "p256"}
CERTIFICATE = recipient("rsa").certificate
DER = CERTIFICATE.public_bytes(Encoding.DER)
COMPUTED = x509.SubjectKeyIdentifier.from_public_key(CERTIFICATE.public_key()).digest
Change = Callable[[str], str]


def other(size: int) -> bytes:
    """What is drawn while keys are opened."""
    return b"?" * size


def sent(how: Encryption = CLASSIC, parts: list[tuple[str, str]] = CIDS) -> str:
    """What is written about a message in that way."""
    return encrypt(recipient(OWNERS[how]).certificate, how, parts, drawn).extra.decode()


KEY = encrypt(CERTIFICATE, CLASSIC, CIDS, drawn).key


def opens(extra: str, kind: str = "rsa", accepted: Accepted | None = None) -> bool:
    """The recipient of that kind makes out the content key of every part."""
    keys = open_keys(header(extra.encode()), [recipient(kind)], other, accepted or Accepted())
    return {key.key for key in keys.values()} == {KEY}


def swap(old: str, new: str, count: int = -1) -> Change:
    """Another text in place of one that is there."""

    def change(extra: str) -> str:
        assert old in extra
        return extra.replace(old, new, count)

    return change


def cut(pattern: str, new: str = "") -> Change:
    """What fits the pattern replaced."""
    return lambda extra: re.sub(pattern, new, extra, flags=re.DOTALL)


STRUCTURE: dict[str, Change] = {
    "an element's content": swap(ciphers.CONTENT_ONLY, ciphers.XENC + "Content"),
    "an element": swap(ciphers.CONTENT_ONLY, ciphers.XENC + "Element"),
    "a part with its headers": swap("Attachment-Content-Only", "Attachment-Complete"),
    "no type": cut(r' Type="[^"]*"'),
    "content inside": cut(
        r"<xenc:CipherReference.*?</xenc:CipherReference>", "<xenc:CipherValue>AAAA</xenc:CipherValue>"
    ),
    "content inside too": swap(
        "</xenc:CipherReference>", "</xenc:CipherReference><xenc:CipherValue>AAAA</xenc:CipherValue>"
    ),
    "content elsewhere": swap("cid:one@kz", "https://kz.example/one"),
    "content nowhere": swap(' URI="cid:one@kz"', ""),
    "another transform": swap(ciphers.CIPHERTEXT, DS + "base64"),
    "two transforms": cut(r"(<ds:Transform [^>]*/>)", r"\1\1"),
    "no transform": cut(r"<xenc:Transforms>.*?</xenc:Transforms>"),
    "a part twice": swap("cid:two@kz", "cid:one@kz"),
    "an encrypted header": lambda extra: f'{extra}<h:EncryptedHeader xmlns:h="{WSSE11}"/>',
    "no key": cut(r"<xenc:EncryptedKey.*?</xenc:EncryptedKey>"),
    "another key": swap('URI="#EK-', 'URI="#KE-'),
    "two keys of one name": cut(r"(<xenc:EncryptedKey.*?</xenc:EncryptedKey>)", r"\1\1"),
    "too many keys": lambda extra: extra + f'<xenc:EncryptedKey xmlns:xenc="{ciphers.XENC}"/>' * MAX_KEYS,
    "too many parts": cut(r"(<xenc:EncryptedData.*?</xenc:EncryptedData>)", r"\1" * (MAX_PARTS + 1)),
    "a key without octets": cut(r"<xenc:CipherValue>.*?</xenc:CipherValue>"),
    "a key of unknown method": cut(r"<xenc:EncryptionMethod.*?</xenc:EncryptionMethod>"),
    "rsa-1_5": swap(ciphers.TRANSPORTS["rsa-oaep"], ciphers.XENC + "rsa-1_5"),
    "an unknown digest": swap(ciphers.DIGESTS["sha256"], ciphers.MORE + "md5"),
    "an unknown mask": swap(ciphers.MGFS["mgf1sha256"], ciphers.XENC11 + "mgf1md5"),
    "a CBC mode": swap(ciphers.DATA["aes128-gcm"][0], ciphers.XENC + "aes128-cbc"),
}
AGREED: dict[str, tuple[Encryption, Change]] = {
    "an unknown agreement": (MODERN, swap(ciphers.AGREEMENTS["x25519"], ciphers.MORE21 + "x448")),
    "no agreement": (MODERN, cut(r"<xenc:AgreementMethod.*?</xenc:AgreementMethod>")),
    "an unknown derivation": (MODERN, swap(ciphers.DERIVATIONS["hkdf"], ciphers.XENC11 + "pbkdf2")),
    "an unknown function": (MODERN, swap(ciphers.PRFS["sha256"], DS + "hmac-sha1")),
    "another length": (MODERN, swap(">16</dsig-more:KeyLength>", ">32</dsig-more:KeyLength>")),
    "no sender's key": (MODERN, cut(r"<dsig11:DEREncodedKeyValue.*?</dsig11:DEREncodedKeyValue>")),
    "an unknown curve": (CURVE, swap("urn:oid:1.2.840.10045.3.1.7", "urn:oid:1.3.132.0.10")),
    "an unknown hash": (CONCAT, swap(ciphers.DIGESTS["sha256"], ciphers.DIGESTS["sha1"])),
    "half an octet of context": (
        CONCAT,
        swap("<xenc11:ConcatKDFParams>", '<xenc11:ConcatKDFParams PartyUInfo="04f0">'),
    ),
    "context that is not hexadecimal": (
        CONCAT,
        swap("<xenc11:ConcatKDFParams>", '<xenc11:ConcatKDFParams PartyUInfo="x">'),
    ),
}


@pytest.mark.parametrize("name", STRUCTURE)
def test_nothing_but_whole_attachments_is_decrypted(name: str) -> None:
    """Anything else that XML Encryption can say is refused before a private key is used."""
    asked: list[str] = []
    with pytest.raises(Rejected) as refusal:
        open_keys(header(STRUCTURE[name](sent()).encode()), [Counting(recipient("rsa"), asked)], other)
    assert refusal.value.first is ErrorCode.EBMS_0103
    assert not asked
    assert opens(sent())


@pytest.mark.parametrize("name", AGREED)
def test_an_agreement_is_of_the_agreed_form(name: str) -> None:
    """Unknown steps are refused, and named by what would do."""
    how, change = AGREED[name]
    with pytest.raises(Rejected) as refusal:
        opens(change(sent(how)), OWNERS[how])
    assert refusal.value.first is ErrorCode.EBMS_0103
    assert opens(sent(how), OWNERS[how])


@pytest.mark.parametrize("place", ["before", "after"])
def test_encrypted_elements_of_the_envelope_are_refused(place: str) -> None:
    """In another header or in the Body, where no attachment is meant."""
    stray = f'<x:EncryptedData xmlns:x="{ciphers.XENC}"/>'
    with pytest.raises(Rejected) as refusal:
        open_keys(header(sent().encode(), **{place: stray}), [recipient("rsa")], other)
    assert refusal.value.first is ErrorCode.EBMS_0103


@pytest.mark.parametrize(
    ("how", "accepted"),
    [
        (CLASSIC, Accepted(data=frozenset({"aes256-gcm"}))),
        (CLASSIC, Accepted(keys=frozenset({"x25519"}))),
        (CLASSIC, Accepted(digests=frozenset({"sha512"}))),
        (CLASSIC, Accepted(mgfs=frozenset({"mgf1sha512"}))),
        (MODERN, Accepted(keys=frozenset({"rsa-oaep"}))),
    ],
)
def test_a_p_mode_narrows_what_is_accepted(how: Encryption, accepted: Accepted) -> None:
    """An algorithm that is known but not agreed is EBMS:0103."""
    with pytest.raises(Rejected) as refusal:
        opens(sent(how), OWNERS[how], accepted)
    assert refusal.value.first is ErrorCode.EBMS_0103


def test_sha_1_meant_by_silence_needs_to_be_accepted() -> None:
    """No DigestMethod means SHA-1; where that is not agreed, it is refused like one that is said."""
    silent = cut(r"<ds:DigestMethod[^>]*/>")(sent())
    with pytest.raises(Rejected) as refusal:
        opens(silent, accepted=Accepted(digests=frozenset({"sha256"})))
    assert refusal.value.first is ErrorCode.EBMS_0103
    assert not opens(silent)  # read, with SHA-1, which it was not made with


@pytest.mark.parametrize("mask", ["", f'<m:MGF xmlns:m="{ciphers.XENC11}" Algorithm="{ciphers.MGFS["mgf1sha256"]}"/>'])
@pytest.mark.parametrize("label", [b"", b"label"])
def test_the_older_oaep_opens(label: bytes, mask: str) -> None:
    """rsa-oaep-mgf1p masks with SHA-1, whatever it says, and with no DigestMethod digests with it (AS4.NET, Holodeck)."""
    wrapped = base64.b64encode(transport(CERTIFICATE, Oaep(label=label), KEY)).decode()
    params = f"<xenc:OAEPparams>{base64.b64encode(label).decode()}</xenc:OAEPparams>" if label else ""
    method = f'<xenc:EncryptionMethod Algorithm="{ciphers.TRANSPORTS["rsa-oaep-mgf1p"]}">{params}{mask}</xenc:EncryptionMethod>'
    extra = cut(r"<xenc:EncryptionMethod Algorithm=\S+rsa-oaep.*?</xenc:EncryptionMethod>", method)(sent())
    assert opens(cut(r"(<xenc:CipherValue>).*?(</xenc:CipherValue>)", rf"\g<1>{wrapped}\2")(extra))


REFERENCE = r"<ds:KeyInfo><wsse:SecurityTokenReference[^>]*wsse11.*?</ds:KeyInfo>"
LINKS: dict[str, Change] = {
    "named by wsu:Id": swap('"http://www.w3.org/2000/09/xmldsig#" Id="EK-', f'"{DS}" xmlns:u="{WSU}" u:Id="EK-'),
    "naming its parts": cut(REFERENCE),
    "inside its part": lambda extra: cut(
        REFERENCE, "<ds:KeyInfo>" + re.findall(r"<xenc:EncryptedKey.*</xenc:EncryptedKey>", extra)[0] + "</ds:KeyInfo>"
    )(cut(r"^<xenc:EncryptedKey.*?</xenc:EncryptedKey>")(extra)),
}


@pytest.mark.parametrize("name", LINKS)
def test_a_key_is_found_however_it_is_tied_to_its_part(name: str) -> None:
    """By reference, by its own list of references, or by standing inside."""
    assert opens(LINKS[name](sent()))


SILENT: dict[str, Change] = {
    "no salt, info and length": cut(r"<dsig-more:(Salt|Info|KeyLength)>.*?</dsig-more:\1>"),
    "salt of another layout": cut(r"(<dsig-more:Salt>)(.*?)(</dsig-more:Salt>)", r"\1<Specified>\2</Specified>\3"),
}


@pytest.mark.parametrize(("name", "same"), list(zip(SILENT, (False, True), strict=True)))
def test_parameters_of_hkdf_may_be_missing(name: str, *, same: bool) -> None:
    """They are then empty, as RFC 5869 has it: it is read, and opens if it was made so."""
    assert opens(SILENT[name](sent(MODERN)), "x25519") is same


def test_the_context_of_concat_kdf_is_heeded() -> None:
    """Whole octets are taken; a context that the key was not made with opens nothing."""
    stated = swap("<xenc11:ConcatKDFParams>", '<xenc11:ConcatKDFParams AlgorithmID="00" PartyUInfo="%s">')(sent(CONCAT))
    assert opens(stated % "00", "p256")
    assert not opens(stated % "0061", "p256")


def key_info(inside: str) -> Change:
    """The recipient named in another way."""
    return cut(
        r"<wsse:SecurityTokenReference xmlns:wsse=\S+>.*?</wsse:SecurityTokenReference>(?=</ds:KeyInfo><xenc:CipherData><xenc:CipherValue)",
        inside,
    )


def identifier(octets: bytes) -> str:
    """A wsse:KeyIdentifier."""
    text = base64.b64encode(octets).decode()
    return f'<w:SecurityTokenReference xmlns:w="{WSSE}"><w:KeyIdentifier>{text}</w:KeyIdentifier></w:SecurityTokenReference>'


def token(octets: bytes) -> Change:
    """A wsse:BinarySecurityToken before the key, and a reference to it."""
    text = f'<w:BinarySecurityToken xmlns:w="{WSSE}" xmlns:u="{WSU}" u:Id="t">{base64.b64encode(octets).decode()}</w:BinarySecurityToken>'
    reference = f'<w:SecurityTokenReference xmlns:w="{WSSE}"><w:Reference URI="#t"/></w:SecurityTokenReference>'
    return lambda extra: text + key_info(reference)(extra)


def x509_data(inside: str) -> Change:
    """A ds:X509Data."""
    return key_info(f"<ds:X509Data>{inside}</ds:X509Data>")


NAMED: dict[str, Change] = {
    "SubjectKeyIdentifier": key_info(identifier(b"rsa recipient")),
    "identifier computed from the key": key_info(identifier(COMPUTED)),
    "thumbprint": key_info(identifier(hashlib.sha1(DER, usedforsecurity=False).digest())),
    "X509SKI": x509_data(f"<ds:X509SKI>{base64.b64encode(b'rsa recipient').decode()}</ds:X509SKI>"),
    "X509Certificate": x509_data(f"<ds:X509Certificate>{base64.b64encode(DER).decode()}</ds:X509Certificate>"),
    "serial number": x509_data(f"<ds:X509SerialNumber> {CERTIFICATE.serial_number} </ds:X509SerialNumber>"),
    "token": token(DER),
    "path": token(b"SEQUENCE and the authority's" + DER),
}
UNNAMED: dict[str, Change] = {
    "KeyName": key_info("<ds:KeyName>rsa recipient</ds:KeyName>"),
    "another's identifier": key_info(identifier(b"somebody")),
    "no base64": key_info(f'<w:KeyIdentifier xmlns:w="{WSSE}">~~~</w:KeyIdentifier>'),
    "a token that is not there": key_info(f'<w:Reference xmlns:w="{WSSE}" URI="#t"/>'),
}


@pytest.mark.parametrize(("name", "asked"), [*((name, 1) for name in NAMED), *((name, 2) for name in UNNAMED)])
def test_only_the_key_that_is_named_is_asked_else_all_of_its_kind(name: str, asked: int) -> None:
    """Every form of reference finds its key; what names none of ours is tried with each key of the kind."""
    seen: list[str] = []
    owners = (recipient("rsa", "other"), recipient("x25519", "other"), recipient("rsa"))
    openers = [Counting(owner, seen) for owner in owners]
    keys = open_keys(header(({**NAMED, **UNNAMED}[name](sent())).encode()), openers, other)
    assert keys["one@kz"].key == KEY
    assert len(seen) == asked


def octets_of(extra: str) -> str:
    """The wrapped key's base64."""
    return re.findall(r"<xenc:CipherValue>(.*?)</xenc:CipherValue>", extra)[0]


FAILING: dict[str, Change] = {
    "a wrapped key that was altered": lambda extra: extra.replace(octets_of(extra)[:8], "AAAAAAAA"),
    "octets of another length": lambda extra: extra.replace(octets_of(extra), "AAAA"),
    "no base64": lambda extra: extra.replace(octets_of(extra), "~~~~"),
    "a stray sign in base64": lambda extra: extra.replace(octets_of(extra), f"~{octets_of(extra)}"),
    "a key of another size": lambda extra: extra.replace(
        octets_of(extra), base64.b64encode(transport(CERTIFICATE, Oaep("sha256", "mgf1sha256"), b"k" * 32)).decode()
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_all_that_does_not_open_is_answered_as_an_altered_part_is(name: str) -> None:
    """The keys are handed out all the same; the part is read to its end, and the answer is the same to the letter."""
    wire = _wire(KEY, "one@kz", b"content")
    keys = open_keys(header(FAILING[name](sent()).encode()), [recipient("rsa")], other)
    assert keys["one@kz"].key == other(16)
    assert _refused(keys["one@kz"].key, wire) == _refused(KEY, wire[:-1] + bytes([wire[-1] ^ 1]))


def test_a_message_for_another_or_for_no_key_is_answered_alike() -> None:
    """Whether there is a key of the kind at all does not show either."""
    wire = _wire(KEY, "one@kz", b"content")
    for openers in ([], [recipient("x25519")], [recipient("rsa", "other")]):
        key = open_keys(header(sent().encode()), openers, other)["one@kz"].key
        assert _refused(key, wire) == _refused(KEY, wire[:-1] + bytes([wire[-1] ^ 1]))


def test_octets_that_are_no_point_of_the_curve_open_nothing() -> None:
    """An invalid curve point never meets a private key."""
    extra = cut(r"(<dsig11:PublicKey>).*?(</dsig11:PublicKey>)", r"\g<1>BAAA\2")(sent(CURVE))
    assert not opens(extra, "p256")


@settings(max_examples=60)
@given(st.sampled_from([CLASSIC, MODERN, CURVE]), st.data())
def test_any_changed_octet_of_a_wrapped_key_is_refused(how: Encryption, data: st.DataObject) -> None:
    """One bit anywhere: EBMS:0102 at the end of the part."""
    extra = sent(how)
    wrapped = bytearray(base64.b64decode(octets_of(extra)))
    bit = data.draw(st.integers(0, len(wrapped) * 8 - 1))
    wrapped[bit // 8] ^= 1 << bit % 8
    changed = extra.replace(octets_of(extra), base64.b64encode(wrapped).decode())
    key = open_keys(header(changed.encode()), [recipient(OWNERS[how])], other)["one@kz"].key
    assert _refused(key, _wire(KEY, "one@kz", b"content"))[0].code is ErrorCode.EBMS_0102


def _wire(key: bytes, cid: str, content: bytes) -> bytes:
    sealed = writer(key, cid)
    return sealed.feed(content) + sealed.finish()


def _refused(key: bytes, wire: bytes) -> tuple:
    with pytest.raises(Rejected) as refusal:
        decrypt_whole(key, wire)
    return refusal.value.faults
