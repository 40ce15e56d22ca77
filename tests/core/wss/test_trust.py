"""Who is believed to be a party: pinned or issued, valid, of the right policy and subject, not revoked."""

from collections.abc import Sequence
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from gateway.core.errors import ErrorCode, Rejected
from gateway.core.names import Micros
from gateway.core.wss.trust import LONGEST, MOST, Subject, Trusted, judge, readable
from tests.core.wss.pki import (
    CA,
    NOW,
    Holder,
    at,
    by_sha1,
    curve_key,
    ed25519_key,
    issue,
    name,
    rsa_key,
    usage,
    x25519_key,
)

ROOT = issue("root", None, CA)
MIDDLE = issue("middle", ROOT, CA, usage("key_cert_sign", "crl_sign"))
LEAF = issue("BY.GTK", MIDDLE)
OTHER = issue("RU.FTS", MIDDLE)
SELF = issue("BY.GTK")
POLICY = "1.2.398.3.3"


def chain(*holders: Holder) -> tuple[x509.Certificate, ...]:
    """Their certificates."""
    return tuple(holder.certificate for holder in holders)


def pinned(*holders: Holder, **more: Any) -> Trusted:
    """These, by fingerprint."""
    return Trusted(pinned={holder.fingerprint: holder.certificate for holder in holders}, **more)


def issued(*anchors: Holder, **more: Any) -> Trusted:
    """Whoever these issue."""
    return Trusted(anchors=chain(*anchors), **more)


def believed(found: Sequence[x509.Certificate], trusted: Trusted, now: Micros = NOW) -> str:
    """Empty, or what was expected instead; the code is always EBMS:0101."""
    try:
        judge(found, trusted, now)
    except Rejected as refusal:
        (fault,) = refusal.faults
        assert fault.code is ErrorCode.EBMS_0101
        assert fault.path.endswith("ds:KeyInfo")
        return fault.expected
    return ""


def test_a_pinned_certificate_is_believed_whoever_issued_it() -> None:
    """Self-signed or not, with or without its issuers; any other certificate is refused."""
    assert believed(chain(SELF), pinned(SELF)) == ""
    assert believed(chain(LEAF), pinned(LEAF)) == ""
    assert believed(chain(LEAF, MIDDLE, ROOT), pinned(SELF, LEAF)) == ""
    assert "registered message certificates" in believed(chain(OTHER, MIDDLE, ROOT), pinned(LEAF))


def test_a_self_signed_certificate_of_openssl_may_be_pinned() -> None:
    """`openssl req -x509` makes it an issuer's by default; pinned, that does not matter."""
    found = issue("BY.GTK", None, CA)
    assert believed(chain(found), pinned(found)) == ""


def test_in_a_rollover_each_of_two_certificates_counts_within_its_days() -> None:
    """Old and new are both believed while both are valid; then the old one has expired, or is not pinned any more."""
    old, new = issue("BY.GTK", days=(-300, 5)), issue("BY.GTK", days=(2, 300))
    both = pinned(old, new)
    assert believed(chain(old), both, at(1)) == ""
    assert "valid already" in believed(chain(new), both, at(1))
    assert believed(chain(old), both, at(3)) == believed(chain(new), both, at(3)) == ""
    assert "has not expired (this one did on 2026-11-26)" in believed(chain(old), both, at(6))
    assert believed(chain(new), both, at(6)) == ""
    assert "registered" in believed(chain(old), pinned(new), at(3))


def test_messages_are_encrypted_for_valid_certificates_that_allow_it() -> None:
    """Within its days, with a kind of key that can, and the keyUsage for it where there is one."""
    old, new = issue("a", days=(-300, 5)), issue("a", days=(2, 300))
    assert [readable(each, at(1)) for each in chain(old, new)] == [True, False]
    assert [readable(each, at(6)) for each in chain(old, new)] == [False, True]
    agrees, signs = issue("a", None, usage("key_agreement")), issue("a", None, usage("digital_signature"))
    assert [readable(each, NOW) for each in chain(agrees, signs, issue("a", key=ed25519_key()))] == [True, False, False]
    assert readable(issue("a", ROOT, key=x25519_key()).certificate, NOW)
    assert readable(issue("a", key=rsa_key()).certificate, NOW)
    for use, usable in (("key_encipherment", True), ("data_encipherment", True), ("key_agreement", False)):
        assert readable(issue("a", ROOT, usage(use), key=rsa_key()).certificate, NOW) is usable


def test_the_issuers_between_come_from_the_message_or_the_configuration() -> None:
    """A PKIPath brings them, in any order; a leaf alone needs those that are configured."""
    trusted = issued(ROOT)
    assert believed(chain(LEAF, MIDDLE, ROOT), trusted) == ""
    assert believed(chain(LEAF, ROOT, MIDDLE), trusted) == ""
    assert believed(chain(LEAF, MIDDLE), trusted) == ""
    assert believed(chain(LEAF), issued(ROOT, intermediates=chain(MIDDLE))) == ""
    assert "leads to a trusted issuer" in believed(chain(LEAF), trusted)
    assert "leads to a trusted issuer" in believed(chain(LEAF, MIDDLE, ROOT), issued(issue("root", None, CA)))


def test_a_trusted_issuer_need_not_be_a_root() -> None:
    """An anchor is believed for itself; what stands above it does not count."""
    assert believed(chain(LEAF), issued(MIDDLE)) == ""


def test_a_path_in_the_wrong_order_is_named() -> None:
    """Its first certificate is an issuer's: the reason says which one of a PKIPath is the signer's."""
    assert "(the last one of a PKIPath)" in believed(chain(ROOT, MIDDLE, LEAF), issued(ROOT))


@pytest.mark.parametrize(
    ("leaf", "reason"),
    [
        (issue("BY.GTK", MIDDLE, days=(-10, -1)), "did on 2026-11-20"),
        (issue("BY.GTK", MIDDLE, days=(1, 10)), "this one from 2026-11-22"),
        (issue("BY.GTK", MIDDLE, usage("key_agreement")), "keyUsage allows signatures"),
        (issue("BY.GTK", MIDDLE, key=rsa_key(1024)), "RSA keys from 2048 bits"),
        (issue("BY.GTK", MIDDLE, key=dsa.generate_private_key(1024)), "RSA keys from 2048 bits"),  # noqa: S505 - refused
        (by_sha1("BY.GTK"), "SHA-256 or better"),
        (issue("BY.GTK", MIDDLE, x509.PolicyConstraints(0, None)), "extensions are all known here"),
        (issue("BY.GTK", MIDDLE, x509.UnrecognizedExtension(ObjectIdentifier("1.2.3"), b"")), "extensions are all"),
        (issue("BY.GTK", Holder(ROOT.certificate, MIDDLE.key)), "leads to a trusted issuer"),
        (issue("BY.GTK", Holder(MIDDLE.certificate, curve_key())), "leads to a trusted issuer"),
    ],
)
def test_a_certificate_that_nobody_should_rely_on_is_refused(leaf: Holder, reason: str) -> None:
    """Expired, early, not for signatures, weak, with unknown critical extensions, signed by somebody else."""
    assert reason in believed(chain(leaf, MIDDLE), issued(ROOT))


@pytest.mark.parametrize(
    "leaf",
    [
        issue("BY.GTK", MIDDLE, usage("digital_signature"), x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])),
        issue("BY.GTK", MIDDLE, usage("content_commitment")),
        issue("BY.GTK", MIDDLE, key=ed25519_key()),
        issue("BY.GTK", MIDDLE, key=ec.generate_private_key(ec.BrainpoolP256R1())),
        issue("BY.GTK", MIDDLE, key=rsa_key()),
        issue("BY.GTK", MIDDLE, x509.PolicyConstraints(0, None), critical=False),
    ],
)
def test_usual_certificates_are_believed(leaf: Holder) -> None:
    """The controls of the refusals, and the keys of every profile."""
    assert believed(chain(leaf, MIDDLE), issued(ROOT)) == ""


@pytest.mark.parametrize(
    ("middle", "reason"),
    [
        (issue("middle", ROOT), "leads to a trusted issuer"),
        (issue("middle", ROOT, x509.BasicConstraints(ca=False, path_length=None)), "leads to a trusted issuer"),
        (issue("middle", ROOT, CA, usage("digital_signature")), "leads to a trusted issuer"),
        (issue("middle", ROOT, CA, days=(-9, -3)), "did on 2026-11-18"),
        (issue("middle", ROOT, CA, key=rsa_key(1024)), "RSA keys from 2048 bits"),
        (by_sha1("middle", CA), "SHA-256 or better"),
        (issue("middle", ROOT, CA, x509.InhibitAnyPolicy(0)), "extensions are all known here"),
        (issue("middle", issue("root", None, x509.BasicConstraints(ca=True, path_length=0))), "leads to a trusted"),
    ],
)
def test_whoever_may_not_issue_has_not_issued(middle: Holder, reason: str) -> None:
    """An issuer must be one, for certificates, valid, strong and understood."""
    assert reason in believed(chain(issue("BY.GTK", middle), middle), issued(ROOT))


def test_a_path_is_no_longer_than_its_issuers_allow() -> None:
    """An anchor with pathlen 0 issues leaves, and no issuers."""
    root = issue("root", None, x509.BasicConstraints(ca=True, path_length=0))
    middle = issue("middle", root, CA)
    assert believed(chain(issue("BY.GTK", root)), issued(root)) == ""
    assert "leads to a trusted issuer" in believed(chain(issue("BY.GTK", middle), middle), issued(root))


def test_an_expired_anchor_is_trusted_no_more() -> None:
    """The operator sees why: the date is that of the anchor."""
    root = issue("root", None, CA, days=(-9, -3))
    assert "did on 2026-11-18" in believed(chain(issue("BY.GTK", root)), issued(root))


def test_issuers_that_issue_each_other_cost_little() -> None:
    """Certificates of one name and one key lead from each to each: every one is looked at once, and only so many."""
    key = curve_key()
    first = issue("loop", None, CA, key=key)
    loop = [issue("loop", first, CA, key=key) for _ in range(MOST + 10)]
    leaf = issue("BY.GTK", first)
    assert "leads to a trusted issuer" in believed(chain(leaf, *loop), issued(ROOT))
    assert believed(chain(leaf, *loop), issued(ROOT, first)) == ""


def test_a_path_has_an_end() -> None:
    """The longest path that is followed has eight certificates."""
    issuers = [issue("root", None, CA)]
    for number in range(LONGEST - 1):
        issuers.append(issue(f"middle {number}", issuers[-1], CA))
    longest, longer = issue("BY.GTK", issuers[-2]), issue("BY.GTK", issuers[-1])
    assert believed(chain(longest, *issuers), issued(issuers[0])) == ""
    assert "leads to a trusted issuer" in believed(chain(longer, *issuers), issued(issuers[0]))


def test_another_path_is_taken_where_one_is_barred() -> None:
    """An expired issuer and its renewed certificate, same name and key: the valid one is used."""
    key = curve_key()
    old, new = issue("middle", ROOT, CA, key=key, days=(-9, -3)), issue("middle", ROOT, CA, key=key)
    leaf = issue("BY.GTK", new)
    assert believed(chain(leaf, old, new), issued(ROOT)) == ""


@pytest.mark.parametrize("policies", [(), ("1.2.3",), ("2.5.29.32.0",)])
def test_a_certificate_must_be_under_the_agreed_policy(policies: tuple[str, ...]) -> None:
    """The leaf names the policy itself; «any» is for issuers."""
    rows = [x509.PolicyInformation(ObjectIdentifier(each), None) for each in policies]
    leaf = issue("BY.GTK", ROOT, *([x509.CertificatePolicies(rows)] if rows else []))
    assert believed(chain(leaf), issued(ROOT, policy=POLICY)) == f"a certificate issued under the policy {POLICY}"
    assert believed(chain(leaf), issued(ROOT)) == ""


def test_the_policy_reaches_down_to_the_leaf() -> None:
    """Every issuer below the anchor is under it, or under any; a pinned certificate by itself."""

    def under(oid: str) -> x509.CertificatePolicies:
        return x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier(oid), None)])

    any_one, other = issue("middle", ROOT, CA, under("2.5.29.32.0")), issue("middle", ROOT, CA, under("1.2.3"))
    good, bad = issue("BY.GTK", any_one, under(POLICY)), issue("BY.GTK", other, under(POLICY))
    assert believed(chain(good, any_one), issued(ROOT, policy=POLICY)) == ""
    assert "policy" in believed(chain(bad, other), issued(ROOT, policy=POLICY))
    assert believed(chain(good), pinned(good, policy=POLICY)) == ""
    assert "policy" in believed(chain(LEAF), pinned(LEAF, policy=POLICY))


NAMED = x509.Name(
    [
        x509.NameAttribute(NameOID.COMMON_NAME, "BY.GTK"),
        x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, "NTRBY-100582333"),
    ]
)
ALTERNATIVE = x509.SubjectAlternativeName(
    [x509.DNSName("as4.gtk.example"), x509.UniformResourceIdentifier("urn:gtk"), x509.RFC822Name("as4@gtk.example")]
)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("CN", "BY.GTK"),
        ("organizationIdentifier", "NTRBY-100582333"),
        ("DNS", "as4.gtk.example"),
        ("URI", "urn:gtk"),
        ("email", "as4@gtk.example"),
    ],
)
def test_a_certificate_is_bound_to_its_party_by_what_was_agreed(kind: str, value: str) -> None:
    """An attribute of the subject or an alternative name, exactly; anything else is another party's."""
    leaf = issue(NAMED, ROOT, ALTERNATIVE)
    assert believed(chain(leaf), issued(ROOT, subject=Subject(kind, value))) == ""
    wrong = believed(chain(leaf), issued(ROOT, subject=Subject(kind, "RU.FTS")))
    assert wrong == f"a certificate issued to the party: {kind} = RU.FTS"
    assert f"{kind} = {value}" in believed(chain(issue("x", ROOT)), issued(ROOT, subject=Subject(kind, value)))


def test_two_names_are_no_name() -> None:
    """A second CN could be read by somebody else: refused."""
    two = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each) for each in ("BY.GTK", "RU.FTS")])
    assert "CN = BY.GTK" in believed(chain(issue(two, ROOT)), issued(ROOT, subject=Subject("CN", "BY.GTK")))


def test_dynamic_receiver_assertions_hold() -> None:
    """AS4_DR_TA01-04: anchored is taken; another anchor, no policy, another subject are answered with an error."""
    under = x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier(POLICY), None)])
    trusted = issued(ROOT, policy=POLICY, subject=Subject("CN", "BY.GTK"))
    assert believed(chain(issue("BY.GTK", ROOT, under)), trusted) == ""  # DR_TA01
    assert "issuer" in believed(chain(issue("BY.GTK", issue("root", None, CA), under)), trusted)  # DR_TA02
    assert "policy" in believed(chain(issue("BY.GTK", ROOT)), trusted)  # DR_TA03
    assert "CN" in believed(chain(issue("RU.FTS", ROOT, under)), trusted)  # DR_TA04


def test_a_certificate_that_cannot_be_read_is_refused() -> None:
    """Its extension is no DER: EBMS:0101, no crash."""
    broken = issue("BY.GTK", MIDDLE, x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.15"), b"\xff"))
    assert "can be read" in believed(chain(broken), issued(ROOT))


def test_a_certificate_with_an_extension_twice_is_refused() -> None:
    """The library reads none of its extensions then: EBMS:0101, no crash, pinned or not."""
    oids = [bytes.fromhex(f"06032a030{last}") for last in (4, 5)]
    rows = [x509.UnrecognizedExtension(ObjectIdentifier(f"1.2.3.{last}"), b"") for last in (4, 5)]
    der = issue("BY.GTK", MIDDLE, *rows).certificate.public_bytes(Encoding.DER)
    twice = Holder(x509.load_der_x509_certificate(der.replace(oids[1], oids[0])), None)
    with pytest.raises(x509.DuplicateExtension):
        assert twice.certificate.extensions
    assert "can be read" in believed(chain(twice), issued(ROOT))
    assert "can be read" in believed(chain(twice), pinned(twice))


def test_an_anchor_is_believed_without_its_own_signature() -> None:
    """Old roots signed themselves with SHA-1; what they issued is signed otherwise."""
    root = by_sha1("middle", CA)
    leaf = issue("BY.GTK", root)
    assert believed(chain(leaf), issued(root)) == ""
    assert "SHA-256 or better" in believed(chain(leaf, root), issued(issue("root", None, CA)))


def test_known_certificates_are_found_without_being_sent() -> None:
    """SKI and IssuerSerial name one of these: the party's own first."""
    assert pinned(LEAF, intermediates=chain(MIDDLE)).known == chain(LEAF, MIDDLE)
    assert issued(ROOT, intermediates=chain(MIDDLE)).known == chain(MIDDLE, ROOT)
    assert name("x") == issue("x").certificate.subject
