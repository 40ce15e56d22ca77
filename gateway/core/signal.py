"""Signals as the agreement writes them: a template for each, filled with what is known about the message it is about."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

PLACEHOLDER = re.compile(r"\{(\w+)\}")
QUOTES = {'"': "&quot;", "'": "&apos;"}
# Name ► what stands there.
PLACEHOLDERS: Mapping[str, str] = {
    "document": "a new business id, a UUID",
    "reference": "the business id of the message that the signal is about",
    "message": "the MessageId of the message that the signal is about",
    "conversation": "the ConversationId",
    "at": "now, as xs:dateTime",
    "code": "the error's published code",
    "text": "the error in words",
}
OTHERS = "*"


@dataclass(frozen=True, slots=True)
class Signals:
    """How an agreement says received, accepted for processing, error (EA-4.3)."""

    type: str
    root: str
    templates: Mapping[str, str]  # received, accepted, error
    errors: Mapping[str, str]  # the gateway's code -> the published one; * for all others

    def published(self, code: str) -> str:
        """The code as the agreement publishes it."""
        return self.errors.get(code) or self.errors.get(OTHERS) or code


def fill(template: str, values: Mapping[str, str]) -> bytes:
    """The document; a value is text wherever it stands, never markup."""
    return PLACEHOLDER.sub(lambda found: escape(values[found[1]], QUOTES), template).encode()


def unknown(template: str) -> list[str]:
    """Names in the template that stand for nothing."""
    return sorted({found[1] for found in PLACEHOLDER.finditer(template)} - PLACEHOLDERS.keys())


def document_id(nonce: bytes) -> str:
    """A UUID made of 16 random bytes (RFC 9562 version 4)."""
    return str(uuid.UUID(bytes=nonce, version=4))
