"""What a holder of the original can show, and what anybody can check, about what was removed (docs/redaction.md).

Nothing here needs a configuration, a database or a network.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from lxml import etree

from gateway.core import commit, manifest
from gateway.core.agreement import Limits
from gateway.core.commit import MisfitError, NotCanonicalError, Opening, Tree
from gateway.core.errors import Rejected
from gateway.core.manifest import Manifest, canonical
from gateway.core.removal import take_out
from gateway.core.salt import salted
from gateway.core.signature import take_off
from gateway.core.xml import parse

VERSION = 1
ANY_SIZE = Limits(body=2**40, elements=2**40, attributes=2**20, namespaces=2**40)  # the reader's own files


@dataclass(frozen=True, slots=True)
class Unit:
    """A removed unit in an answer: what stands for it, and the salt that only the producer has."""

    mark: commit.Mark
    salt: bytes


@dataclass(slots=True)
class Finding:
    """What was checked and what is wrong."""

    checked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def note(self, *, holds: bool, what: str) -> bool:
        """One more thing that holds, or does not."""
        (self.checked if holds else self.faults).append(what)
        return holds


def document(body: bytes) -> etree._Element:
    """The root as the gateway sees it: without comments and processing instructions; MisfitError where it is no XML."""
    try:
        return parse(body, ANY_SIZE)
    except Rejected as refusal:
        raise MisfitError(f"XML: {refusal.first.meaning}") from None


def message_of(answer: Mapping[str, Any], recipient: str) -> Mapping[str, Any]:
    """The part of a producer's answer about one recipient; with one recipient it need not be named."""
    messages = answer.get("messages")
    rows = [row for row in messages if isinstance(row, dict)] if isinstance(messages, list) else []
    found = [row for row in rows if recipient in ("", row.get("recipient"))]
    if len(found) != 1:
        raise MisfitError("an answer of POST /messages, and the recipient where there are several")
    return found[0]


def units(message: Mapping[str, Any]) -> list[Unit]:
    """The removed units of a message, in document order, with their salts."""
    redaction = message.get("redaction", {})
    try:
        return [Unit(_mark(row), bytes.fromhex(row["salt"])) for row in redaction.get("units", [])]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise MisfitError("an answer with the salt of each removed unit") from None


def _mark(row: Mapping[str, Any]) -> commit.Mark:
    """An answer's row has a few keys more than a manifest's."""
    return manifest.mark({key: value for key, value in row.items() if key in manifest.ROW_KEYS})


def openings(original: etree._Element, listed: Sequence[commit.Mark]) -> list[Opening]:
    """What stands in the original at the places of the removed units; MisfitError where nothing does."""
    tree = Tree(original)
    found = [tree.at(mark.place) for mark in listed]
    gone = {element for element, mark in zip(found, listed, strict=True) if not mark.attribute}
    for element, mark in zip(found, listed, strict=True):
        if mark.attribute and mark.attribute not in element.attrib:
            raise MisfitError(f"the attribute at {mark.place}")
    pairs = zip(found, listed, strict=True)
    return [commit.opening(tree, element, mark.attribute, mark.rule, gone) for element, mark in pairs]


def prove(original: bytes, message: Mapping[str, Any], number: int) -> bytes:
    """A file that proves what stood at the removed unit with this number (from 1) and that its rule removed it.

    It opens this one unit and no other: each has a salt of its own.
    """
    listed = units(message)
    if not 1 <= number <= len(listed):
        raise MisfitError(f"a number from 1 to {len(listed)}")
    unit = listed[number - 1]
    opening = openings(_whole(original), [each.mark for each in listed])[number - 1]
    if opening.commitment(unit.salt) != unit.mark.commitment:
        raise MisfitError("the original that the answer is about")
    return canonical(
        {
            "v": VERSION,
            "place": opening.place,
            "offset": opening.offset,
            "attribute": opening.attribute,
            "rule": opening.rule,
            "content": opening.content.decode(),
            "following": opening.following,
            "salt": unit.salt.hex(),
            "c": unit.mark.commitment.hex(),
        }
    )


def verify(proof: Mapping[str, Any], listing: Mapping[str, Any]) -> tuple[Finding, str]:
    """Whether the proof opens a unit that the manifest or the log entry lists, and what stood there."""
    finding = Finding()
    try:
        texts = {key: _text(proof, key) for key in ("place", "attribute", "rule", "content", "following", "salt", "c")}
        offset, salt = proof.get("offset"), bytes.fromhex(texts["salt"])
    except ValueError:
        raise MisfitError("a file that `gateway redaction prove` wrote") from None
    if type(offset) is not int or proof.get("v") != VERSION:
        raise MisfitError("a file that `gateway redaction prove` wrote")
    opening = Opening(
        texts["place"], offset, texts["attribute"], texts["rule"], texts["content"].encode(), texts["following"]
    )
    opens = opening.commitment(salt).hex() == texts["c"]
    finding.note(holds=opens, what="salt and content give the commitment")
    row = next((row for row in _rows(listing) if row.get("c") == texts["c"]), {})
    wanted = (opening.place, opening.offset, opening.attribute, opening.rule)
    listed = (row.get("place"), row.get("offset"), row.get("attribute", ""), row.get("rule"))
    finding.note(holds=wanted == listed, what="the commitment is listed, at this place, under this rule")
    return finding, texts["content"]


def _text(proof: Mapping[str, Any], key: str) -> str:
    value = proof.get(key)
    if not isinstance(value, str):
        raise MisfitError(key)
    return value


def _rows(listing: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The removed units of a manifest, or of a log entry."""
    redaction = listing.get("redaction", {})
    rows = redaction.get("units") if isinstance(redaction, dict) and redaction else listing.get("removed")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def verify_delivered(delivered: bytes, listed: Manifest) -> Finding:
    """Whether a delivered document and its manifest give the committed digest."""
    finding = Finding()
    finding.note(
        holds=manifest.fits(listed, document(delivered)), what="document and manifest give the committed digest"
    )
    return finding


def verify_original(
    original: bytes, answer: Mapping[str, Any], recipient: str, delivered: bytes, manifests: Sequence[bytes]
) -> Finding:
    """Whether the delivered document is the original minus exactly the listed parts.

    1. the answer is about this original  2. the salts open what the manifest lists, and the original gives the committed
    digest  3. what the receiver's gateway removed on arrival is what its manifest lists  4. nothing else differs
    """
    finding, message = Finding(), message_of(answer, recipient)
    # 1. The original.
    finding.note(holds=_is_about(answer, original), what="the answer is about this original")
    try:
        lists = [manifest.read(each) for each in manifests]
        listed = units(message)
        arrival = lists[1:] if listed else lists
        # 2. What the sender's gateway removed.
        sent = _whole(original)
        if listed:
            _check_sent(original, message, listed, lists[:1], finding)
            _strip(sent, [unit.mark for unit in listed])
        # 3. What the receiver's gateway removed.
        for each in arrival:
            same = commit.committed_of_original(deepcopy(sent), each.marks) == each.committed
            finding.note(holds=same, what=f"{len(each.marks)} parts removed on arrival are those that are listed")
            _strip(sent, each.marks)
        # 4. The rest.
        same = commit.canonical(sent) == commit.canonical(_whole(delivered))
        finding.note(holds=same, what="the delivered document is the original minus exactly the listed parts")
        if not arrival:
            stated = sha256(delivered).hexdigest() == message.get("sha256")
            finding.note(holds=stated, what="the delivered bytes are those that the answer names")
    except (MisfitError, NotCanonicalError) as error:
        finding.note(holds=False, what=f"original, answer, document and manifests do not fit: {error}")
    return finding


def _is_about(answer: Mapping[str, Any], original: bytes) -> bool:
    try:
        received = answer["received"]
        digest = salted(b"gw-received-1", bytes.fromhex(received["salt"]), original).hex()
        return (sha256(original).hexdigest(), digest) == (received["sha256"], received["salted_sha256"])
    except (KeyError, TypeError, ValueError):
        raise MisfitError("an answer of POST /messages, with what was received") from None


def _check_sent(
    original: bytes, message: Mapping[str, Any], listed: Sequence[Unit], lists: Sequence[Manifest], finding: Finding
) -> None:
    marks = [unit.mark for unit in listed]
    pairs = zip(openings(_whole(original), marks), listed, strict=True)
    opened = all(opening.commitment(unit.salt) == unit.mark.commitment for opening, unit in pairs)
    finding.note(holds=opened, what=f"the salts open {len(listed)} removed parts")
    theirs = [mark for each in lists for mark in each.marks]
    finding.note(holds=theirs == marks, what="the manifest lists what the answer lists")
    digest = commit.committed_of_original(_whole(original), marks)
    stated = {message["redaction"].get("committed"), *(each.committed.hex() for each in lists if each.committed)}
    finding.note(holds=stated == {digest.hex()}, what="the original gives the committed digest")


def _strip(root: etree._Element, marks: Sequence[commit.Mark]) -> None:
    """None of the marks' units stands in the document any more."""
    tree = Tree(root)
    found = [(tree.at(mark.place), mark) for mark in marks]
    for element, mark in found:
        if mark.attribute:
            element.attrib.pop(mark.attribute, None)
    take_out(element for element, mark in found if not mark.attribute)


def _whole(body: bytes) -> etree._Element:
    """The document as the gateway strips it: a sender's signature over the whole does not count as a part of it."""
    root = document(body)
    take_off(root)
    return root
