"""Reads what a gateway answered."""

from lxml import etree

from gateway.core import soap
from gateway.core.agreement import Limits
from gateway.core.message import MimePart

LIMITS = Limits()


def messaging(body: bytes, content_type: str, limits: Limits = LIMITS) -> tuple[etree._Element, tuple[MimePart, ...]]:
    """The eb:Messaging element of a SOAP body, plain or in MIME, and the MIME parts beside it."""
    wrapped = soap.split(body, content_type, limits)
    return soap.messaging(wrapped.envelope), wrapped.parts
