"""The member `keys`: which keys and authorities the evidence is signed by, as its log says. Nobody has to believe it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from gateway.core.evidence.note import Kind, Malformed, Verifier

LARGEST = 1024 * 1024
_WITNESS = re.compile(r"witness (\S+) (\S+)")
_AUTHORITY = re.compile(r"authority ([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Keys:
    """The log's key, the witnesses' with their parties, and the SHA-256 of authorities' certificates."""

    log: Verifier
    witnesses: Mapping[Verifier, str]
    authorities: tuple[str, ...] = ()

    @classmethod
    def of(cls, content: bytes) -> Self:
        """As `content` writes it, or Malformed."""
        try:
            first, *rows = content.decode().removesuffix("\n").split("\n")
        except UnicodeDecodeError:
            raise Malformed("keys that are not UTF-8") from None
        witnesses = {
            _key(found[2], Kind.COSIGNATURE): found[1] for row in rows if (found := _WITNESS.fullmatch(row)) is not None
        }
        authorities = tuple(found[1] for row in rows if (found := _AUTHORITY.fullmatch(row)) is not None)
        made = cls(_key(first.removeprefix("log "), Kind.NOTE), witnesses, authorities)
        if made.content() != content:
            raise Malformed("keys are: log, then witnesses by party and key, then authorities, each once")
        return made

    def content(self) -> bytes:
        """A line for each."""
        rows = [f"log {self.log}", *sorted(f"witness {party} {key}" for key, party in self.witnesses.items())]
        return "".join(
            f"{row}\n" for row in (*rows, *sorted(f"authority {each}" for each in self.authorities))
        ).encode()


def _key(vkey: str, kind: Kind) -> Verifier:
    found = Verifier.of(vkey)
    if found.kind is not kind:
        raise Malformed(f"a key of type {found.kind.value}; expected {kind.value}")
    return found
