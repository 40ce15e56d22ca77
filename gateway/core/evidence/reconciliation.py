"""The daily reconciliation: two gateways compare what they delivered to each other on one UTC day.

Where both come to the same text, it is one note with both log keys' signatures. Else lists are exchanged, and the
differences are signed by each. A row says sender, type, MessageId and the digest of what was delivered: never a value.
A gateway that stripped a message on arrival does not keep that digest, from which what was stripped could be guessed, and
keeps nothing that is made of it: neither the sender's list nor a text over it. It keeps a keyed one, which confirms or
refutes the digest that the sender's list states; the text then says of the message alone that both have it.
"""

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, Self

from gateway.core.evidence.note import Malformed, Note, NoteSigner, Verifier
from gateway.core.names import SECOND, Micros

STATEMENT, LIST, DIFFERENCES = "reconciliation/v1", "reconciliation-list/v1", "reconciliation-differences/v1"
UNKNOWN, OTHER = "?", "!"  # in place of a digest: it is not kept; it is not what the sender states
HEAD = 4  # lines: what it is, both origins, the day
DAY = 24 * 3600 * SECOND
DIGEST = re.compile(r"[0-9a-f]{64}|[?!]", re.ASCII)
TOKEN = re.compile(r"\S{1,300}", re.ASCII)
FIELDS = 4  # of a list's row


class Key(NamedTuple):
    """Which message it is."""

    sender: str  # origin of its log
    type: str
    message_id: str


Listed = Mapping[Key, str]  # the digest in hex, UNKNOWN or OTHER


@dataclass(frozen=True, slots=True)
class Kept:
    """What a gateway keeps of a delivered message's digest."""

    digest: bytes = b""  # empty: the message is not kept as it came
    checked: bytes = b""
    secret: bytes = field(default=b"", repr=False)

    def against(self, message_id: str, stated: str) -> str:
        """The digest as this side has it, where the other states that one (empty: it does not)."""
        if self.digest:
            return self.digest.hex()
        if not stated or stated in {UNKNOWN, OTHER} or not self.checked:
            return UNKNOWN
        same = hmac.compare_digest(confirming(self.secret, message_id, bytes.fromhex(stated)), self.checked)
        return UNKNOWN if same else OTHER


@dataclass(frozen=True, slots=True)
class Account:
    """One day between two logs."""

    ours: str
    theirs: str
    day: date

    @property
    def head(self) -> tuple[str, str, str]:
        """The same for both sides."""
        first, second = sorted((self.ours, self.theirs))
        return first, second, self.day.isoformat()

    @classmethod
    def of(cls, content: bytes, ours: str, theirs: str) -> tuple[str, Self]:
        """What a partner's note about a day is, and the day; Malformed where it is not between the two."""
        title, *head = content.decode(errors="replace").split("\n", HEAD)[:HEAD]
        try:
            found = cls(ours, theirs, date.fromisoformat(head[-1]))
        except (IndexError, ValueError):
            raise Malformed("a note without a day") from None
        if (*found.head,) != (*head,) or title not in {STATEMENT, LIST}:
            raise Malformed("a note about a day between two other logs, or about something else")
        return title, found


def delivered_digest(digests: Iterable[bytes]) -> bytes:
    """SHA-256 over the SHA-256 of every payload in its order, as it was delivered."""
    return sha256(b"".join(digests)).digest()


def confirming(secret: bytes, message_id: str, digest: bytes) -> bytes:
    """What confirms a delivered digest to the holder of the redaction key, and no guess to anybody else."""
    return hmac.digest(secret, b"gw-delivered-1" + sha256(message_id.encode()).digest() + digest, "sha256")


def day_of(moment: Micros) -> date:
    """The UTC day."""
    return datetime.fromtimestamp(moment // SECOND, UTC).date()


def bounds(day: date) -> tuple[Micros, Micros]:
    """The day's first moment, and the next day's."""
    since = (day - date(1970, 1, 1)) // timedelta(days=1) * DAY
    return Micros(since), Micros(since + DAY)


@dataclass(frozen=True, slots=True)
class Marks:
    """What is remembered of the other side's list: no digest."""

    unknown: frozenset[Key] = frozenset()  # the other side keeps no digest of these
    refuted: frozenset[Key] = frozenset()  # what came to us is not what its sender states

    @classmethod
    def of(cls, ours: Listed, theirs: Listed) -> Self:
        """Of both lists; of messages that the other side alone has, nothing: it could name any number of them."""
        unknown = frozenset(key for key, digest in theirs.items() if digest == UNKNOWN and key in ours)
        return cls(unknown, frozenset(key for key, digest in ours.items() if digest == OTHER))

    @classmethod
    def read(cls, text: str) -> Self:
        """What was kept."""
        rows = [line.split(" ") for line in text.splitlines()]
        found = {mark: frozenset(Key(*row[1:]) for row in rows if row[0] == mark) for mark in (UNKNOWN, OTHER)}
        return cls(found[UNKNOWN], found[OTHER])

    def kept(self) -> str:
        """As it is kept."""
        pairs = ((UNKNOWN, self.unknown), (OTHER, self.refuted))
        return "".join(f"{mark} {' '.join(key)}\n" for mark, keys in pairs for key in sorted(keys))


def listed(ours: Mapping[Key, Kept], theirs: Listed) -> dict[Key, str]:
    """Our rows, each digest that we do not keep judged by what the other side states."""
    return {key: kept.against(key.message_id, theirs.get(key, "")) for key, kept in ours.items()}


def statement(account: Account, ours: Mapping[Key, Kept], marks: Marks) -> str | None:
    """Counts and digests by sender and type: what both sign; None where a digest was refuted."""
    if marks.refuted.intersection(ours):
        return None
    groups: dict[tuple[str, str], list[str]] = {}
    for key, kept in sorted(ours.items(), key=lambda row: row[0]):
        digest = UNKNOWN if key in marks.unknown else kept.against(key.message_id, "")
        groups.setdefault((key.sender, key.type), []).append(f"{key.message_id} {digest}")
    lines = [
        f"{sender} {kind} {len(found)} {sum(row.endswith(UNKNOWN) for row in found)} {_digest(found)}"
        for (sender, kind), found in groups.items()
    ]
    return "".join(f"{line}\n" for line in (STATEMENT, *account.head, *lines))


def agreed(content: bytes, text: str, signer: Verifier) -> Note:
    """The note over exactly this text, which the partner signed; Malformed where it is none."""
    note = Note.parse(content)
    if note.text != text or signer.signature_of(note) is None:
        raise Malformed("another text, or one that the log's key did not sign")
    return note


def differences(account: Account, ours: Listed, theirs: Listed) -> tuple[str, ...]:
    """Each message that one side alone has, or that both have with another digest; the same rows on both sides."""
    found = [f"only {account.ours} {' '.join(key)}" for key in ours.keys() - theirs.keys()]
    found += [f"only {account.theirs} {' '.join(key)}" for key in theirs.keys() - ours.keys()]
    for key in ours.keys() & theirs.keys():
        if OTHER in {ours[key], theirs[key]} or len({ours[key], theirs[key]} - {UNKNOWN}) > 1:
            found.append(f"other {' '.join(key)}")
    return tuple(sorted(found))


def rows_of(rows: Listed) -> tuple[str, ...]:
    """As a list has them."""
    return tuple(f"{' '.join(key)} {digest}" for key, digest in sorted(rows.items()))


def signed_rows(title: str, account: Account, rows: Sequence[str], signer: NoteSigner) -> bytes:
    """A note over the number and digest of the rows, then the rows."""
    content = "".join(f"{row}\n" for row in rows).encode()
    count = f"{len(rows)} {sha256(content).hexdigest()}"
    text = "".join(f"{line}\n" for line in (title, *account.head, count))
    return signer.note(text).bytes() + b"\n" + content


def opened_rows(title: str, account: Account, content: bytes, signer: Verifier) -> tuple[str, ...]:
    """The rows that the key signed; Malformed where it did not, or they are of another day."""
    text, _, rest = content.partition(b"\n\n")
    signatures, _, rows = rest.partition(b"\n\n")
    note = Note.parse(text + b"\n\n" + signatures + b"\n")
    found = tuple(rows.decode(errors="replace").split("\n")[:-1])
    count = f"{len(found)} {sha256(rows).hexdigest()}"
    due = "".join(f"{line}\n" for line in (title, *account.head, count))
    if note.text != due or signer.signature_of(note) is None:
        raise Malformed("rows that the log's key did not sign for that day")
    return found


def opened_list(account: Account, content: bytes, signer: Verifier) -> dict[Key, str]:
    """The partner's list; Malformed where it is none."""
    found = dict(map(_read, opened_rows(LIST, account, content, signer)))
    if any(key.sender not in {account.ours, account.theirs} for key in found):
        raise Malformed("a list with a message between two other logs")
    if any(key.sender == account.theirs and digest in {UNKNOWN, OTHER} for key, digest in found.items()):
        raise Malformed("a list that does not state the digest of what its own side sent")
    return found


def _read(row: str) -> tuple[Key, str]:
    fields = row.split(" ")
    if len(fields) != FIELDS or not all(map(TOKEN.fullmatch, fields)) or not DIGEST.fullmatch(fields[-1]):
        raise Malformed("a row that is not «sender type MessageId digest»")
    return Key(*fields[:-1]), fields[-1]


def _digest(rows: Sequence[str]) -> str:
    return sha256("".join(f"{row}\n" for row in rows).encode()).hexdigest()
