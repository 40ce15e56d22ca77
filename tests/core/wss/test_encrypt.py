"""What is written about an encrypted message: whole, addressed to one recipient, the same parts at every try."""

import base64
import hmac

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.core.pmode import Token
from gateway.core.wss import ciphers
from gateway.core.wss.ciphers import NS
from gateway.core.wss.decrypt import open_keys
from gateway.core.wss.encrypt import Encrypted, Encryption, encrypt, writer
from gateway.core.wss.gcm import decrypt_whole
from gateway.core.wss.keywrap import Opener
from gateway.core.wss.names import WSSE
from tests.core.wss.recipients import Counting, drawn, header, recipient

GZIP = "application/gzip"
CIDS = [("document@kz", GZIP), ('photo "1" & 2@kz', 'text/plain; name="a & b"')]
CLASSIC, MODERN = Encryption(), Encryption(key=ciphers.X25519, token=Token.PKIPATH)
KINDS = {
    "rsa": ciphers.OAEP,
    "x25519": ciphers.X25519,
    "p256": ciphers.ECDH,
    "p384": ciphers.ECDH,
    "p521": ciphers.ECDH,
    "brainpool": ciphers.ECDH,
}
DERIVED = [(kind, derivation) for kind in KINDS for derivation in ciphers.DERIVATIONS if kind != "rsa"]


def made(kind: str, how: Encryption) -> tuple[Opener, Encrypted]:
    """A recipient, and what is written to it."""
    opener = recipient(kind)
    return opener, encrypt(opener.certificate, how, CIDS, drawn)


@pytest.mark.parametrize(("kind", "derivation"), [("rsa", ciphers.HKDF), *DERIVED])
@pytest.mark.parametrize("data", ciphers.DATA)
def test_every_choice_opens_for_its_recipient(kind: str, derivation: str, data: str) -> None:
    """Any key kind, derivation and key size: each part's key, algorithm and media type arrive."""
    opener, encrypted = made(kind, Encryption(data=data, key=KINDS[kind], derivation=derivation))
    keys = open_keys(header(encrypted.extra), [recipient("rsa", "other"), opener], drawn)
    assert [(key.cid, key.media_type) for key in keys.values()] == CIDS
    assert {(key.key, key.algorithm) for key in keys.values()} == {(encrypted.key, data)}
    assert len(encrypted.key) == ciphers.DATA[data][1]


@pytest.mark.parametrize("mgf", ciphers.MGFS)
@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
def test_every_oaep_digest_and_mask_is_written_as_it_is_read(digest: str, mgf: str) -> None:
    """DigestMethod and MGF say what was used."""
    opener, encrypted = made("rsa", Encryption(digest=digest, mgf=mgf))
    assert open_keys(header(encrypted.extra), [opener], lambda size: b"?" * size)["document@kz"].key == encrypted.key


@pytest.mark.parametrize("token", Token)
@pytest.mark.parametrize("how", [CLASSIC, MODERN])
def test_the_recipient_is_named_as_agreed(token: Token, how: Encryption) -> None:
    """By SubjectKeyIdentifier, by issuer and serial number, or by the certificate itself."""
    _, encrypted = made("rsa" if how is CLASSIC else "x25519", Encryption(key=how.key, token=token))
    security = header(encrypted.extra)
    named = {etree.QName(each).localname: each for each in security.find("xenc:EncryptedKey/ds:KeyInfo", NS).iter()}
    forms = {
        Token.BST: "Reference",
        Token.SKI: "KeyIdentifier",
        Token.PKIPATH: "KeyIdentifier",
        Token.ISSUER_SERIAL: "X509IssuerSerial",
    }
    assert set(named) & set(forms.values()) == {forms[token]}
    assert len(security.findall("wsse:BinarySecurityToken", NS)) == (token is Token.BST)
    assert ("RecipientKeyInfo" in named) == (how is MODERN)


def test_a_certificate_without_identifier_is_named_by_its_key() -> None:
    """RFC 5280 4.2.1.2 says how the identifier is computed."""
    opener = recipient("p256", "unidentified", identified=False)
    encrypted = encrypt(opener.certificate, Encryption(key=ciphers.ECDH), CIDS, drawn)
    computed = x509.SubjectKeyIdentifier.from_public_key(opener.certificate.public_key()).digest
    identifier = next(header(encrypted.extra).iter(f"{{{WSSE}}}KeyIdentifier"))
    assert base64.b64decode(identifier.text or "") == computed
    asked: list[str] = []
    openers = [Counting(recipient("p256"), asked), Counting(opener, asked)]
    assert open_keys(header(encrypted.extra), openers, drawn)["document@kz"].key == encrypted.key
    assert asked == ["CN=unidentified"]


def test_what_is_written_depends_on_nothing_but_what_is_given() -> None:
    """The same randomness, the same elements: nothing else is drawn where the sender makes the key itself."""
    assert made("x25519", MODERN)[1] == made("x25519", MODERN)[1]
    again = encrypt(recipient("x25519").certificate, MODERN, CIDS, bytes)
    assert again.key != made("x25519", MODERN)[1].key


def test_a_key_of_one_message_takes_each_part_once() -> None:
    """Two parts of one name would share an IV."""
    with pytest.raises(ValueError, match="document"):
        encrypt(recipient("x25519").certificate, MODERN, [*CIDS, CIDS[0]], drawn)


def test_the_rfcs_alone_open_what_travels() -> None:
    """Read by hand: X25519, HKDF in its two steps over what the header says, AES key wrap."""
    how = Encryption(data="aes256-gcm", key=ciphers.X25519)
    security = header(encrypt(recipient("x25519").certificate, how, CIDS, drawn).extra)

    def octets(path: str) -> bytes:
        return base64.b64decode(next(security.iter(path)).text or "")

    more = f"{{{ciphers.MORE21}}}"
    secret = recipient("x25519").agree(octets(f"{{{ciphers.DSIG11}}}DEREncodedKeyValue"))
    extracted = hmac.digest(octets(f"{more}Salt"), secret, "sha256")
    expanded = hmac.digest(extracted, octets(f"{more}Info") + b"\x01", "sha256")
    key = aes_key_unwrap(expanded, octets(f"{{{ciphers.XENC}}}CipherValue"))
    assert key == encrypt(recipient("x25519").certificate, how, CIDS, drawn).key
    assert next(security.iter(f"{more}KeyLength")).text == "32"


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.text(st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters=" <>%"), min_size=1),
        unique=True,
        max_size=4,
    ),
    st.data(),
)
def test_any_parts_open_with_what_travels_and_a_retry_is_identical(cids: list[str], data: st.DataObject) -> None:
    """Whatever the parts are called, and however they are cut, the recipient reads them; a retry writes the same octets."""
    opener = recipient("x25519")
    encrypted = encrypt(opener.certificate, MODERN, [(cid, GZIP) for cid in cids], drawn)
    keys = open_keys(header(encrypted.extra), [opener], drawn)
    assert list(keys) == cids
    for cid in cids:
        pieces = data.draw(st.lists(st.binary(max_size=20), max_size=3))
        wires = []
        for cut in (pieces, [b"".join(pieces)]):
            sealed = writer(encrypted.key, cid)
            wires.append(b"".join(map(sealed.feed, cut)) + sealed.finish())
        assert wires[0] == wires[1]
        assert decrypt_whole(keys[cid].key, wires[0]) == b"".join(pieces)
