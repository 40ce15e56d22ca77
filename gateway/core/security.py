"""WS-Security as a P-Mode asks for it: put on what goes out, demanded of what comes in (AS4 5.1.4 to 5.1.8)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from gateway.core import ebms, reference
from gateway.core.agreement import Party, Register
from gateway.core.errors import ErrorCode, rejected
from gateway.core.message import MimePart, Wrapped
from gateway.core.names import SECOND, Micros
from gateway.core.pmode import PMode, Token
from gateway.core.reference import DS, Reference
from gateway.core.soap import SECURITY
from gateway.core.texts import say
from gateway.core.wss import trust
from gateway.core.wss.encrypt import Encryption, encrypt
from gateway.core.wss.keys import Signer
from gateway.core.wss.keywrap import Randomness
from gateway.core.wss.sign import How, PartDigest, sign
from gateway.core.wss.verify import Allowed, verify

START, END = b"<wsse:Security", b"</wsse:Security>"  # as `sign` writes them


@dataclass(frozen=True, slots=True)
class Secured:
    """What a message was secured by: while all of it holds, every attempt sends the same bytes."""

    signer: str = ""  # SHA-256 fingerprint of our certificate, in hex
    reader: str = ""  # of the certificate that it is encrypted to; empty: it is not
    pmode: str = ""  # digest of the P-Mode's security
    until: Micros = Micros(0)  # when the first of the certificates ends

    def __str__(self) -> str:
        """One line, as it is kept."""
        return f"{self.signer}:{self.reader}:{self.pmode}:{self.until}" if self.pmode else ""

    @classmethod
    def of(cls, line: str) -> "Secured":
        """What the line says."""
        if not line:
            return cls()
        signer, reader, pmode, until = line.split(":")
        return cls(signer, reader, pmode, Micros(int(until)))


@dataclass(frozen=True, slots=True)
class Protected:
    """An envelope as it is sent, what it was secured by, and the key of its encrypted parts."""

    soap: bytes
    secured: Secured
    content_key: bytes = field(repr=False)


def protect(
    envelope: bytes, parts: Sequence[PartDigest], to: tuple[Party, PMode], register: Register, chance: Randomness
) -> Protected:
    """The envelope signed over Messaging, Body and parts (SHA-256 of the gzip bytes), the parts' key for the recipient.

    An envelope that was secured before is secured anew: its Messaging and Body stay as they are.
    """
    party, pmode = to
    plain = unsecured(envelope)
    if not pmode.sign:
        return Protected(plain, Secured(), b"")
    signer, extra, key, reader = register.signer_of(pmode), b"", b"", None
    if pmode.encrypt and parts:
        reader = _reader(party, pmode)
        how = Encryption(data=pmode.data_encryption, key=pmode.key_transport, token=_named(pmode))
        encrypted = encrypt(reader, how, [(part.cid, ebms.GZIP) for part in parts], chance)
        extra, key = encrypted.extra, encrypted.key
    signed = sign(plain, parts, signer, How(token=pmode.token), extra)
    return Protected(signed, _secured(signer, reader, pmode), key)


def holds(secured: Secured, to: tuple[Party, PMode], register: Register, now: Micros) -> bool:
    """Whether what it was secured by is still good: our key in use, the recipient's known, the P-Mode the same."""
    party, pmode = to
    if not pmode.sign or not secured.pmode:
        return pmode.sign is bool(secured.pmode)
    own = {_print(signer.chain[0]) for signer in (*register.signers, *register.suites.values())}
    readers = {_print(certificate) for certificate in party.readers} | {""}
    same = secured.pmode == fingerprint(pmode)
    return same and secured.signer in own and secured.reader in readers and now < secured.until


def sign_signal(envelope: bytes, pmode: PMode, register: Register) -> bytes:
    """A receipt, error or pull request, signed over Messaging and Body where the P-Mode signs (ICS2: the Body, too)."""
    if not pmode.sign:
        return envelope
    return sign(envelope, (), register.signer_of(pmode), How(token=pmode.token))


def prove(wrapped: Wrapped, of: tuple[Party, PMode], register: Register, now: Micros) -> tuple[Reference, ...]:
    """What the party's signature covers: all that the P-Mode demands, by a certificate that is believed to be its.

    More than the P-Mode demands is welcome, and checked all the same; less is EBMS:0103.
    """
    party, pmode = of
    signed = wrapped.envelope.find(f"{SECURITY}/{{{DS}}}Signature") is not None
    if not signed and not pmode.sign:
        return ()
    if pmode.encrypt and not all(part.encrypted for part in wrapped.parts):
        raise rejected(ErrorCode.EBMS_0103, "xenc:EncryptedData", say("encrypted_all"))
    allowed = Allowed(register.methods_of(pmode), frozenset(pmode.digests))
    carried = {part.content_id: _Carried(part) for part in wrapped.parts}
    found = verify(wrapped.envelope, carried, allowed, party.messages.known, register.verifier_of(pmode))
    trust.judge(found.chain, party.messages, now)
    return found.references


def signed_references(envelope: bytes) -> tuple[Reference, ...]:
    """What the signature covers that we put on an envelope of ours; nothing where there is none."""
    path = f"{SECURITY}/{{{DS}}}Signature/{{{DS}}}SignedInfo/{{{DS}}}Reference"
    root = etree.fromstring(envelope, etree.XMLParser(resolve_entities=False, no_network=True))
    return tuple(map(reference.read, root.iterfind(path)))


def unsecured(envelope: bytes) -> bytes:
    """The envelope as it was before it was signed."""
    before, start, rest = envelope.partition(START)
    return before + rest.partition(END)[2] if start else envelope


def fingerprint(pmode: PMode) -> str:
    """What tells two P-Modes apart in how they secure a message; the header is written once and stays."""
    how = (pmode.signature_methods, pmode.token.value, pmode.suite, pmode.encrypt, pmode.data_encryption)
    return hashlib.sha256(repr((*how, pmode.key_transport)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Carried:
    """A MIME part as a signature sees it."""

    part: MimePart

    @property
    def media_type(self) -> str:
        """Of the part."""
        return self.part.media_type

    @property
    def content(self) -> bytes | None:
        """Where it is held."""
        return None if self.part.staged else self.part.content

    def digest(self, name: str) -> bytes | None:
        """Taken as it came, or now."""
        method, digest = self.part.arrived
        if method == name:
            return digest
        return None if self.part.staged else hashlib.new(name, self.part.content).digest()


def _named(pmode: PMode) -> Token:
    """How a recipient's certificate is named: as our own is (eDelivery AS4 1.15 1.4.2); by its key's identifier in 2.0."""
    if pmode.key_transport != "rsa-oaep" or pmode.token is Token.PKIPATH:  # whose path we do not have
        return Token.SKI
    return pmode.token


def _reader(party: Party, pmode: PMode) -> x509.Certificate:
    found = party.reader(pmode)
    if found is None:  # `gateway check` warns of a configuration that leads here
        raise rejected(ErrorCode.UNAVAILABLE, "messages.certificate", say("encrypts_for"))
    return found


def _secured(signer: Signer, reader: x509.Certificate | None, pmode: PMode) -> Secured:
    used = [signer.chain[0], *([reader] if reader else [])]
    until = min(int(certificate.not_valid_after_utc.timestamp()) for certificate in used)
    return Secured(_print(used[0]), _print(reader) if reader else "", fingerprint(pmode), Micros(until * SECOND))


def _print(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(SHA256()).hex()
