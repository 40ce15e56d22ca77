"""An evidence bundle: which members it has, and the signed index that lists them (docs/evidence.md).

The index is a note signed by the log's key: the log's origin, `evidence/v1`, the subject, the time, and a line for
every other member. The folder of a whole log (`gateway log export`) has the same index over its files.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Protocol, Self

from gateway.core.evidence import container
from gateway.core.evidence.container import Measured, Source, Writable, measured, whole
from gateway.core.evidence.note import Malformed, Note, NoteSigner
from gateway.core.evidence.tiles import PATH as TILE
from gateway.core.evidence.tiles import grouped

INDEX, KEYS, NEWEST = "index", "keys", "checkpoint"
VERSION = "evidence/v1"
HEAD = 4  # lines of the index before the first member's
LARGEST_INDEX = 64 * 1024 * 1024
LEAVES_IN_FILE = 256

_NUMBER, _COUNT = "(?:0|[1-9][0-9]{0,18})", "[1-9][0-9]{0,8}"
_SHARED = (rf"checkpoints/{_NUMBER}", rf"stamps/{_NUMBER}-{_COUNT}\.tsr", KEYS)
_BUNDLE = (
    *_SHARED,
    rf"consistency/{_NUMBER}-{_NUMBER}",
    rf"leaves/{_NUMBER}\.json",
    rf"inclusion/{_NUMBER}",
    rf"messages/{_COUNT}/facts\.json",
    rf"messages/{_COUNT}/(?:envelope|receipt)\.(?:xml|signed-info|pem)",
    rf"messages/{_COUNT}/(?:envelope|receipt)\.covered/{_COUNT}",
    rf"messages/{_COUNT}/parts/{_COUNT}",
    r"cover/(?:kk|ru|en)\.html",
)
_LOG = (*_SHARED, NEWEST, r"leaves/(?:x[0-9]{3}/)*[0-9]{3}\.jsonl", TILE.pattern)
_SUBJECT = re.compile(r"subject ([a-z]+) ([^\x00-\x1f\x7f]{1,1000})")
_MADE = re.compile(r"made (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)", re.ASCII)
_ROW = re.compile(rf"([0-9a-f]{{64}}) ({_NUMBER}) ([\x21-\x7e]+)")


class Kind(StrEnum):
    """What a bundle is about."""

    MESSAGE = "message"
    CONVERSATION = "conversation"
    MOVEMENT = "movement"
    ARCHIVE = "archive"
    LOG = "log"  # the whole of it, in a folder


NAMES: Mapping[Kind, re.Pattern[str]] = {
    kind: re.compile("|".join(_LOG if kind is Kind.LOG else _BUNDLE), re.ASCII) for kind in Kind
}


class Members(Protocol):
    """What is read: a container, or a folder."""

    def names(self) -> Collection[str]:
        """Of all members."""

    def size(self, name: str) -> int:
        """Of the member's content."""

    def pieces(self, name: str) -> Iterator[bytes]:
        """The member's content."""

    def crc(self, name: str) -> int | None:
        """What is said about the content's CRC-32; None: nothing is."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a bundle is about: a MessageId, a ConversationId, a movement's number, an archive's name, a log's size."""

    kind: Kind
    value: str


@dataclass(frozen=True, slots=True)
class Listed:
    """What the index says about a member."""

    digest: bytes  # SHA-256
    size: int


@dataclass(frozen=True, slots=True)
class Index:
    """What is in a bundle, by whose log, and when it was put together."""

    origin: str
    subject: Subject
    made: str
    members: Mapping[str, Listed]

    @classmethod
    def of(cls, text: str) -> Self:
        """The index in a note's text; Malformed where it is written in any other way than `text` does."""
        rows = text.removesuffix("\n").split("\n")
        subject = _SUBJECT.fullmatch(rows[2]) if len(rows) >= HEAD else None
        made = _MADE.fullmatch(rows[3]) if len(rows) >= HEAD else None
        if subject is None or made is None or rows[1] != VERSION or subject[1] not in set(Kind):
            raise Malformed(f"an index begins with the origin, {VERSION}, subject and time")
        kind = Kind(subject[1])
        members = dict(_listed(row, kind) for row in rows[HEAD:])
        if len(members) != len(rows) - HEAD or any(before >= after for before, after in pairwise(members)):
            raise Malformed("the members of an index stand in the order of their names, each once")
        return cls(rows[0], Subject(kind, subject[2]), made[1], members)

    def text(self) -> str:
        """As it is signed."""
        rows = [f"{row.digest.hex()} {row.size} {path}\n" for path, row in sorted(self.members.items())]
        head = f"{self.origin}\n{VERSION}\nsubject {self.subject.kind} {self.subject.value}\nmade {self.made}\n"
        return head + "".join(rows)


def indexed(members: Mapping[str, Measured], subject: Subject, made: int, signer: NoteSigner) -> bytes:
    """The signed index of the members; Malformed where one has a name that nobody would look for."""
    rows = {path: Listed(known.digest, known.size) for path, known in members.items()}
    text = Index(signer.name, subject, instant(made), rows).text()
    Index.of(text)
    content = signer.note(text).bytes()
    if len(content) > LARGEST_INDEX:
        raise Malformed(f"an index of {len(content)} bytes; expected at most {LARGEST_INDEX}")
    return content


def write(target: Writable, members: Mapping[str, Source], subject: Subject, made: int, signer: NoteSigner) -> None:
    """The bundle, byte for byte the same for the same members, subject and time (microseconds since 1970).

    Each source is read twice, a piece at a time: for the index, which stands first, and to be written.
    """
    known = {path: measured(source) for path, source in members.items()}
    index = whole(indexed(known, subject, made, signer))
    rows = ((path, known[path], members[path]) for path in sorted(members))
    container.write(target, [(INDEX, measured(index), index), *rows])


def parsed(content: bytes) -> tuple[Index, Note]:
    """The index and the note it is; Malformed where it is none. Whose signature counts is another question."""
    note = Note.parse(content, LARGEST_INDEX)
    return Index.of(note.text), note


def read(members: Members, name: str, largest: int) -> bytes:
    """A member's content; Malformed where it is missing or larger than anything of its kind."""
    if name not in members.names():
        raise Malformed(f"{name} is missing")
    if members.size(name) > largest:
        raise Malformed(f"{name} has {members.size(name)} bytes; expected at most {largest}")
    return b"".join(members.pieces(name))


def leaves_path(number: int) -> str:
    """The file of a log's folder in which the leaves from number * 256 on stand, one a line."""
    return f"leaves/{grouped(number)}.jsonl"


def instant(micros: int) -> str:
    """Microseconds since 1970 as UTC, to the millisecond."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _listed(row: str, kind: Kind) -> tuple[str, Listed]:
    found = _ROW.fullmatch(row)
    if found is None or not NAMES[kind].fullmatch(found[3]):
        raise Malformed("a line of an index is «sha256 size path», with a path that is looked for")
    return found[3], Listed(bytes.fromhex(found[1]), int(found[2]))
