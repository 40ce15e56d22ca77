"""Salts that nobody can guess and nothing has to store: derived from a redaction key and from the message itself."""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

FIRST = 0  # the ordinal of the salt that covers the whole of what was received; removed units count from 1


@dataclass(frozen=True, slots=True)
class RedactionKey:
    """A key that salts are derived from; whoever knows it can test guesses at everything it ever covered."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Its public name, in every log entry and manifest that rests on it."""
        return sha256(b"gw-redaction-key-1" + self.secret).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Salts:
    """The salts of one message: the same for the same message under the same key."""

    key: RedactionKey
    covered: bytes  # what they depend on: edge, sender, MessageId, SHA-256 of the document

    def salt(self, ordinal: int = FIRST) -> bytes:
        """One of them: no ordinal is used for two units, nor for one unit in two copies (docs/redaction.md)."""
        return hmac.digest(self.key.secret, self.covered + ordinal.to_bytes(4, "big"), "sha256")

    def received(self, document: bytes) -> bytes:
        """The digest of what was received that may be shown: nobody without the salt can test a guess against it."""
        return salted(b"gw-received-1", self.salt(), document)


def salted(tag: bytes, salt: bytes, content: bytes) -> bytes:
    """A digest that confirms a content to whoever knows the salt, and nothing to anybody else."""
    digest = sha256(tag + salt)
    digest.update(content)  # not joined: the content can be 100 MB
    return digest.digest()


def prefixed(*fields: bytes) -> bytes:
    """The fields, each behind its length: no two lists of fields give the same bytes."""
    return b"".join(len(each).to_bytes(4, "big") + each for each in fields)
