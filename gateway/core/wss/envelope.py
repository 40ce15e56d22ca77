"""The envelope as security sees it: each of its pieces once, and nothing that two readers could read in two ways."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from gateway.core.errors import ErrorCode, Rejected, rejected
from gateway.core.texts import Text, say
from gateway.core.wss.names import BODY, ENVELOPE, HEADER, IDS, MESSAGING, SECURITY

PREFIXED = {HEADER: "S12:Header", BODY: "S12:Body", MESSAGING: "eb:Messaging", SECURITY: "wsse:Security"}


@dataclass(frozen=True, slots=True)
class Secured:
    """The one eb:Messaging, S12:Body and wsse:Security of an envelope, and each Id's one element."""

    messaging: etree._Element
    body: etree._Element
    security: etree._Element
    ids: Mapping[str, etree._Element]


def secured(envelope: etree._Element) -> Secured:
    """The pieces of the envelope; EBMS:0103 where one is missing or there twice, or an Id is.

    A second eb:Messaging or Body elsewhere is harmless: what a reference points at must be these very elements.
    """
    if envelope.tag != ENVELOPE:
        raise noncompliant("S12:Envelope", say("one_element", name="S12:Envelope"))
    header = _only(envelope, HEADER)
    return Secured(_only(header, MESSAGING), _only(envelope, BODY), _only(header, SECURITY), _ids(envelope))


def noncompliant(path: str, expected: Text) -> Rejected:
    """EBMS:0103: the policy is not met."""
    return rejected(ErrorCode.EBMS_0103, path, expected)


def _only(parent: etree._Element, tag: str) -> etree._Element:
    """The one child of this name; EBMS:0103 where there is none or another."""
    found = parent.findall(tag)
    if len(found) != 1:
        raise noncompliant("S12:Envelope", say("one_element", name=PREFIXED[tag]))
    return found[0]


def _ids(envelope: etree._Element) -> dict[str, etree._Element]:
    """Every wsu:Id, Id and xml:id: all of them name elements, so none may name two (XMLDSig 4.4.3.1)."""
    found: dict[str, etree._Element] = {}
    for element in envelope.iter():
        if not isinstance(element.tag, str):  # the parser drops comments, whose reader could see half a value
            raise noncompliant("S12:Envelope", say("no_comments"))
        for name, value in element.items():
            if name not in IDS:
                continue
            if value in found:
                raise noncompliant("S12:Envelope", say("ids_once"))
            found[value] = element
    return found
