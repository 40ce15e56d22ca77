"""Keys and certificates of messages: our own from `[as4]` of gateway.toml, partners' from `[messages]` of their files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import Field, StringConstraints

from gateway.config.faults import Faults
from gateway.config.strict import Strict
from gateway.config.units import Duration
from gateway.core.agreement import Party, Register
from gateway.core.names import Micros
from gateway.core.pmode import PMode
from gateway.core.wss.algorithms import METHODS
from gateway.core.wss.certificate import UNREADABLE, is_issuer, opens, self_signed, signs, weak
from gateway.core.wss.keys import PrivateKey, Signer, local_signer
from gateway.core.wss.keywrap import Opener, local_opener, suits
from gateway.core.wss.revocation import Crl, Revocation, Source, UnusableError, distribution_points, responders
from gateway.core.wss.trust import ALTERNATIVES, ATTRIBUTES, Subject, Trusted

KINDS = "|".join((*ATTRIBUTES, *ALTERNATIVES))
MaybeFile = Annotated[str, StringConstraints(pattern=r"^[^/\\]*$")]
MaybeOid = Annotated[str, StringConstraints(pattern=r"^([0-2](\.\d+)+)?$")]
MaybeSubject = Annotated[str, StringConstraints(pattern=rf"^(({KINDS})(=.+)?)?$")]
MaybeSource = Annotated[str, StringConstraints(pattern=r"^(certificate|https?://[^\s/]+(/\S*)?)?$")]
FROM_CERTIFICATE = "certificate"
PEM_CRL = b"-----BEGIN X509 CRL-----"
MOST_CRL = 32 * 1024**2  # bytes of a file with revocation lists


class KeyPairSection(Strict):
    """A certificate and its private key."""

    certificate: str = Field(
        description="PEM: certificate, then its issuers; of several, the one that the key belongs to"
    )
    key: str = Field(description="PEM: private key")


class As4Section(Strict):
    """The keys that messages are signed and opened with (docs/certificates.md)."""

    certificate: str = Field("", description="PEM: certificate, then its issuers; absent: that of [msh]")
    key: str = Field("", description="PEM: private key; absent: that of [msh]")
    signs: list[KeyPairSection] = Field(
        [], description="further pairs to sign with, for P-Modes that the first does not suit"
    )
    revocation_every: Duration = Field(
        timedelta(hours=1), description="how often partners' `crl_from` and `ocsp_from` are asked"
    )
    opens: list[KeyPairSection] = Field(
        [], description="further pairs that messages may be encrypted for: the former one in a rollover, an X25519 one"
    )


class MessagesSection(Strict):
    """How the certificates of the party's messages are believed (docs/certificates.md)."""

    certificate: MaybeFile = Field(
        "", description="<id>.as4.pem beside this file: its message certificates, then issuers; absent: <id>.pem"
    )
    trust: Literal["pinned", "issued"] = Field(
        "pinned", description="pinned: exactly those certificates; issued: any that `issuers` issued to the party"
    )
    issuers: MaybeFile = Field(
        "", description="<id>.issuers.pem beside this file: trusted issuers; needed for `issued`"
    )
    policy: MaybeOid = Field("", description="OID of the certificate policy that is demanded")
    subject: MaybeSubject = Field(
        "",
        description="what must be the PartyId (`CN`) or a value (`CN=…`); absent: CN for `issued`, nothing for `pinned`",
    )
    crl: MaybeFile = Field("", description="<id>.crl.pem beside this file: revocation lists, PEM or DER")
    crl_from: MaybeSource = Field(
        "",
        description="where lists are fetched from: an http URL, or `certificate`: where its certificates say; absent: nowhere",
    )
    ocsp_from: MaybeSource = Field(
        "",
        description="whom to ask about its certificates: an http URL, or `certificate`: whom they name; absent: nobody",
    )
    revocation: Revocation = Field(
        Revocation.IF_KNOWN,
        description="none, if-known: refuse what is listed, required: and what nothing fresh is known of",
    )


@dataclass(frozen=True, slots=True)
class Own:
    """Our keys."""

    signers: tuple[Signer, ...] = ()
    openers: tuple[Opener, ...] = ()


@dataclass(frozen=True, slots=True)
class Messages:
    """A party's message certificates."""

    trusted: Trusted = field(default_factory=Trusted)
    readers: tuple[x509.Certificate, ...] = ()


def own(folder: Path, section: As4Section, msh: tuple[str, str], faults: Faults) -> Own:
    """Our signers and openers; `msh`: the certificate and key of the partners' edge, where [as4] has none."""
    first = (section.certificate or msh[0], section.key or msh[1])
    if bool(section.certificate) != bool(section.key):
        faults.add(folder / "gateway.toml", "as4", "expected certificate and key together, or neither")
        return Own()
    named = any(fault.key.startswith("msh.") for fault in faults.found)  # the edge's own pair is at fault already
    rows = [("as4", *first, True)] if section.certificate or not named else []
    rows += [(f"as4.signs[{n}]", pair.certificate, pair.key, True) for n, pair in enumerate(section.signs, 1)]
    rows += [(f"as4.opens[{n}]", pair.certificate, pair.key, False) for n, pair in enumerate(section.opens, 1)]
    signers: list[Signer] = []
    openers: list[Opener] = []
    for key, certificate, private, signing in rows:
        try:
            chain, loaded = _pair(folder / certificate, folder / private)
            if signing:
                signers += _signers(chain, loaded)
            if not signing or opens(chain[0]):
                openers.append(_opener(chain[0], loaded))
        except ValueError as error:
            faults.add(folder / "gateway.toml", key, str(error))
    return Own(tuple(signers), tuple(openers))


def messages(path: Path, party: str, default: str, section: MessagesSection, faults: Faults) -> Messages:
    """The party's message certificates, and how they are believed; `default`: its PEM where the section names none."""
    named = ((section.certificate, "as4"), (section.issuers, "issuers"), (section.crl, "crl"))
    for name, kind in named:
        if name not in ("", f"{party}.{kind}.pem"):
            faults.add(path, f"messages.{_KEY[kind]}", f"expected {party}.{kind}.pem: a party's files have its name")
            return Messages()
    try:
        leaves, between = _sorted(_read(path, "certificate", section.certificate or default))
        anchors = _read(path, "issuers", section.issuers) if section.issuers else ()
        _require_usable(section, leaves, anchors)
        said = _lists(path, section.crl, (*between, *leaves, *anchors))
    except _Faulty as fault:
        faults.add(path, f"messages.{fault.key}", str(fault))
        return Messages()
    pinned = section.trust == "pinned"
    trusted = Trusted(
        {each.fingerprint(SHA256()): each for each in leaves} if pinned else {},
        () if pinned else anchors,
        (*between, *anchors) if pinned else (*leaves, *between),
        section.policy,
        _subject(section, party),
        section.revocation,
        said,
        tuple(_sources(section, (*leaves, *between), (*between, *anchors))),
    )
    return Messages(trusted, leaves)


def unsuited(register: Register) -> list[str]:
    """What stands between us and partners under their P-Modes: keys that cannot sign, or be encrypted for, as agreed."""
    found: dict[str, None] = {}
    for party in register.parties.values():
        pmodes = () if party.id == register.own.id else (*party.pmodes.values(), party.pmode())
        found |= {
            f"{party.id}: {row}": None for pmode in pmodes if pmode.sign for row in _unsuited(party, pmode, register)
        }
    return list(found)


def stale(register: Register, now: Micros) -> list[str]:
    """Revocation lists beside party files that are out of date: they prove nothing good any more."""
    return [
        f"{party.id}: the revocation list of {said.issuer.rfc4514_string()} is out of date"
        + ("; messages are refused" if party.messages.revocation is Revocation.REQUIRED else "")
        for party in register.parties.values()
        for said in party.messages.said
        if isinstance(said, Crl) and said.until < now
    ]


def _unsuited(party: Party, pmode: PMode, register: Register) -> Iterator[str]:
    methods = {signer.method for signer in register.signers}
    if not pmode.suite and not methods.intersection(pmode.signature_methods):
        yield f"no key of [as4] signs by {', '.join(pmode.signature_methods)}"
    if not pmode.encrypt:
        return
    if not any(opens(each) and suits(each, pmode.key_transport) for each in party.readers):
        yield f"it has no certificate that messages can be encrypted for by {pmode.key_transport}"
    if not any(suits(opener.certificate, pmode.key_transport) for opener in register.openers):
        yield f"no key of [as4] that it could encrypt for by {pmode.key_transport}"


_KEY = {"as4": "certificate", "issuers": "issuers", "crl": "crl"}


class _Faulty(Exception):  # noqa: N818 - collected at once
    """A fault of one key."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(problem)
        self.key = key


def _pair(certificate: Path, key: Path) -> tuple[tuple[x509.Certificate, ...], object]:
    """The chain of the certificate that the key belongs to, and the key; ValueError with what is wrong."""
    try:
        found = x509.load_pem_x509_certificates(certificate.read_bytes())
    except (OSError, ValueError):
        raise ValueError(f"{certificate} is no PEM file with certificates") from None
    try:
        loaded = load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(f"{key} is no PEM file with a private key without password") from None
    public = loaded.public_key()
    leaf = next((each for each in found if each.public_key() == public), None)
    if leaf is None:
        raise ValueError(f"{key} is not the key of a certificate in {certificate}")
    if weak(leaf):
        raise ValueError(f"{certificate}: an RSA key of less than 2048 bits, or a DSA key, protects nothing")
    return tuple(_upwards(leaf, found)), loaded


def _upwards(leaf: x509.Certificate, known: Sequence[x509.Certificate]) -> Iterator[x509.Certificate]:
    """The leaf and its issuers as far as they are known, each once."""
    left = [each for each in known if each != leaf]
    step: x509.Certificate | None = leaf
    while step is not None:
        yield step
        step = next((each for each in left if is_issuer(each) and _issued(step, each)), None)
        left = [each for each in left if each != step]


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    return certificate.issuer == issuer.subject and not self_signed(certificate)


def _signers(chain: tuple[x509.Certificate, ...], key: object) -> list[Signer]:
    """The key's signers: by the method that suits it best, then by each other one that it can."""
    if not signs(chain[0]):
        raise ValueError("the certificate's keyUsage allows no signatures")
    private = cast("PrivateKey", key)  # local_signer refuses another
    best = local_signer(chain, private)
    found = [best]
    for method in METHODS:
        try:
            found += [local_signer(chain, private, method)] if method != best.method else []
        except ValueError:
            continue
    return found


def _opener(certificate: x509.Certificate, key: object) -> Opener:
    if not opens(certificate):
        raise ValueError("nobody can encrypt for this certificate: its kind of key, or its keyUsage, does not allow it")
    return local_opener(certificate, key)


def _read(path: Path, key: str, name: str) -> tuple[x509.Certificate, ...]:
    try:
        found = x509.load_pem_x509_certificates((path.parent / name).read_bytes())
        for each in found:
            is_issuer(each)  # its extensions can be read
    except (OSError, *UNREADABLE):
        raise _Faulty(key, f"{name} is no PEM file with certificates") from None
    for each in found:
        if weak(each):
            raise _Faulty(key, f"{each.subject.rfc4514_string()} has an RSA key of less than 2048 bits, or a DSA key")
    return tuple(found)


def _sorted(found: Sequence[x509.Certificate]) -> tuple[tuple[x509.Certificate, ...], tuple[x509.Certificate, ...]]:
    """The party's own certificates, then the issuers among them."""
    leaves = [each for each in found if not is_issuer(each)]
    if not leaves:  # `openssl req -x509` calls every certificate an issuer's
        named = [other.issuer for other in found if not self_signed(other)]
        leaves = [each for each in found if self_signed(each) and each.subject not in named]
    if not leaves:
        raise _Faulty("certificate", "holds only issuers; expected the party's own certificate first")
    return tuple(leaves), tuple(each for each in found if each not in leaves)


def _require_usable(
    section: MessagesSection, leaves: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]
) -> None:
    """What is configured can be believed at all."""
    if section.trust == "issued" and not anchors:
        raise _Faulty("issuers", 'trust = "issued" needs the issuers that are trusted')
    for each in anchors:
        if not is_issuer(each):
            raise _Faulty("issuers", f"{each.subject.rfc4514_string()} issues no certificates (basicConstraints)")
    alone = [each for each in leaves if self_signed(each)]
    if section.trust == "pinned" and section.revocation is Revocation.REQUIRED and alone:
        subject = alone[0].subject.rfc4514_string()
        raise _Faulty("revocation", f"{subject} is self-signed: nobody could revoke it; expected none or if-known")


def _subject(section: MessagesSection, party: str) -> Subject | None:
    text = section.subject or ("CN" if section.trust == "issued" else "")
    kind, stated, value = text.partition("=")
    return Subject(kind, value if stated else party) if kind else None


def _sources(
    section: MessagesSection, certificates: Sequence[x509.Certificate], issuers: tuple[x509.Certificate, ...]
) -> Iterator[Source]:
    """Where something is said about these certificates: each list once, each certificate of a known issuer by itself."""
    named = frozenset[str]().union(*map(distribution_points, certificates))
    lists = named if section.crl_from == FROM_CERTIFICATE else {section.crl_from} - {""}
    yield from (Source(url, issuers) for url in sorted(lists) if url.startswith(("http://", "https://")))
    for each in certificates:
        above = tuple(issuer for issuer in issuers if _issued(each, issuer))
        asked = responders(each) if section.ocsp_from == FROM_CERTIFICATE else {section.ocsp_from} - {""}
        yield from (
            Source(url, above, each) for url in sorted(asked) if above and url.startswith(("http://", "https://"))
        )


def _lists(path: Path, name: str, issuers: Sequence[x509.Certificate]) -> tuple[Crl, ...]:
    """The revocation lists of the file: one in DER, or as many as there are in PEM."""
    if not name:
        return ()
    try:
        with (path.parent / name).open("rb") as file:
            content = file.read(MOST_CRL + 1)
    except OSError as error:
        raise _Faulty("crl", f"{name} cannot be read: {error.strerror}") from None
    if len(content) > MOST_CRL:
        raise _Faulty("crl", f"{name} is larger than {MOST_CRL} bytes")
    before, *rows = content.split(PEM_CRL)
    try:
        return tuple(Crl.read(each, issuers) for each in ([PEM_CRL + row for row in rows] or [before]))
    except UnusableError as error:
        raise _Faulty("crl", f"{name}: {error}") from None
