"""A signature over an AS4 envelope, checked on the octets it was made over (XMLDSig 4.4, AS4 5.1.4, 5.1.8)."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote

from gateway.core.evidence import elements
from gateway.core.evidence.elements import Element, Name
from gateway.core.evidence.note import Malformed
from gateway.core.wss.algorithms import digest_name, method_name

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
S12 = "http://www.w3.org/2003/05/soap-envelope"
EB = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
EBBP = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-"
WSSE, WSU = f"{_WSS}secext-1.0.xsd", f"{_WSS}utility-1.0.xsd"
HEADER, BODY, MESSAGING = (S12, "Header"), (S12, "Body"), (EB, "Messaging")
SECURITY, SIGNATURE = (WSSE, "Security"), (DS, "Signature")
CID = "cid:"
DIGEST_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
IDS = ((WSU, "Id"), ("", "Id"), (elements.XML, "id"))


@dataclass(frozen=True, slots=True)
class Reference:
    """A digest that is signed, or that a receipt repeats."""

    uri: str
    method: str  # URI of the digest method
    digest: bytes
    transforms: tuple[tuple[str, str], ...]  # algorithm and prefixes

    @classmethod
    def of(cls, element: Element) -> Self:
        """A ds:Reference."""
        method = element.one((DS, "DigestMethod")).attribute("", "Algorithm") or ""
        transforms = tuple(
            (each.attribute("", "Algorithm") or "", " ".join(prefixes(each)))
            for each in element.all((DS, "Transforms"), (DS, "Transform"))
        )
        digest = octets(element.one((DS, "DigestValue")))
        return cls(element.attribute("", "URI") or "", method, digest, transforms)

    @property
    def cid(self) -> str:
        """The Content-ID of the part it is about; empty: it is about an element."""
        return unquote(self.uri.removeprefix(CID)) if self.uri.startswith(CID) else ""

    def covers(self, content: bytes) -> bool:
        """Whether the digest is that of these octets."""
        name = digest_name(self.method)
        return bool(name) and hashlib.new(name, content).digest() == self.digest


@dataclass(frozen=True, slots=True)
class SignedInfo:
    """What was signed, by which method."""

    method: str
    references: tuple[Reference, ...]

    @classmethod
    def of(cls, content: bytes) -> Self:
        """From the canonical octets; Malformed where they say anything that AS4 does not."""
        found = elements.parse(content)
        if found.name != (DS, "SignedInfo"):
            raise Malformed("not a ds:SignedInfo")
        if found.one((DS, "CanonicalizationMethod")).attribute("", "Algorithm") != EXCLUSIVE:
            raise Malformed("a canonicalisation that is not exclusive")
        method = method_name(found.one((DS, "SignatureMethod")).attribute("", "Algorithm") or "")
        return cls(method, tuple(map(Reference.of, found.all((DS, "Reference")))))


@dataclass(frozen=True, slots=True)
class Envelope:
    """A SOAP part, and the pieces of it that matter here."""

    root: Element
    ids: Mapping[str, list[Element]] = field(repr=False)  # every element that an Id names

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The SOAP part; Malformed where it is no XML."""
        root, ids = elements.parse(content), dict[str, list[Element]]()
        for element in root.within():
            for value in filter(None, (element.attribute(*name) for name in IDS)):
                ids.setdefault(value, []).append(element)
        return cls(root, ids)

    @property
    def messaging(self) -> Element:
        """The one eb:Messaging."""
        return self.root.one(HEADER, MESSAGING)

    @property
    def signature(self) -> Element | None:
        """The one ds:Signature; None where it is not signed."""
        if not [*self.root.all(HEADER, SECURITY, SIGNATURE)]:
            return None
        return self.root.one(HEADER, SECURITY, SIGNATURE)

    def signed_info(self) -> bytes:
        """The canonical octets of the signature's ds:SignedInfo."""
        found = self.root.one(HEADER, SECURITY, SIGNATURE, (DS, "SignedInfo"))
        return elements.canonical(found, prefixes(found.one((DS, "CanonicalizationMethod"))))

    def value(self) -> bytes:
        """The signature's octets."""
        return octets(self.root.one(HEADER, SECURITY, SIGNATURE, (DS, "SignatureValue")))

    def target(self, uri: str) -> Element:
        """The one element with that Id; Malformed where there is none or another."""
        found = self.ids.get(uri.removeprefix("#"), [])
        if len(found) != 1:
            raise Malformed(f"{len(found)} elements with the Id {uri}; expected one")
        return found[0]

    def said(self, *path: Name) -> str:
        """The text of the one element at that path in eb:Messaging; empty where there is none."""
        found = [*self.messaging.all(*path)]
        return found[0].text.strip() if len(found) == 1 else ""

    def parties(self, side: str) -> Iterator[str]:
        """Whom the message is From, or To, as its header says."""
        path = ((EB, "UserMessage"), (EB, "PartyInfo"), (EB, side), (EB, "PartyId"))
        return (each.text.strip() for each in self.messaging.all(*path))

    def receipted(self) -> tuple[Reference, ...]:
        """What a receipt says has arrived."""
        signal = self.messaging.one((EB, "SignalMessage"), (EB, "Receipt"))
        path = ((EBBP, "NonRepudiationInformation"), (EBBP, "MessagePartNRInformation"), (DS, "Reference"))
        return tuple(map(Reference.of, signal.all(*path)))


def prefixes(method: Element) -> list[str]:
    """InclusiveNamespaces/@PrefixList of a canonicalisation or transform."""
    return [each for found in method.all((EXCLUSIVE, "InclusiveNamespaces")) for each in _words(found)]


def octets(element: Element) -> bytes:
    """What the element's base64 stands for; Malformed where other letters would stand for the same."""
    letters = "".join(element.text.split())
    try:
        found = base64.b64decode(letters, validate=True)
    except ValueError:
        found = b""
    if not found or base64.b64encode(found).decode() != letters:
        raise Malformed(f"{element.qname} that is no base64")
    return found


def _words(element: Element) -> Iterator[str]:
    yield from (element.attribute("", "PrefixList") or "").split()
