"""A leaf as a verifier reads it: canonical, of a known version, with a time, a kind and a nonce (docs/evidence.md)."""

import re
from dataclasses import dataclass
from typing import Any, Self

from gateway.core.evidence import canonical_json
from gateway.core.evidence.note import Malformed

VERSION = 1
LARGEST = 1024 * 1024
_NONCE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_KIND = re.compile(r"[a-z]+(?:-[a-z]+)*", re.ASCII)
_FAR = 253_402_300_800_000_000  # the year 10000


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of a log."""

    kind: str
    at: int  # microseconds since 1970, as its gateway says
    facts: dict[str, Any]

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The entry; Malformed where it is none, or of a version that is not known here."""
        facts: dict[str, Any] = canonical_json.read_object(content)
        version, kind, at, nonce = (facts.get(key) for key in ("v", "kind", "at", "nonce"))
        if type(version) is not int or version != VERSION:  # True and 1.0 are equal to 1, too
            raise Malformed(f"an entry of version {version!r:.20}; known is {VERSION}")
        if not isinstance(kind, str) or not _KIND.fullmatch(kind):
            raise Malformed("an entry without a kind")
        if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at < _FAR:
            raise Malformed("an entry without a time")
        if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
            raise Malformed("an entry without a nonce of 16 bytes")
        return cls(kind, at, facts)

    def text(self, key: str) -> str:
        """The fact of that name; empty where it is none, or no text."""
        found = self.facts.get(key)
        return found if isinstance(found, str) else ""
