"""Lists and answers of issuers: used only where the right one signed them, for the certificates they speak of."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from gateway.core.wss.certificate import spki
from gateway.core.wss.revocation import (
    Answer,
    Crl,
    Status,
    UnusableError,
    distribution_points,
    question,
    responders,
    status,
)
from tests.core.wss.pki import (
    ANSWERS,
    CA,
    NOW,
    Holder,
    answer,
    at,
    by_curve_unknown,
    crl,
    ed25519_key,
    issue,
    name,
    rsa_key,
    usage,
    without_end,
    x25519_key,
)

ROOT = issue("root", None, CA, usage("key_cert_sign", "crl_sign"))
LEAF = issue("leaf", ROOT)
POINT = "http://crl.example/root.crl"


def uri(text: str) -> list[x509.GeneralName]:
    """As a full name."""
    return [x509.UniformResourceIdentifier(text)]


def points(*names: list[x509.GeneralName] | None) -> x509.CRLDistributionPoints:
    """Where lists are."""
    other = [x509.DirectoryName(name("crl"))]
    return x509.CRLDistributionPoints([x509.DistributionPoint(each or other, None, None, None) for each in names])


def scope(**more: Any) -> x509.IssuingDistributionPoint:
    """What a list says that it speaks of."""
    flags = ("only_contains_user_certs", "only_contains_ca_certs", "indirect_crl", "only_contains_attribute_certs")
    row: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_some_reasons": None,
        **dict.fromkeys(flags, False),
    }
    return x509.IssuingDistributionPoint(**{**row, **more})


def known(*extensions: x509.ExtensionType, certificate: x509.Certificate = LEAF.certificate) -> Status:
    """What a list with these extensions, which names nobody, says of the certificate."""
    found = Crl.read(crl(ROOT, (), *extensions), [ROOT.certificate])
    return status(certificate, ROOT.certificate, [found], NOW)


def test_a_list_is_read_from_pem_and_der() -> None:
    """Both forms say the same."""
    der = crl(ROOT, [LEAF.certificate])
    pem = x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)
    found = Crl.read(der, [ROOT.certificate])
    assert found == Crl.read(b"\n" + pem, [LEAF.certificate, ROOT.certificate])
    assert (found.revoked, found.issued_at, found.until) == ({LEAF.certificate.serial_number}, at(-1), at(1))
    assert status(LEAF.certificate, ROOT.certificate, [found], NOW) is Status.REVOKED


@pytest.mark.parametrize("key", [rsa_key(), ed25519_key(), ed448.Ed448PrivateKey.generate()])
def test_every_kind_of_issuer_signs_lists_and_answers(key: Any) -> None:
    """RSA, EC (elsewhere here), Ed25519, Ed448."""
    issuer = issue("root", None, CA, key=key)
    leaf = issue("leaf", issuer).certificate
    assert Crl.read(crl(issuer), [issuer.certificate]).key == spki(issuer.certificate)
    assert Answer.read(answer(leaf, issuer), leaf, issuer.certificate, NOW).status is Status.GOOD


def test_only_the_issuer_signs_its_list() -> None:
    """A forged name, an issuer that may not sign lists, a key that cannot sign, no issuer at all: not used."""
    rows = (
        (crl(issue("root", None, CA)), ROOT),
        (crl(issue("other", None, CA), name=name("root")), ROOT),
        (crl(issue("other", None, CA)), ROOT),
        (crl(Holder(issue("root", None, CA, usage("key_cert_sign")).certificate, ROOT.key)), None),
        (crl(ROOT), issue("root", ROOT, key=x25519_key())),
    )
    barred = issue("root", None, CA, usage("key_cert_sign"))
    for content, issuer in (*rows, (crl(barred), barred)):
        with pytest.raises(UnusableError, match="not signed by one of the issuers"):
            Crl.read(content, [issuer.certificate] if issuer else [])


def test_an_issuer_with_a_key_unknown_here_signs_nothing_here() -> None:
    """A national curve: its lists cannot be checked, its certificate has no key that could be compared."""
    national = by_curve_unknown("root")
    assert spki(national) == b""
    with pytest.raises(UnusableError, match="not signed by one of the issuers"):
        Crl.read(crl(ROOT), [national])


@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN X509 CRL-----\n?\n-----END X509 CRL-----\n"])
def test_what_is_no_list_is_named_so(content: bytes) -> None:
    """Neither PEM nor DER."""
    with pytest.raises(UnusableError, match="no revocation list"):
        Crl.read(content, [ROOT.certificate])


@pytest.mark.parametrize(
    "extension",
    [
        x509.DeltaCRLIndicator(1),
        scope(indirect_crl=True),
        scope(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})),
        scope(relative_name=name("x").rdns[0]),
    ],
)
def test_a_partial_list_is_not_taken_for_a_whole_one(extension: x509.ExtensionType) -> None:
    """Delta, indirect, for some reasons only: silence in them proves nothing."""
    with pytest.raises(UnusableError, match="expected a complete one"):
        Crl.read(crl(ROOT, (), extension), [ROOT.certificate])


def test_a_list_without_an_end_is_not_used() -> None:
    """Without nextUpdate nobody could say when it is out of date (RFC 5280 5.1.2.5 demands it)."""
    with pytest.raises(UnusableError, match="nextUpdate"):
        Crl.read(without_end(crl(ROOT)), [ROOT.certificate])


def test_a_list_speaks_of_the_certificates_in_its_scope_only() -> None:
    """Users or issuers or attributes only, or those of one distribution point; elsewhere nothing is known."""
    issuer = issue("middle", ROOT, CA).certificate
    with_point = issue("leaf", ROOT, points(None, uri(POINT))).certificate
    assert known() is Status.GOOD
    assert known(scope(only_contains_user_certs=True)) is Status.GOOD
    assert known(scope(only_contains_user_certs=True), certificate=issuer) is Status.UNKNOWN
    assert known(scope(only_contains_ca_certs=True)) is Status.UNKNOWN
    assert known(scope(only_contains_ca_certs=True), certificate=issuer) is Status.GOOD
    assert known(scope(only_contains_attribute_certs=True)) is Status.UNKNOWN
    assert known(scope(full_name=uri(POINT))) is Status.UNKNOWN
    assert known(scope(full_name=uri(POINT)), certificate=with_point) is Status.GOOD


def test_a_list_of_an_issuer_with_another_key_says_nothing() -> None:
    """Same name, other key: another issuer (RFC 5280 6.3.3)."""
    twin = issue("root", None, CA)
    found = Crl.read(crl(ROOT), [ROOT.certificate])
    assert status(LEAF.certificate, twin.certificate, [found], NOW) is Status.UNKNOWN
    assert status(LEAF.certificate, None, [found], NOW) is Status.GOOD
    assert status(issue("x").certificate, None, [found], NOW) is Status.UNKNOWN


@pytest.mark.parametrize(
    ("days", "expected"), [((-1, 1), Status.GOOD), ((-3, -1), Status.UNKNOWN), ((1, 2), Status.UNKNOWN)]
)
def test_good_is_what_is_up_to_date(days: tuple[float, float], expected: Status) -> None:
    """A list or answer past its nextUpdate, or of the future, is not used."""
    found = Crl.read(crl(ROOT, days=days), [ROOT.certificate])
    heard = Answer.read(answer(LEAF.certificate, ROOT, days=days), LEAF.certificate, ROOT.certificate, NOW)
    assert status(LEAF.certificate, ROOT.certificate, [found], NOW) is expected
    assert status(LEAF.certificate, ROOT.certificate, [heard], NOW) is expected


def test_an_answer_without_an_end_counts_for_a_day() -> None:
    """OCSP need not say when the next one comes (RFC 6960 4.2.2.1)."""
    heard = Answer.read(answer(LEAF.certificate, ROOT, days=(-0.5, None)), LEAF.certificate, ROOT.certificate, NOW)
    assert status(LEAF.certificate, None, [heard], NOW) is Status.GOOD
    assert status(LEAF.certificate, None, [heard], at(1)) is Status.UNKNOWN


def test_a_responder_that_the_issuer_named_may_answer() -> None:
    """A certificate for OCSP signing by the issuer itself, valid now; no other."""
    named = issue("ocsp", ROOT, ANSWERS)
    heard = Answer.read(answer(LEAF.certificate, ROOT, named), LEAF.certificate, ROOT.certificate, NOW)
    assert (heard.status, heard.certificate) == (Status.GOOD, LEAF.certificate.fingerprint(hashes.SHA256()))
    for wrong in (
        issue("ocsp", ROOT),
        issue("ocsp", ROOT, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])),
        issue("ocsp", ROOT, ANSWERS, days=(-9, -1)),
        issue("ocsp", issue("root", None, CA), ANSWERS),
    ):
        with pytest.raises(UnusableError, match="signed by the issuer"):
            Answer.read(answer(LEAF.certificate, ROOT, wrong), LEAF.certificate, ROOT.certificate, NOW)
    for shown in (ROOT, named):
        content = answer(LEAF.certificate, ROOT, issue("x", ROOT, ANSWERS), shown=shown)
        with pytest.raises(UnusableError, match="signed by the issuer"):
            Answer.read(content, LEAF.certificate, ROOT.certificate, NOW)


def test_an_issuer_whose_key_signs_nothing_gives_no_answer() -> None:
    """Its answer cannot have been signed by it."""
    issuer = Holder(issue("root", ROOT, CA, key=x25519_key()).certificate, ROOT.key)
    leaf = issue("leaf", issuer).certificate
    content = answer(leaf, issuer, ROOT, shown=issuer)
    with pytest.raises(UnusableError, match="signed by the issuer"):
        Answer.read(content, leaf, issuer.certificate, NOW)


def test_an_answer_is_about_the_certificate_that_was_asked_about() -> None:
    """Another serial number, or the same one of another issuer: not used."""
    other = issue("other", ROOT)
    twin = issue("root", None, CA)
    with pytest.raises(UnusableError, match="another certificate"):
        Answer.read(answer(other.certificate, ROOT), LEAF.certificate, ROOT.certificate, NOW)
    with pytest.raises(UnusableError, match="another certificate"):
        Answer.read(answer(LEAF.certificate, ROOT), LEAF.certificate, twin.certificate, NOW)


def test_a_responder_may_refuse_to_answer() -> None:
    """Its status is said; what is no answer at all is named so."""
    refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    with pytest.raises(UnusableError, match="TRY_LATER"):
        Answer.read(refused.public_bytes(Encoding.DER), LEAF.certificate, ROOT.certificate, NOW)
    with pytest.raises(UnusableError, match="no OCSP answer"):
        Answer.read(b"<html>", LEAF.certificate, ROOT.certificate, NOW)


def test_a_question_names_the_certificate() -> None:
    """As RFC 6960 writes it."""
    asked = ocsp.load_der_ocsp_request(question(LEAF.certificate, ROOT.certificate))
    assert asked.serial_number == LEAF.certificate.serial_number


def test_a_certificate_says_where_to_ask() -> None:
    """Distribution points and responders, URIs only; none where it has none."""
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri("http://ocsp.example")[0]),
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, uri("http://ca.example")[0]),
        ]
    )
    found = issue("leaf", ROOT, points(uri(POINT), None), access, critical=False).certificate
    assert distribution_points(found) == {POINT}
    assert responders(found) == {"http://ocsp.example"}
    assert distribution_points(LEAF.certificate) == responders(LEAF.certificate) == frozenset()
    relative = x509.CRLDistributionPoints([x509.DistributionPoint(None, name("x").rdns[0], None, None)])
    assert distribution_points(issue("leaf", ROOT, relative).certificate) == frozenset()
