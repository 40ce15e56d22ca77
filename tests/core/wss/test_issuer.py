"""An issuer's name is the same however it is written, and another name is another."""

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.wss.issuer import LONGEST, same
from tests.core.wss.making import name

ICA = name(
    (NameOID.COUNTRY_NAME, "BE"),
    (NameOID.STATE_OR_PROVINCE_NAME, "BRUXELLES"),
    (NameOID.ORGANIZATION_NAME, "EU, TEST"),
    (NameOID.COMMON_NAME, "ICA  Certificate"),
    (NameOID.EMAIL_ADDRESS, "pki@x.example"),
)
FORMS = {
    "RFC 2253": r"1.2.840.113549.1.9.1=#160d706b6940782e6578616d706c65,CN=ICA  Certificate,O=EU\, TEST,ST=BRUXELLES,C=BE",
    "spaces": r"EMAILADDRESS=pki@x.example, CN=ICA  Certificate, O=EU\, TEST, ST=BRUXELLES, C=BE",
    "reversed": r"C=BE,ST=BRUXELLES,O=EU\, TEST,CN=ICA  Certificate,E=pki@x.example",
    "quoted": 'OID.1.2.840.113549.1.9.1=pki@x.example, CN=ICA Certificate, O="EU, TEST", S=BRUXELLES, C=BE',
    "semicolons": r"emailAddress=pki@x.example; cn = ica certificate ; o=eu\2C test; st=BRUXELLES; c=be",
    "escaped": r"1.2.840.113549.1.9.1=pki\@x.example,CN=ICA\20\20Certificate,O=EU\, TEST,ST=BRUXELLES,C=BE",
}
OTHERS = {
    "another value": FORMS["spaces"].replace("BE", "BG"),
    "one less": r"CN=ICA  Certificate, O=EU\, TEST, ST=BRUXELLES, C=BE",
    "one more": FORMS["spaces"] + ", C=BE",
    "another order": r"CN=ICA  Certificate, EMAILADDRESS=pki@x.example, O=EU\, TEST, ST=BRUXELLES, C=BE",
    "another type": FORMS["spaces"].replace("ST=", "L="),
    "joined": FORMS["spaces"].replace(", C=", "+C="),
    "empty": "",
    "a comma": ",",
    "no value": "CN",
    "unquoted": 'CN="ICA',
    "odd": "CN=#1",
    "open at the end": FORMS["spaces"] + ",",
    "too long": FORMS["spaces"] + " " * LONGEST,
}


@pytest.mark.parametrize("form", FORMS)
def test_issuer_is_known_in_every_form(form: str) -> None:
    """Products differ; RFC 4514 reads from the leaf, others from the root."""
    assert same(FORMS[form], ICA)


@pytest.mark.parametrize("other", OTHERS)
def test_another_issuer_is_another(other: str) -> None:
    """The serial number alone names nobody."""
    assert not same(OTHERS[other], ICA)


def test_empty_name_is_nobody() -> None:
    """A certificate without an issuer is not found by an empty text."""
    assert not same("", x509.Name([]))


def test_own_writing_is_read() -> None:
    """What `write` puts into a message names the certificate it was made of."""
    assert same(ICA.rfc4514_string(), ICA)


@pytest.mark.parametrize(("encoded", "value"), [("1e0400410042", "AB"), ("0c024142", "AB"), ("130461622063", "ab c")])
def test_encoded_values_are_read(encoded: str, value: str) -> None:
    """RFC 4514 2.4: `#` and the DER of the string."""
    assert same(f"CN=#{encoded}", name((NameOID.COMMON_NAME, value)))


def test_values_of_several_attributes_are_a_set() -> None:
    """A multi-valued relative name has no order."""
    rdn = [x509.NameAttribute(NameOID.COMMON_NAME, "a"), x509.NameAttribute(NameOID.SERIAL_NUMBER, "1")]
    multi = x509.Name([x509.RelativeDistinguishedName(rdn)])

    assert same("CN=a+SERIALNUMBER=1", multi)
    assert same("SERIALNUMBER=1+CN=a", multi)
    assert not same("CN=a,SERIALNUMBER=1", multi)


def test_octets_of_a_name_are_text() -> None:
    """X.520 uniqueIdentifier is a BIT STRING."""
    odd = x509.Name([x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"ab", _type=_ASN1Type.BitString)])
    assert same("2.5.4.45=ab", odd)


VALUES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(str.strip)


@given(
    st.lists(
        st.tuples(st.sampled_from([NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME]), VALUES), min_size=1, max_size=4
    )
)
def test_any_issuer_is_read_as_it_is_written(rows: list[tuple[x509.ObjectIdentifier, str]]) -> None:
    """Every sign that has to be escaped is, and comes back."""
    made = name(*rows)
    assert same(made.rfc4514_string(), made)


@given(st.text(max_size=200))
def test_any_text_is_a_name_or_none(text: str) -> None:
    """Nothing that a message says breaks the comparison."""
    assert same(text, ICA) in {True, False}
