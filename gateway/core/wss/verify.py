"""An envelope and its parts ► who signed them: one signature over Messaging, Body and every part, or a refusal.

Whether the signer is trusted is judged elsewhere. What is checked is the element or part itself, never one that
merely has its Id: a signed header moved aside, with a forged one in its place, covers nothing (AS4 5.1.4, EA-3.3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509
from lxml import etree

from gateway.core.reference import DS, EXCLUSIVE, Reference
from gateway.core.texts import say
from gateway.core.wss import references, tokens
from gateway.core.wss.algorithms import DIGESTS, METHODS, method_name
from gateway.core.wss.carried import Carried
from gateway.core.wss.envelope import Secured, noncompliant, secured
from gateway.core.wss.keys import LOCAL, Verifier, fits, public_key
from gateway.core.wss.names import INCLUSIVE, KEY_INFO, SIGNATURE, SIGNATURE_VALUE, SIGNED_INFO
from gateway.core.wss.references import REFERENCE, Row

HEAD = [f"{{{DS}}}CanonicalizationMethod", f"{{{DS}}}SignatureMethod"]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The names of the algorithms that the P-Mode takes."""

    signatures: frozenset[str]
    digests: frozenset[str] = frozenset({"sha256"})


@dataclass(frozen=True, slots=True)
class Verified:
    """Who signed, leaf first, by which method, and what exactly."""

    chain: tuple[x509.Certificate, ...]
    references: tuple[Reference, ...]
    method: str


def verify(
    envelope: etree._Element,
    parts: Mapping[str, Carried],
    allowed: Allowed,
    known: Sequence[x509.Certificate],
    verifier: Verifier = LOCAL,
) -> Verified:
    """Who signed Messaging, Body and all parts (by Content-ID): EBMS:0103 where a rule is broken, EBMS:0101 where it fails.

    1. shape: one signature, of known pieces  2. algorithms  3. certificate  4. coverage: everything, once
    5. the signature over ds:SignedInfo  6. the digests
    """
    # 1. Shape: `known` pieces only, and each reference about something that is there.
    pieces = secured(envelope)
    signed_info, value, key_info = _signature(envelope, pieces)
    rows = references.read(signed_info, pieces, parts)
    # 2. Algorithms: before anything is computed by one.
    method = _method(signed_info, rows, allowed)
    # 3. Certificate: its key is the method's, so that no value is checked by a key of another kind.
    chain = tokens.find(pieces.security, key_info, known)
    if method in METHODS and not fits(METHODS[method], public_key(chain[0])):
        raise noncompliant("ds:SignatureMethod", say("fitting_key"))
    # 4. Coverage.
    references.require_covered(rows, pieces, parts)
    # 5. Signature.
    if not verifier.verify(method, chain[0], _octets(value), signed_octets(signed_info)):
        raise references.failed("ds:SignatureValue", say("signature_made"))
    # 6. Digests.
    references.require_digests(rows, parts)
    return Verified(chain, tuple(row.stated for row in rows), method)


def _signature(envelope: etree._Element, pieces: Secured) -> tuple[etree._Element, ...]:
    """SignedInfo, SignatureValue and KeyInfo of the one signature; a ds:Object would carry what nobody checks."""
    found = list(envelope.iter(SIGNATURE))
    if len(found) != 1 or found[0].getparent() is not pieces.security:
        raise noncompliant("wsse:Security", say("one_element", name="ds:Signature"))
    inner = tuple(found[0])
    if [each.tag for each in inner] != [SIGNED_INFO, SIGNATURE_VALUE, KEY_INFO]:
        raise noncompliant("ds:Signature", say("signature_pieces"))
    head, rest = [each.tag for each in inner[0][:2]], {each.tag for each in inner[0][2:]}
    if head != HEAD or rest != {REFERENCE} or len(inner[0][1]):
        raise noncompliant("ds:SignedInfo", say("signature_pieces"))
    return inner


def _method(signed_info: etree._Element, rows: Sequence[Row], allowed: Allowed) -> str:
    """The signature method's name: it, the canonicalisation and every digest are allowed."""
    canonicalization, signature = signed_info[0], signed_info[1]
    if canonicalization.get("Algorithm") != EXCLUSIVE or not references.only_prefixes(canonicalization):
        raise noncompliant("ds:CanonicalizationMethod", say("only_transforms"))
    method = method_name(signature.get("Algorithm", ""))
    if method not in allowed.signatures:
        raise noncompliant("ds:SignatureMethod", say("allowed_algorithm"))
    for row in rows:
        if row.digest_name not in allowed.digests.intersection(DIGESTS):
            raise noncompliant(f"{row.path}/ds:DigestMethod", say("allowed_algorithm"))
    return method


def signed_octets(signed_info: etree._Element) -> bytes:
    """The canonical form of ds:SignedInfo: what the signature is over."""
    inclusive = signed_info[0].find(INCLUSIVE)
    prefixes = inclusive.get("PrefixList", "") if inclusive is not None else ""
    return references.octets(signed_info, prefixes, "ds:SignedInfo")


def _octets(value: etree._Element) -> bytes:
    try:
        return tokens.decode(value)
    except ValueError:
        raise references.failed("ds:SignatureValue", "base64") from None
