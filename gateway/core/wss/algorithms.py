"""Algorithms of signatures: our name ► URI, hash and kind of key (RFC 9231). SHA-1, MD5 and HMAC have no row."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_PSS = "http://www.w3.org/2007/05/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"


class Key(StrEnum):
    """A kind of key."""

    RSA = "RSA"
    EC = "EC"
    ED25519 = "Ed25519"


@dataclass(frozen=True, slots=True)
class Method:
    """A signature method; `hash` is empty where the algorithm brings its own."""

    name: str
    uri: str
    key: Key
    hash: str = ""
    pss: bool = False


METHODS: Mapping[str, Method] = {
    row.name: row
    for row in (
        Method("rsa-sha256", _MORE + "rsa-sha256", Key.RSA, "sha256"),
        Method("rsa-sha384", _MORE + "rsa-sha384", Key.RSA, "sha384"),
        Method("rsa-sha512", _MORE + "rsa-sha512", Key.RSA, "sha512"),
        Method("rsa-pss-sha256", _PSS + "sha256-rsa-MGF1", Key.RSA, "sha256", pss=True),
        Method("rsa-pss-sha384", _PSS + "sha384-rsa-MGF1", Key.RSA, "sha384", pss=True),
        Method("rsa-pss-sha512", _PSS + "sha512-rsa-MGF1", Key.RSA, "sha512", pss=True),
        Method("ecdsa-sha256", _MORE + "ecdsa-sha256", Key.EC, "sha256"),
        Method("ecdsa-sha384", _MORE + "ecdsa-sha384", Key.EC, "sha384"),
        Method("ecdsa-sha512", _MORE + "ecdsa-sha512", Key.EC, "sha512"),
        Method("ed25519", "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519", Key.ED25519),
    )
}
DIGESTS: Mapping[str, str] = {"sha256": _ENC + "sha256", "sha384": _MORE + "sha384", "sha512": _ENC + "sha512"}
_METHOD_NAMES = {row.uri: row.name for row in METHODS.values()}
_DIGEST_NAMES = {uri: name for name, uri in DIGESTS.items()}


def method_uri(name: str) -> str:
    """The URI of a signature method; a method without a row (a national one) is named by its URI."""
    return METHODS[name].uri if name in METHODS else name


def method_name(uri: str) -> str:
    """The name of a signature method; the URI itself where there is no row."""
    return _METHOD_NAMES.get(uri, uri)


def digest_name(uri: str) -> str:
    """The name of a digest method; empty where it is not known."""
    return _DIGEST_NAMES.get(uri, "")


def digest(name: str, data: bytes) -> bytes:
    """The digest of the data by a name of `DIGESTS`."""
    return hashlib.new(name, data).digest()
