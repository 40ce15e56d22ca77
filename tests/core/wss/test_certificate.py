"""Certificates that come in messages are anybody's: what the library cannot read is no certificate, and no crash."""

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.core.errors import ErrorCode, Rejected
from gateway.core.wss.certificate import extension, load
from tests.core.wss.making import LEAF, SINCE, checked, key, signed, signer

VERSION_3, VERSION_4 = bytes.fromhex("a003020102"), bytes.fromhex("a003020103")
OF_KEY, UNKNOWN = bytes.fromhex("0603551d0e"), bytes.fromhex("0603551d63")  # subjectKeyIdentifier, 2.5.29.99
DER = signer().chain[0].public_bytes(Encoding.DER)


def test_another_version_is_no_certificate() -> None:
    """Found by fuzzing: the library's exception for it is of its own kind; the control: version 3 is read."""
    assert load(DER) == signer().chain[0]
    with pytest.raises(ValueError, match="version"):
        load(DER.replace(VERSION_3, VERSION_4, 1))


def test_a_message_with_one_names_no_certificate() -> None:
    """EBMS:0101, as with any octets that are none; the control: the message as it was."""
    message, own = signed(), base64.b64encode(DER)
    checked(message)

    with pytest.raises(Rejected) as caught:
        checked(message.replace(own, base64.b64encode(DER.replace(VERSION_3, VERSION_4, 1))))
    assert caught.value.first is ErrorCode.EBMS_0101


def test_an_extension_that_stands_twice_cannot_be_read() -> None:
    """RFC 5280 4.2; the control: each once."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(LEAF)
        .issuer_name(LEAF)
        .public_key(key("p256").public_key())
        .serial_number(1)
        .not_valid_before(SINCE)
        .not_valid_after(SINCE + timedelta(days=9))
        .add_extension(x509.SubjectKeyIdentifier(b"x"), critical=False)
        .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.99"), b"\x04\x01x"), critical=False)
    )
    der = builder.sign(key("p256"), SHA256()).public_bytes(Encoding.DER)
    assert extension(load(der), x509.SubjectKeyIdentifier) is not None

    with pytest.raises(ValueError, match="extensions"):
        extension(load(der.replace(UNKNOWN, OF_KEY)), x509.SubjectKeyIdentifier)
