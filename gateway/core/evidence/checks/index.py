"""Steps 1 and 2: the container is in its one form; its index is signed and lists every member, byte for byte."""

import re
import zlib
from hashlib import sha256

from gateway.core.evidence import bundle, container
from gateway.core.evidence.bundle import INDEX, Index, Listed, Members
from gateway.core.evidence.checks.whose import Whose, require_signed
from gateway.core.evidence.container import Container
from gateway.core.evidence.finding import Report, Step
from gateway.core.evidence.note import Malformed, Note

Opened = tuple[Index, Note]


def check_container(found: Container, report: Report) -> None:
    """1. Every structure is as the writer makes it, and the members stand in their order."""
    before = report.faults()
    for misfit in found.misfits:
        report.fault(Step.CONTAINER, "the file", misfit)
    if not container.ordered(found.names(), INDEX):
        report.fault(Step.CONTAINER, "the file", "the index does not come first, or the others are not in their order")
    if report.faults() == before:
        report.ok(Step.CONTAINER, "the file", f"{len(found.names())} members, nothing beside them")


def opened(members: Members, report: Report) -> Opened | None:
    """The index; None where it cannot be read."""
    with report.guarded(Step.INDEX, INDEX):
        return bundle.parsed(bundle.read(members, INDEX, bundle.LARGEST_INDEX))
    return None


def check_index(members: Members, found: Opened | None, whose: Whose, report: Report) -> None:
    """2. The log's key signed the index; each member is there, is the one it lists, and none is there beside."""
    index = found[0] if found else None
    before = report.faults()
    if found is not None:
        with report.guarded(Step.INDEX, INDEX):
            if require_signed(whose).signature_of(found[1]) is None or len(found[1].signatures) != 1:
                raise Malformed(f"not signed by {whose.log}, or by somebody else, too")
        for name in index_only(index, members):
            report.fault(Step.INDEX, name, "listed in the index, but missing")
    for name in members.names():
        if name != INDEX:
            with report.guarded(Step.INDEX, name):
                _member(members, name, index, report)
    if index is not None and report.faults() == before:
        report.ok(Step.INDEX, INDEX, f"{len(index.members)} members as listed; signed by {whose.origin}")


def index_only(index: Index | None, members: Members) -> list[str]:
    """What is listed and not there."""
    return [name for name in index.members if name not in members.names()] if index else []


def named(members: Members, pattern: re.Pattern[str]) -> list[tuple[tuple[int, ...], str]]:
    """The members whose name matches, by the numbers in it, in their order."""
    found = [(match, name) for name in members.names() if (match := pattern.fullmatch(name)) is not None]
    return sorted((tuple(map(int, match.groups())), name) for match, name in found)


def _member(members: Members, name: str, index: Index | None, report: Report) -> None:
    listed = index.members.get(name) if index else None
    if index is not None and listed is None:
        report.fault(Step.INDEX, name, "there, but not listed in the index")
    size, crc, digest = 0, 0, sha256()
    for piece in members.pieces(name):
        size, crc = size + len(piece), zlib.crc32(piece, crc)
        digest.update(piece)
    if listed is not None and listed != Listed(digest.digest(), size):
        report.fault(Step.INDEX, name, f"its SHA-256 is {digest.hexdigest()}, its size {size}: the index lists others")
    if members.crc(name) not in {None, crc}:
        report.fault(Step.CONTAINER, name, "its CRC-32 is another than the file says")
