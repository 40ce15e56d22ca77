"""A ZIP that has one form for one content: nothing compressed, no dates, nothing between or behind what is listed.

Any ZIP tool opens it (PKWARE APPNOTE 6.3.10). Whoever reads it here trusts nothing it says: every structure is
written again and compared, and nothing is inflated.
"""

import struct
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import SEEK_END
from itertools import pairwise
from typing import Protocol, Self

LOCAL, CENTRAL, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
END64, LOCATOR = struct.Struct("<4sQ2H2I4Q"), struct.Struct("<4sIQI")
LOCAL_MARK, CENTRAL_MARK, END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64_MARK, LOCATOR_MARK = b"PK\x06\x06", b"PK\x06\x07"
VERSION, VERSION64, UNIX = 20, 45, 3 << 8
DAY_ONE = 1 << 5 | 1  # 1980-01-01, the first day a ZIP can tell
MODE = 0o100644 << 16  # a plain file, for everybody to read
WIDE = 0xFFFFFFFF  # stands where the true number is in the ZIP64 field
MANY = 0xFFFF
EXTRA = 1  # the ZIP64 field's id
MOST_MEMBERS = 1_000_000
LONGEST_NAME = 200
PIECE = 1 << 20

Source = Callable[[], Iterable[bytes]]  # gives the same bytes each time it is called


class Readable(Protocol):
    """A file that can be read anywhere."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go there."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""


class Writable(Protocol):
    """A file that can be written to its end."""

    def write(self, content: bytes, /) -> object:
        """These bytes stand next."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What must be known about a member before it is written."""

    size: int
    crc: int
    digest: bytes  # SHA-256


@dataclass(frozen=True, slots=True)
class Entry:
    """A member and where its header stands; the name is Latin-1, which every byte string is."""

    name: str
    size: int
    crc: int
    offset: int

    @property
    def start(self) -> int:
        """Where its content begins."""
        return self.offset + len(_local(self))


@dataclass(frozen=True, slots=True)
class Container:
    """A ZIP as it was found: its members, and where it is not in its one form."""

    file: Readable
    entries: Mapping[str, Entry]
    misfits: tuple[str, ...]

    @classmethod
    def of(cls, file: Readable) -> Self:
        """The container in the file, whatever it holds.

        It tells of its members twice, before each and at the end. Where one telling is damaged, the other is read.
        """
        total = file.seek(0, SEEK_END)
        readings = [_compared(file, total, _walked(file, total))]
        if readings[0].misfits:
            readings.append(_compared(file, total, _listed(file, total)))
        best = max(readings, key=lambda each: (each.fitting, -len(each.misfits)))
        first: dict[str, Entry] = {}
        for entry in best.entries:
            if entry.name in first:
                best.misfits.append(f"{entry.name} stands twice")
            first.setdefault(entry.name, entry)
        return cls(file, first, tuple(best.misfits))

    def names(self) -> Collection[str]:
        """Of all members, in their order."""
        return self.entries.keys()

    def size(self, name: str) -> int:
        """Of the member's content."""
        return self.entries[name].size

    def pieces(self, name: str) -> Iterator[bytes]:
        """The member's content."""
        entry = self.entries[name]
        at, end = entry.start, entry.start + entry.size
        while at < end and (piece := _at(self.file, at, min(PIECE, end - at))):
            yield piece
            at += len(piece)

    def crc(self, name: str) -> int:
        """What the container says about the content's CRC-32."""
        return self.entries[name].crc


def whole(content: bytes) -> Source:
    """The source of bytes that are in memory."""
    return lambda: (content,)


def measured(source: Source) -> Measured:
    """The source, read once."""
    size, crc, digest = 0, 0, sha256()
    for piece in source():
        size, crc = size + len(piece), zlib.crc32(piece, crc)
        digest.update(piece)
    return Measured(size, crc, digest.digest())


def write(target: Writable, members: Iterable[tuple[str, Measured, Source]]) -> None:
    """All members, in this order; ValueError where a source has not the bytes that were measured."""
    entries: list[Entry] = []
    at = 0
    for name, known, source in members:
        entry = Entry(name, known.size, known.crc, at)
        target.write(_local(entry))
        size, crc = 0, 0
        for piece in source():
            target.write(piece)
            size, crc = size + len(piece), zlib.crc32(piece, crc)
        if (size, crc) != (known.size, known.crc):
            raise ValueError(f"{name} changed while it was written")
        entries.append(entry)
        at = entry.start + size
    for entry in entries:
        target.write(_central(entry))
    target.write(_end(entries, at))


def ordered(names: Iterable[str], first: str) -> bool:
    """Whether that name comes first, and the others behind it in their order, each once."""
    head, *rest = [*names] or [""]
    return head == first and first not in rest and all(before < after for before, after in pairwise(rest))


@dataclass(frozen=True, slots=True)
class _Reading:
    entries: list[Entry]
    fitting: int
    misfits: list[str]


def _compared(file: Readable, total: int, entries: list[Entry]) -> _Reading:
    """The entries, and every structure that is not as `write` makes it."""
    misfits = [
        f"bytes {each.offset} to {each.start - 1}: not the header that {each.name} must have"
        for each in entries
        if _at(file, each.offset, len(_local(each))) != _local(each)
    ]
    fitting = len(entries) - len(misfits)
    at = entries[-1].start + entries[-1].size if entries else 0
    directory = at
    for each in entries:
        record = _central(each)
        if _at(file, at, len(record)) != record:
            misfits.append(f"bytes {at} to {at + len(record) - 1}: not the listing that {each.name} must have")
        at += len(record)
    end = _end(entries, directory)
    if _at(file, at, len(end)) != end or at + len(end) != total:
        misfits.append(f"bytes {at} to {total - 1}: not the end that must follow the {len(entries)} members")
    return _Reading(entries, fitting, misfits)


def _walked(file: Readable, total: int) -> list[Entry]:
    """The members as the headers before them tell."""
    entries: list[Entry] = []
    at = 0
    while len(entries) < MOST_MEMBERS and len(head := _at(file, at, LOCAL.size)) == LOCAL.size:
        mark, _, _, _, _, _, crc, _, size, name_size, extra_size = LOCAL.unpack(head)
        if mark != LOCAL_MARK or name_size > LONGEST_NAME:
            break
        rest = _at(file, at + LOCAL.size, name_size + extra_size)
        entry = Entry(rest[:name_size].decode("latin-1"), _true(size, rest[name_size:]), crc, at)
        at += LOCAL.size + name_size + extra_size + entry.size
        if at > total:
            break
        entries.append(entry)
    return entries


def _listed(file: Readable, total: int) -> list[Entry]:
    """The members as the listing at the end tells, one behind the other."""
    at, end = _directory(file, total)
    entries: list[Entry] = []
    offset = 0
    while len(entries) < MOST_MEMBERS and at < end and len(head := _at(file, at, CENTRAL.size)) == CENTRAL.size:
        mark, _, _, _, _, _, _, crc, _, size, name_size, extra_size, *_ = CENTRAL.unpack(head)
        if mark != CENTRAL_MARK or name_size > LONGEST_NAME:
            break
        rest = _at(file, at + CENTRAL.size, name_size + extra_size)
        entry = Entry(rest[:name_size].decode("latin-1"), _true(size, rest[name_size:]), crc, offset)
        offset = entry.start + entry.size
        if offset > total:
            break
        entries.append(entry)
        at += CENTRAL.size + name_size + extra_size
    return entries


def _directory(file: Readable, total: int) -> tuple[int, int]:
    """From where to where the listing stands, if the end can be read."""
    tail = _at(file, max(0, total - END.size), END.size)
    if len(tail) != END.size or tail[:4] != END_MARK:
        return 0, 0
    _, _, _, _, _, size, offset, _ = END.unpack(tail)
    wide = _at(file, max(0, total - END.size - LOCATOR.size - END64.size), END64.size)
    if wide[:4] == END64_MARK and len(wide) == END64.size:
        *_, size, offset = END64.unpack(wide)
    return (offset, offset + size) if offset + size <= total else (0, 0)


def _true(size: int, extra: bytes) -> int:
    """A size, read from the ZIP64 field where it is there."""
    return int.from_bytes(extra[4:12], "little") if size == WIDE and len(extra) >= 12 else size  # noqa: PLR2004 - its end


def _local(entry: Entry) -> bytes:
    name, size = entry.name.encode("latin-1"), entry.size
    extra = struct.pack("<2H2Q", EXTRA, 16, size, size) if size >= WIDE else b""
    shown, version = min(size, WIDE), VERSION64 if extra else VERSION
    head = LOCAL.pack(LOCAL_MARK, version, 0, 0, 0, DAY_ONE, entry.crc, shown, shown, len(name), len(extra))
    return head + name + extra


def _central(entry: Entry) -> bytes:
    name, size, offset = entry.name.encode("latin-1"), entry.size, entry.offset
    wide = [size, size] * (size >= WIDE) + [offset] * (offset >= WIDE)
    extra = struct.pack(f"<2H{len(wide)}Q", EXTRA, 8 * len(wide), *wide) if wide else b""
    shown, version = min(size, WIDE), VERSION64 if wide else VERSION
    head = CENTRAL.pack(
        CENTRAL_MARK, UNIX | version, version, 0, 0, 0, DAY_ONE, entry.crc, shown, shown,
        len(name), len(extra), 0, 0, 0, MODE, min(offset, WIDE),
    )  # fmt: skip
    return head + name + extra


def _end(entries: Sequence[Entry], at: int) -> bytes:
    count, size = len(entries), sum(len(_central(each)) for each in entries)
    wide = b""
    if count >= MANY or size >= WIDE or at >= WIDE:
        wide = END64.pack(END64_MARK, END64.size - 12, UNIX | VERSION64, VERSION64, 0, 0, count, count, size, at)
        wide += LOCATOR.pack(LOCATOR_MARK, 0, at + size, 1)
    shown = min(count, MANY)
    return wide + END.pack(END_MARK, 0, 0, shown, shown, min(size, WIDE), min(at, WIDE), 0)


def _at(file: Readable, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)
