"""The elements that say how the parts of a message are encrypted (WSS SwA Profile 1.1.1 5.5), to stand before the signature."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from gateway.core.pmode import Token
from gateway.core.reference import DS
from gateway.core.wss import ciphers, tokens
from gateway.core.wss.gcm import GcmWriter, iv_of
from gateway.core.wss.keywrap import Agreement, Derivation, Oaep, Randomness, agree, transport, wrap
from gateway.core.wss.names import WSSE, WSSE11

SALT = 32  # octets of HKDF's salt: as long as the output of HMAC-SHA-256 (RFC 5869 3.1)
ID = 16


@dataclass(frozen=True, slots=True)
class Encryption:
    """The P-Mode's choice of algorithms; what it starts with is eDelivery AS4 1.15."""

    data: str = "aes128-gcm"
    key: str = ciphers.OAEP  # or x25519, ecdh-es
    digest: str = "sha256"
    mgf: str = "mgf1sha256"
    token: Token = Token.SKI
    derivation: str = ciphers.HKDF  # or concat


@dataclass(frozen=True, slots=True)
class Encrypted:
    """What goes into wsse:Security, and the content key, which is kept with the message and never travels."""

    extra: bytes
    key: bytes = field(repr=False)


def encrypt(
    recipient: x509.Certificate, how: Encryption, cids: Sequence[tuple[str, str]], randomness: Randomness
) -> Encrypted:
    """A new content key for these parts (cid, media type) of one message, which only the recipient can open.

    The key is for the octets that these cids have now: other octets under a cid need another call (see `gcm`).
    """
    if len({cid for cid, _ in cids}) != len(cids):
        raise ValueError([cid for cid, _ in cids])
    uri, size = ciphers.DATA[how.data]
    key, name = randomness(size), randomness(ID).hex()
    ids = [f"ED-{name}-{number}" for number in range(len(cids))]
    data = "".join(_data(cid, media_type, uri, (own, name)) for own, (cid, media_type) in zip(ids, cids, strict=True))
    # The recipient has its own chain: a path would say no more than its key's identifier.
    token = Token.SKI if how.token is Token.PKIPATH else how.token
    along, reference = tokens.write(token, (recipient,), f"ET-{name}")
    method, info, octets = _wrapped(recipient, how, key, reference, randomness)
    references = "".join(f'<xenc:DataReference URI="#{own}"/>' for own in ids)
    extra = (
        f"{along}"
        f'<xenc:EncryptedKey xmlns:xenc="{ciphers.XENC}" xmlns:ds="{DS}" Id="EK-{name}">'
        f"{method}<ds:KeyInfo>{info}</ds:KeyInfo>"
        f"<xenc:CipherData><xenc:CipherValue>{_text(octets)}</xenc:CipherValue></xenc:CipherData>"
        f"<xenc:ReferenceList>{references}</xenc:ReferenceList>"
        f"</xenc:EncryptedKey>{data}"
    )
    return Encrypted(extra.encode(), key)


def writer(key: bytes, cid: str) -> GcmWriter:
    """Encrypts the part of that name, the first time and every time after."""
    return GcmWriter(key, iv_of(key, cid))


def _data(cid: str, media_type: str, uri: str, names: tuple[str, str]) -> str:
    own, key = names
    return (
        f'<xenc:EncryptedData xmlns:xenc="{ciphers.XENC}" xmlns:ds="{DS}" Id="{own}"'
        f' MimeType={quoteattr(media_type)} Type="{ciphers.CONTENT_ONLY}">'
        f'<xenc:EncryptionMethod Algorithm="{uri}"/><ds:KeyInfo>'
        f'<wsse:SecurityTokenReference xmlns:wsse="{WSSE}" xmlns:wsse11="{WSSE11}"'
        f' wsse11:TokenType="{ciphers.KEY_TOKEN}"><wsse:Reference URI="#EK-{key}"/></wsse:SecurityTokenReference>'
        f"</ds:KeyInfo><xenc:CipherData><xenc:CipherReference URI={quoteattr('cid:' + cid)}><xenc:Transforms>"
        f'<ds:Transform Algorithm="{ciphers.CIPHERTEXT}"/>'
        "</xenc:Transforms></xenc:CipherReference></xenc:CipherData></xenc:EncryptedData>"
    )


def _wrapped(
    recipient: x509.Certificate, how: Encryption, key: bytes, reference: str, randomness: Randomness
) -> tuple[str, str, bytes]:
    """xenc:EncryptionMethod, what ds:KeyInfo says, and the octets of the wrapped key."""
    if how.key == ciphers.OAEP:
        method = (
            f'<xenc:EncryptionMethod Algorithm="{ciphers.TRANSPORTS[how.key]}">'
            f'<ds:DigestMethod Algorithm="{ciphers.DIGESTS[how.digest]}"/>'
            f'<xenc11:MGF xmlns:xenc11="{ciphers.XENC11}" Algorithm="{ciphers.MGFS[how.mgf]}"/></xenc:EncryptionMethod>'
        )
        return method, reference, transport(recipient, Oaep(how.digest, how.mgf), key)
    size = len(key)  # the wrapping key is as strong as what it wraps
    uri = ciphers.WRAPS[size]
    concat = how.derivation == ciphers.CONCAT
    # The use of the key is bound into it (RFC 5869 3.2); ConcatKDF's own fields are left out, as peers leave them.
    given = (b"", b"") if concat else (randomness(SALT), uri.encode())
    derivation = Derivation(how.derivation, how.digest, size, *given)
    agreement, wrapping = agree(recipient, how.key, derivation, randomness)
    return f'<xenc:EncryptionMethod Algorithm="{uri}"/>', _agreement(agreement, reference), wrap(wrapping, key)


def _agreement(agreement: Agreement, reference: str) -> str:
    return (
        f'<xenc:AgreementMethod Algorithm="{ciphers.AGREEMENTS[agreement.method]}">{_derivation(agreement.derivation)}'
        f"<xenc:OriginatorKeyInfo>{_ephemeral(agreement)}</xenc:OriginatorKeyInfo>"
        f"<xenc:RecipientKeyInfo>{reference}</xenc:RecipientKeyInfo></xenc:AgreementMethod>"
    )


def _derivation(derivation: Derivation) -> str:
    if derivation.method == ciphers.CONCAT:
        params = (
            f'<xenc11:ConcatKDFParams><ds:DigestMethod Algorithm="{ciphers.DIGESTS[derivation.hash]}"/>'
            "</xenc11:ConcatKDFParams>"
        )
    else:
        params = (
            f'<dsig-more:HKDFParams xmlns:dsig-more="{ciphers.MORE21}">'
            f'<dsig-more:PRF Algorithm="{ciphers.PRFS[derivation.hash]}"/>'
            f"<dsig-more:Salt>{_text(derivation.salt)}</dsig-more:Salt>"
            f"<dsig-more:Info>{_text(derivation.info)}</dsig-more:Info>"
            f"<dsig-more:KeyLength>{derivation.size}</dsig-more:KeyLength></dsig-more:HKDFParams>"
        )
    uri = ciphers.DERIVATIONS[derivation.method]
    return f'<xenc11:KeyDerivationMethod xmlns:xenc11="{ciphers.XENC11}" Algorithm="{uri}">{params}</xenc11:KeyDerivationMethod>'


def _ephemeral(agreement: Agreement) -> str:
    """X25519 has no named curve and goes as DER; a curve goes as its name and point (eDelivery AS4 2.0)."""
    public = load_der_public_key(agreement.ephemeral)
    if not isinstance(public, ec.EllipticCurvePublicKey):
        return (
            f'<dsig11:DEREncodedKeyValue xmlns:dsig11="{ciphers.DSIG11}">{_text(agreement.ephemeral)}'
            "</dsig11:DEREncodedKeyValue>"
        )
    curve = next(uri for uri, known in ciphers.CURVES.items() if known.name == public.curve.name)
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return (
        f'<ds:KeyValue><dsig11:ECKeyValue xmlns:dsig11="{ciphers.DSIG11}"><dsig11:NamedCurve URI="{curve}"/>'
        f"<dsig11:PublicKey>{_text(point)}</dsig11:PublicKey></dsig11:ECKeyValue></ds:KeyValue>"
    )


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
