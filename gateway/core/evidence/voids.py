"""Void numbers: those that a gateway gave to messages it gave up, told to the partner in a note its log key signs.

Line 1 is the log's origin, line 2 says what it is, line 3 is the origin of the log it is meant for; then a line each:
number, why, when (UTC seconds since 1970).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.evidence.note import Malformed, Note, Verifier
from gateway.core.names import SECOND, Micros

TITLE = "void/v1"
HEAD = 3  # lines
MOST = 500  # in one note
ROW = re.compile(r"([1-9][0-9]{0,15}) ([a-z]{1,20}) ([0-9]{1,12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Void:
    """A number whose message will not come: its delivery ended in this state."""

    sequence: int
    why: str
    at: Micros


def text(origin: str, to: str, voids: Sequence[Void]) -> str:
    """What the sender signs."""
    rows = [f"{void.sequence} {void.why} {void.at // SECOND}" for void in voids]
    return "".join(f"{line}\n" for line in (origin, TITLE, to, *rows))


def opened(content: bytes, signer: Verifier, to: str) -> tuple[Void, ...]:
    """The void numbers in a note that the partner's log key signed for us; Malformed where it is none."""
    note = Note.parse(content)
    if signer.signature_of(note) is None:
        raise Malformed("a note that the log's key did not sign")
    lines = note.text.split("\n")[:-1]
    if lines[:HEAD] != [signer.name, TITLE, to]:
        raise Malformed("a note that does not tell us void numbers")
    found = [ROW.fullmatch(line) for line in lines[HEAD:]]
    rows = [match for match in found if match]
    if not 0 < len(found) <= MOST or len(rows) != len(found):
        raise Malformed("a line that is not «number why seconds», or too many of them")
    return tuple(Void(int(row[1]), row[2], Micros(int(row[3]) * SECOND)) for row in rows)
