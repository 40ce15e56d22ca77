"""XAdES over files beside it: made by our keys, checked by signxml and by openssl, and no byte of it can be another."""

import base64
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree
from signxml.xades.xades import XAdESSignatureConfiguration as Configuration
from signxml.xades.xades import XAdESVerifier

from gateway.core.attest import able, attest
from gateway.core.errors import Rejected
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.xades import check
from gateway.core.wss import canonical
from gateway.core.wss.keys import Signer
from tests.core.wss.making import signer

CONTENT = b"the bundle"
FILES = {"evidence.zip": sha256(CONTENT).digest()}
AT = "2026-11-21T12:00:00+00:00"
NAMES = {"ds": "http://www.w3.org/2000/09/xmldsig#", "xades": "http://uri.etsi.org/01903/v1.3.2#"}
KEYS = [("rsa", ""), ("rsa", "rsa-pss-sha256"), ("p256", ""), ("p384", ""), ("p521", ""), ("brainpool", "")]


def made(by: Signer | None = None) -> bytes:
    """The signature file."""
    return attest(FILES, by or signer(), AT)


@pytest.mark.parametrize(("kind", "method"), KEYS)
def test_what_is_attested_is_checked(kind: str, method: str) -> None:
    """By whom and when; the file is the same each time for keys that sign the same each time."""
    by = signer(kind, method)
    found = check(made(by), FILES)

    assert found.certificate == by.chain[0].public_bytes(Encoding.DER)
    assert found.at == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert (made(by) == made(by)) is (method != "rsa-pss-sha256")


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_the_librarys_own_verifier_agrees(kind: str) -> None:
    """Without anything of ours between."""
    by = signer(kind)
    options = {"expect_config": Configuration(expect_references=2), "uri_resolver": lambda _: CONTENT}
    found = XAdESVerifier().verify(made(by), x509_cert=by.chain[0], **options)

    assert found[0].signed_data == CONTENT


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_openssl_agrees(kind: str, tmp_path: Path) -> None:
    """On the signature value over SignedInfo, and by hand on the digests of file, properties and certificate."""
    by = signer(kind)
    root = etree.fromstring(made(by))
    info = root.find(".//ds:SignedInfo", NAMES)
    value = base64.b64decode(root.findtext(".//ds:SignatureValue", "", NAMES))
    if kind == "p256":
        half = (value[:32], value[32:])
        numbers = b"".join(_integer(each) for each in half)
        value = bytes([0x30, len(numbers)]) + numbers
    files = {"info": canonical.element(info), "value": value}
    files["key"] = by.chain[0].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    command = ["openssl", "dgst", "-sha256", "-verify", "key", "-signature", "value", "info"]

    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).stdout == b"Verified OK\n"
    properties = root.find(".//xades:SignedProperties", NAMES)
    digests = [base64.b64decode(each.text or "") for each in info.iterfind("ds:Reference/ds:DigestValue", NAMES)]
    assert digests == [FILES["evidence.zip"], sha256(canonical.element(properties)).digest()]
    listed = root.findtext(".//xades:CertDigest/ds:DigestValue", "", NAMES)
    assert base64.b64decode(listed) == by.chain[0].fingerprint(SHA256())


def _integer(octets: bytes) -> bytes:
    """DER of an unsigned number."""
    shown = octets.lstrip(b"\x00")
    shown = (b"\x00" if shown[0] & 0x80 else b"") + shown
    return bytes([2, len(shown)]) + shown


def test_every_changed_byte_is_found() -> None:
    """Also in what no digest covers: ids, key info, white space."""
    content = made()
    for at in range(len(content)):
        changed = bytearray(content)
        changed[at] ^= 1
        with pytest.raises(Malformed):
            check(bytes(changed), FILES)


@pytest.mark.parametrize(
    "files",
    [{"evidence.zip": bytes(32)}, {}, {**FILES, "more.txt": bytes(32)}, {"other.zip": FILES["evidence.zip"]}],
    ids=["changed", "missing", "more", "renamed"],
)
def test_a_signature_over_other_files_is_refused(files: dict[str, bytes]) -> None:
    """Exactly these, by name and digest."""
    with pytest.raises(Malformed):
        check(made(), files)


ALTERED: dict[str, Callable[[bytes], bytes]] = {
    "no XML": lambda _: b"no XML",
    "a doctype": lambda made: made.replace(b"<asic:", b"<!DOCTYPE x><asic:", 1),
    "too large": lambda made: made + b" " * 1024 * 1024,
    "another root": lambda made: made.replace(b"XAdESSignatures", b"XAdESSignature_"),
    "two signatures": lambda made: made.replace(
        b"</asic:", made[made.index(b"<ds:Signature") : made.index(b"</asic:")] + b"</asic:"
    ),
    "an unsigned property": lambda made: made.replace(
        b"</xades:QualifyingProperties>", b"<xades:UnsignedProperties/></xades:QualifyingProperties>"
    ),
    "other quotes": lambda made: made.replace(b'Id="SignXMLSignature0001"', b"Id='SignXMLSignature0001'"),
    "a second certificate": lambda made: made.replace(
        b"</ds:X509Data>", made[made.index(b"<ds:X509Certificate") : made.index(b"</ds:X509Data")] + b"</ds:X509Data>"
    ),
    "no certificate": lambda made: (
        made[: made.index(b"<ds:X509Certificate")] + made[made.index(b"</ds:X509Data") :]
    ).replace(b"<ds:X509Data></ds:X509Data>", b"<ds:X509Data/>"),
    "a time without a zone": lambda made: made.replace(b"+00:00", b""),
    "no time": lambda made: made.replace(AT.encode(), b"noon"),
}


@pytest.mark.parametrize("how", ALTERED)
def test_what_is_not_as_it_would_be_written_is_refused(how: str) -> None:
    """The control is the file untouched."""
    content = ALTERED[how](made())

    assert content != made()
    with pytest.raises(Malformed):
        check(content, FILES)


def test_a_certificate_that_had_ended_then_signs_nothing() -> None:
    """By the time that is said; whether that time is right, checkpoints and stamps show."""
    late = attest(FILES, signer(), "2046-11-21T12:00:00+00:00")

    with pytest.raises(Malformed):
        check(late, FILES)


def test_our_key_is_the_first_that_xades_knows() -> None:
    """Ed25519 is none; where there is no other, that is said."""
    assert able([signer("ed25519"), signer("rsa"), signer()]) == signer("rsa")
    with pytest.raises(Rejected) as refusal:
        able([signer("ed25519")])
    assert "Ed25519" in str(refusal.value.faults[0].expected)


def test_files_of_several_types_are_covered() -> None:
    """Each has its type in the signed properties (EN 319 132-1 6.3)."""
    files = {**FILES, "cover.html": sha256(b"<html/>").digest()}
    content = attest(files, signer(), AT)

    assert check(content, files).certificate == signer().chain[0].public_bytes(Encoding.DER)
    assert content.count(b"<xades:MimeType>") == 2
