"""A certificate is found in every form that a message names it by, and never by half of its name."""

from base64 import b64encode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.core.errors import Rejected
from gateway.core.pmode import Token
from gateway.core.reference import DS
from gateway.core.wss import names, tokens
from tests.core.wss.making import Wish, certificate, key, name

ROOT = certificate(key("p256", 1), Wish(name((NameOID.COMMON_NAME, "Root")), serial=4096))
MIDDLE = certificate(key("p256", 2), Wish(name((NameOID.COMMON_NAME, "Middle")), ROOT.subject, 7), key("p256", 1))
LEAF = certificate(key("p256"), Wish(name((NameOID.COMMON_NAME, "Leaf")), MIDDLE.subject, 4096), key("p256", 2))
CHAIN = (LEAF, MIDDLE, ROOT)
KNOWN = [ROOT, LEAF, MIDDLE]


def der(*chain: x509.Certificate) -> bytes:
    """The certificates' octets one behind another."""
    return b"".join(each.public_bytes(Encoding.DER) for each in chain)


def text(octets: bytes) -> str:
    """Base64."""
    return b64encode(octets).decode()


def found(key_info: str, token: str = "", known: list[x509.Certificate] = KNOWN) -> tuple[x509.Certificate, ...]:
    """What is found by the inside of a ds:KeyInfo, beside a token."""
    security = etree.fromstring(
        f'<wsse:Security xmlns:wsse="{names.WSSE}" xmlns:wsu="{names.WSU}" xmlns:ds="{DS}">'
        f"{token}<ds:KeyInfo>{key_info}</ds:KeyInfo></wsse:Security>"
    )
    return tokens.find(security, security[-1], known)


def binary(octets: bytes, value_type: str = names.X509V3, more: str = 'wsu:Id="t"') -> str:
    """A wsse:BinarySecurityToken."""
    return f'<wsse:BinarySecurityToken ValueType="{value_type}" {more}>{text(octets)}</wsse:BinarySecurityToken>'


def reference(inner: str) -> str:
    """A wsse:SecurityTokenReference."""
    return f"<wsse:SecurityTokenReference>{inner}</wsse:SecurityTokenReference>"


def identifier(octets: bytes, value_type: str) -> str:
    """A reference by wsse:KeyIdentifier."""
    return reference(f'<wsse:KeyIdentifier ValueType="{value_type}">{text(octets)}</wsse:KeyIdentifier>')


def serial(issuer: str, number: str) -> str:
    """An issuer and a serial number."""
    return (
        f"<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{number}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>"
    )


def sent(*octets: bytes) -> str:
    """A ds:X509Data with certificates."""
    return f"<ds:X509Data>{''.join(f'<ds:X509Certificate>{text(each)}</ds:X509Certificate>' for each in octets)}</ds:X509Data>"


POINTER = reference('<wsse:Reference URI="#t"/>')
SHA1 = LEAF.fingerprint(hashes.SHA1())  # noqa: S303 - what such messages name
FORMS = {
    "token": (POINTER, binary(der(LEAF)), (LEAF,)),
    "path": (POINTER, binary(tokens._sequence(der(ROOT, MIDDLE, LEAF)), names.PKIPATH), CHAIN),
    "path of one": (POINTER, binary(tokens._sequence(der(LEAF)), names.PKIPATH), (LEAF,)),
    "key identifier": (identifier(tokens.key_identifier(LEAF), names.SKI), "", (LEAF,)),
    "thumbprint": (identifier(SHA1, names.THUMBPRINT), "", (LEAF,)),
    "certificate as identifier": (identifier(der(LEAF), names.X509V3), "", (LEAF,)),
    "serial": (reference(serial("CN=Middle", "4096")), "", (LEAF,)),
    "serial of the root": (reference(serial("CN=Root", " 4096 ")), "", (ROOT,)),
    "data": (sent(der(LEAF)), "", (LEAF,)),
    "data in a reference": (reference(sent(der(LEAF))), "", (LEAF,)),
    "data in any order": (sent(der(ROOT), der(MIDDLE), der(LEAF)), "", (LEAF, ROOT, MIDDLE)),
    "data with a serial": (serial("CN=Middle", "4096"), "", (LEAF,)),
    "key identifier in data": (
        f"<ds:X509Data><ds:X509SKI>{text(tokens.key_identifier(LEAF))}</ds:X509SKI></ds:X509Data>",
        "",
        (LEAF,),
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_certificate_is_found_in_every_form(form: str) -> None:
    """WSS X.509 Token Profile 1.1.1 3.2, WSS 1.1.1 7.3, XMLDSig 4.5.4."""
    key_info, token, expected = FORMS[form]
    assert found(key_info, token) == expected


REFUSED = {
    "nothing": ("", ""),
    "a key value": ("<ds:KeyValue/>", ""),
    "two": (POINTER + POINTER, binary(der(LEAF))),
    "two in one": (reference('<wsse:Reference URI="#t"/><wsse:Reference URI="#t"/>'), binary(der(LEAF))),
    "no token": (POINTER, ""),
    "another token": (POINTER, binary(der(LEAF), more='wsu:Id="u"')),
    "a token without an Id": (reference("<wsse:Reference URI='#None'/>"), binary(der(LEAF), more="")),
    "two tokens": (POINTER, binary(der(LEAF)) * 2),
    "another encoding": (POINTER, binary(der(LEAF), more='wsu:Id="t" EncodingType="urn:x"')),
    "another type": (POINTER, binary(der(LEAF), "urn:x")),
    "a path that is none": (POINTER, binary(der(LEAF), names.PKIPATH)),
    "an empty path": (POINTER, binary(b"\x30\x00", names.PKIPATH)),
    "no path": (POINTER, binary(b"", names.PKIPATH)),
    "a path cut short": (POINTER, binary(tokens._sequence(der(LEAF))[:-1], names.PKIPATH)),
    "half a length": (POINTER, binary(b"\x30", names.PKIPATH)),
    "more behind the path": (POINTER, binary(tokens._sequence(der(LEAF)) + b"\x30\x00", names.PKIPATH)),
    "a long path": (POINTER, binary(tokens._sequence(der(LEAF) * 11), names.PKIPATH)),
    "no certificate": (POINTER, binary(b"1234")),
    "bits behind": (POINTER, binary(b"").replace("><", ">MR==<")),
    "a key identifier of nobody": (identifier(b"1", names.SKI), ""),
    "an identifier of another type": (identifier(b"1", "urn:x"), ""),
    "the serial of another issuer": (reference(serial("CN=Nobody", "4096")), ""),
    "another serial": (reference(serial("CN=Middle", "4097")), ""),
    "no serial": (reference("<ds:X509Data><ds:X509IssuerSerial/></ds:X509Data>"), ""),
    "no name": (
        "<ds:X509Data><ds:X509IssuerSerial><ds:X509SerialNumber>4096</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>",
        "",
    ),
    "empty data": ("<ds:X509Data/>", ""),
    "a name alone": ("<ds:X509Data><ds:X509SubjectName>CN=Leaf</ds:X509SubjectName></ds:X509Data>", ""),
    "many certificates": (sent(*[der(LEAF)] * 11), ""),
    "mixed data": (sent(der(LEAF)).replace("</ds:X509Data>", "<ds:X509CRL/></ds:X509Data>"), ""),
}


@pytest.mark.parametrize("form", REFUSED)
def test_certificate_that_is_not_found_is_refused(form: str) -> None:
    """EBMS:0101, without a word of what was looked for."""
    with pytest.raises(Rejected) as refused:
        found(*REFUSED[form])

    (fault,) = refused.value.faults
    assert (fault.code.code, fault.path) == ("EBMS:0101", "ds:KeyInfo")


@pytest.mark.parametrize("token", Token)
@pytest.mark.parametrize("chain", [CHAIN, (LEAF,)])
def test_what_is_written_is_found(token: Token, chain: tuple[x509.Certificate, ...]) -> None:
    """ICS2 demands the whole path, others the leaf alone."""
    written, key_info = tokens.write(token, chain)

    assert found(key_info, written) == (chain if token is Token.PKIPATH else (LEAF,))
    assert bool(written) == (token in {Token.BST, Token.PKIPATH})


def test_certificate_without_an_identifier_is_known_by_its_key() -> None:
    """RFC 5280 4.2.1.2: the SHA-1 of the key."""
    bare = certificate(key("ed25519"), Wish(identifier=False))
    written = tokens.write(Token.SKI, (bare,))[1]

    assert found(written, known=[bare, LEAF]) == (bare,)
    assert tokens.key_identifier(bare) == x509.SubjectKeyIdentifier.from_public_key(bare.public_key()).digest


def test_renewed_certificate_is_taken_before_the_old_one() -> None:
    """Both have the same key; the one that ends last counts."""
    old, new = (certificate(key("p256"), Wish(days=days, serial=days)) for days in (10, 20))

    for known in ([old, new], [new, old]):
        assert found(identifier(tokens.key_identifier(old), names.SKI), known=known) == (new,)


class Unreadable:
    """A known certificate whose extensions cannot be read."""

    @property
    def extensions(self) -> x509.Extensions:
        """No extensions."""
        raise ValueError


def test_unreadable_certificate_hides_no_other() -> None:
    """One bad file among the partner's certificates does not stop the good one."""
    known: list[x509.Certificate] = [Unreadable(), LEAF]  # type: ignore[list-item]
    assert found(identifier(tokens.key_identifier(LEAF), names.SKI), known=known) == (LEAF,)
    with pytest.raises(Rejected):
        found(identifier(b"", names.SKI), known=known[:1])


@given(st.binary(max_size=300))
def test_sequences_are_read_as_they_are_written(content: bytes) -> None:
    """Lengths of one octet and of more."""
    ((whole, inner),) = tokens._sequences(tokens._sequence(content))
    assert (whole, inner) == (tokens._sequence(content), content)


@given(st.binary(max_size=60))
def test_any_octets_are_a_certificate_or_none(octets: bytes) -> None:
    """Nothing that a message carries breaks the search."""
    for value_type in (names.X509V3, names.PKIPATH):
        with pytest.raises(Rejected):
            found(POINTER, binary(octets, value_type))
