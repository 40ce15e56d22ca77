"""What XML Encryption calls its elements and algorithms: one table for each kind, name ► URI and what is behind it."""

from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.core.reference import DS
from gateway.core.wss.names import WSSE

DSIG11 = "http://www.w3.org/2009/xmldsig11#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
MORE21 = "http://www.w3.org/2021/04/xmldsig-more#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
NS = {
    "ds": DS,
    "dsig11": DSIG11,
    "dsig-more": MORE21,
    "xenc": XENC,
    "xenc11": XENC11,
    "wsse": WSSE,
}

_OASIS = "http://docs.oasis-open.org/wss/oasis-wss-"
KEY_TOKEN = _OASIS + "soap-message-security-1.1#EncryptedKey"
# WSS SwA Profile 1.1.1 5.5: the content of the part, without its MIME headers
CONTENT_ONLY = _OASIS + "SwAProfile-1.1#Attachment-Content-Only"
CIPHERTEXT = _OASIS + "SwAProfile-1.1#Attachment-Ciphertext-Transform"

# Content: URI, key size in bytes. CBC modes stay out: without a tag they answer questions about the plain text.
DATA: Mapping[str, tuple[str, int]] = {
    "aes128-gcm": (XENC11 + "aes128-gcm", 16),
    "aes192-gcm": (XENC11 + "aes192-gcm", 24),
    "aes256-gcm": (XENC11 + "aes256-gcm", 32),
}
# Key wrap under an agreed key: size of that key ► URI.
WRAPS: Mapping[int, str] = {16: XENC + "kw-aes128", 24: XENC + "kw-aes192", 32: XENC + "kw-aes256"}
# Key transport and agreement. rsa-1_5 stays out: its padding answers questions (Bleichenbacher 1998).
OAEP, OAEP_MGF1P = "rsa-oaep", "rsa-oaep-mgf1p"
TRANSPORTS: Mapping[str, str] = {OAEP: XENC11 + "rsa-oaep", OAEP_MGF1P: XENC + "rsa-oaep-mgf1p"}
X25519, ECDH = "x25519", "ecdh-es"
AGREEMENTS: Mapping[str, str] = {X25519: MORE21 + "x25519", ECDH: XENC11 + "ECDH-ES"}
HKDF, CONCAT = "hkdf", "concat"
DERIVATIONS: Mapping[str, str] = {HKDF: MORE21 + "hkdf", CONCAT: XENC11 + "ConcatKDF"}

HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - in OAEP no collision helps anybody, and peers default to it
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
DIGESTS: Mapping[str, str] = {
    "sha1": DS + "sha1",
    "sha224": MORE + "sha224",
    "sha256": XENC + "sha256",
    "sha384": MORE + "sha384",
    "sha512": XENC + "sha512",
}
MGFS: Mapping[str, str] = {f"mgf1{name}": f"{XENC11}mgf1{name}" for name in HASHES}
PRFS: Mapping[str, str] = {name: f"{MORE}hmac-{name}" for name in HASHES if name != "sha1"}
CURVES: Mapping[str, ec.EllipticCurve] = {
    "urn:oid:1.2.840.10045.3.1.7": ec.SECP256R1(),
    "urn:oid:1.3.132.0.34": ec.SECP384R1(),
    "urn:oid:1.3.132.0.35": ec.SECP521R1(),
    "urn:oid:1.3.36.3.3.2.8.1.1.7": ec.BrainpoolP256R1(),
}
