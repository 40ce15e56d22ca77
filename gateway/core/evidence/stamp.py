"""Time stamps of checkpoints: what an authority is asked, and whether its answer proves when a note existed (RFC 3161)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.core.names import SECOND, Micros

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

LARGEST = 64 * 1024  # bytes of an answer
GRANTED = 0
NONCE = 8  # bytes: some authorities take no longer ones
SHA_256 = "2.16.840.1.101.3.4.2.1"
PANIC = "PanicException"  # of the Rust library; no Exception, and with no name that could be imported


class Flaw(StrEnum):
    """Why an answer proves nothing."""

    NOT_AN_ANSWER = "it is no RFC 3161 answer"
    REFUSED = "the authority refused to stamp"
    OTHER_NOTE = "it stamps other bytes"
    OTHER_NONCE = "it answers another question"
    OTHER_POLICY = "it is given under another policy"
    OTHER_AUTHORITY = "it is by an authority that is not trusted"
    NOT_VALID_THEN = "the authority's certificate was not valid at the time it states"
    NOT_SIGNED = "the authority's signature does not hold"


class NoStamp(Exception):  # noqa: N818 - a participle's place: what was asked for is not there
    """The answer is no stamp of the note."""

    def __init__(self, flaw: Flaw) -> None:
        """For this reason."""
        super().__init__(flaw.value)
        self.flaw = flaw


class Unchecked(Exception):  # noqa: N818 - nothing is wrong: it cannot be said
    """rfc3161-client is not installed: stamps can be neither believed nor doubted."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The note existed at this time: the authority says so."""

    time: Micros
    authority: bytes  # SHA-256 of its certificate
    serial: int


@dataclass(frozen=True, slots=True)
class Demand:
    """What an answer must repeat, where the question is known."""

    nonce: int | None = None
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who is asked, how often, and what follows where it does not answer."""

    url: str
    certificates: tuple[x509.Certificate, ...]  # its own, then its issuers up to the root
    every: Micros
    stop_after: Micros  # 0: acceptance never stops
    clock: Micros  # how far its time and ours may be apart
    policy: str = ""


def question(note: bytes, nonce: int, policy: str = "") -> bytes:
    """The TimeStampReq over the note's SHA-256 that asks for the certificate, too (RFC 3161 2.4.1)."""
    algorithm = _tlv(0x30, _oid(SHA_256) + _tlv(0x05, b""))
    imprint = _tlv(0x30, algorithm + _tlv(0x04, sha256(note).digest()))
    number = _tlv(0x02, nonce.to_bytes(nonce.bit_length() // 8 + 1, "big"))
    return _tlv(0x30, _tlv(0x02, b"\x01") + imprint + (_oid(policy) if policy else b"") + number + b"\x01\x01\xff")


def check(response: bytes, note: bytes, certificates: Sequence[x509.Certificate], asked: Demand = Demand()) -> Stamp:
    """When the note existed, as one of the authorities says; NoStamp, or Unchecked where the library is missing.

    `certificates`: authorities' own and those of their issuers, up to the roots. `note`: the bytes that were stamped,
    which is the note with the log's own signature alone.

    1. an answer that grants a stamp
    2. of the SHA-256 of these bytes, to this question, under this policy
    3. by a certificate that is trusted, for stamps, and was valid then
    4. whose signature holds, up to a trusted root
    """
    try:
        from rfc3161_client import VerifierBuilder, decode_timestamp_response  # noqa: PLC0415 - may be missing
    except ImportError:
        raise Unchecked from None
    with _faulty(Flaw.NOT_AN_ANSWER):  # 1
        found = decode_timestamp_response(response)
        if found.status != GRANTED:
            raise NoStamp(Flaw.REFUSED)
        time = _micros(found.tst_info.gen_time)
        _require_asked(found, note, asked)  # 2
        authority = _authority(found, certificates, found.tst_info.gen_time)  # 3
        serial = found.tst_info.serial_number
    with _faulty(Flaw.NOT_SIGNED):  # 4
        roots = [each for each in certificates if each != authority] or [authority]
        verifier = VerifierBuilder(tsa_certificate=authority, roots=roots).build()
        verifier.verify(found, sha256(note).digest())
    return Stamp(time, authority.fingerprint(SHA256()), serial)


@contextmanager
def _faulty(flaw: Flaw) -> Iterator[None]:
    """Whatever the library raises over foreign bytes is this flaw; its Rust panics are no Exceptions."""
    try:
        yield
    except NoStamp:
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == PANIC:
            raise NoStamp(flaw) from None
        raise


def _require_asked(found: "TimeStampResponse", note: bytes, asked: Demand) -> None:
    """2. It is about these bytes by SHA-256, and repeats what was asked."""
    info = found.tst_info
    imprint = info.message_imprint
    if imprint.hash_algorithm.dotted_string != SHA_256 or imprint.message != sha256(note).digest():
        raise NoStamp(Flaw.OTHER_NOTE)
    if asked.nonce is not None and info.nonce != asked.nonce:
        raise NoStamp(Flaw.OTHER_NONCE)
    if asked.policy and info.policy.dotted_string != asked.policy:
        raise NoStamp(Flaw.OTHER_POLICY)


def _authority(
    found: "TimeStampResponse", certificates: Sequence[x509.Certificate], then: datetime
) -> x509.Certificate:
    """3. The trusted certificate that the one signer names, for stamps, valid then."""
    (signer,) = found.signed_data.signer_infos
    named = [
        each for each in certificates if (each.issuer, each.serial_number) == (signer.issuer, signer.serial_number)
    ]
    if not named or not stamps(named[0]):
        raise NoStamp(Flaw.OTHER_AUTHORITY)
    if not named[0].not_valid_before_utc <= then <= named[0].not_valid_after_utc:
        raise NoStamp(Flaw.NOT_VALID_THEN)
    return named[0]


def stamps(certificate: x509.Certificate) -> bool:
    """Whether it is for stamps alone: a critical extended key usage with that one purpose (RFC 3161 2.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _micros(time: datetime) -> Micros:
    return Micros(int(time.timestamp()) * SECOND + time.microsecond)


def _tlv(tag: int, content: bytes) -> bytes:
    """DER with a short length: nothing in a question is longer than 127 bytes."""
    return bytes([tag, len(content)]) + content


def _oid(dotted: str) -> bytes:
    """An object identifier in DER."""
    first, second, *rest = map(int, dotted.split("."))
    return _tlv(0x06, b"".join(_base128(number) for number in (first * 40 + second, *rest)))


def _base128(number: int) -> bytes:
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))
