"""The manifest: what was removed from a document, as canonical JSON that travels with it (docs/redaction.md)."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from lxml import etree

from gateway.core import commit
from gateway.core.commit import Mark, MisfitError, NotCanonicalError
from gateway.core.message import Payload, Redaction, RemovedUnit
from gateway.core.signature import Signed

MEDIA_TYPE = "application/vnd.customs-gateway.redaction+json"
NAME = "redaction.json"
VERSION = 1
LARGEST = 16 * 1024 * 1024  # bytes: whoever strips more refuses the document, and no receiver reads more
LEAST_ROW = 170  # bytes that a removed unit takes in it
KEYS = frozenset({"v", "by", "agreement", "key", "signed", "committed", "removed"})
ROW_KEYS = frozenset({"place", "offset", "attribute", "rule", "class", "path", "c", "hits"})
FORMS = {
    "place": commit.PLACE,
    "rule": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"),
    "c": re.compile(r"[0-9a-f]{64}"),
    "attribute": re.compile(r"(\{[^{}<>\x00-\x20]*\})?[^\W\d][\w.-]*"),
}
COMMITTED = re.compile(r"[0-9a-f]{64}")
LARGEST_OFFSET = 2**31


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it was read."""

    content: dict[str, Any]
    marks: tuple[Mark, ...]
    committed: bytes  # empty where it was withheld, because more was stripped on arrival


@dataclass(frozen=True, slots=True)
class Head:
    """Who stripped under which rules, with which key, and who had signed the whole document."""

    by: str
    agreement: str
    key: str
    signed: Signed | None = None


def write(head: Head, committed: bytes, units: Sequence[RemovedUnit]) -> bytes:
    """The head, the committed digest, and every removed unit."""
    content = {
        "v": VERSION,
        "by": head.by,
        "agreement": head.agreement,
        "key": head.key,
        "committed": committed.hex(),
        "removed": [listed(unit) for unit in units],
    }
    return canonical({**content, "signed": head.signed.facts()} if head.signed else content)


def listed(unit: RemovedUnit) -> dict[str, Any]:
    """A removed unit as manifest, answer and log entry list it; its ordinal and salt are the producer's alone."""
    row = {
        "place": unit.mark.place,
        "offset": unit.mark.offset,
        "attribute": unit.mark.attribute,
        "rule": unit.mark.rule,
        "class": unit.kind,
        "path": unit.path,
        "c": unit.mark.commitment.hex(),
        "hits": [asdict(hit) for hit in unit.hits],
    }
    return {key: value for key, value in row.items() if value or key == "offset"}


def facts(redaction: Redaction) -> dict[str, Any]:
    """A copy's redaction as the log entry and the producer's answer show it."""
    shown = {
        "committed": redaction.committed.hex(),
        "key": redaction.key,
        "manifest": redaction.manifest.hex(),
        "earlier": redaction.earlier.hex(),
        "units": [listed(unit) for unit in redaction.units],
    }
    return {key: value for key, value in shown.items() if value}


def canonical(content: object) -> bytes:
    """The one way to write it: sorted keys, no white space, UTF-8."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read(body: bytes) -> Manifest:
    """The manifest; MisfitError where it is not one, or not written canonically."""
    try:
        content = json.loads(body)
        same = canonical(content) == body
    except (ValueError, RecursionError):
        raise MisfitError("JSON") from None
    if not same or not isinstance(content, dict) or not KEYS.issuperset(content) or content.get("v") != VERSION:
        raise MisfitError("canonical JSON, version 1")
    removed, committed = content.get("removed"), content.get("committed", "")
    if not isinstance(removed, list) or not removed:
        raise MisfitError("removed")
    if not isinstance(committed, str) or (committed and not COMMITTED.fullmatch(committed)):
        raise MisfitError("committed")
    marks = tuple(map(mark, removed))
    if not all(one.order < other.order for one, other in pairwise(marks)):
        raise MisfitError("document order")
    return Manifest(content, marks, bytes.fromhex(committed))


def mark(row: object) -> Mark:
    """A listed unit's mark; MisfitError where something in it has not its form."""
    if not isinstance(row, dict) or not ROW_KEYS.issuperset(row):
        raise MisfitError("removed")
    texts = {"attribute": "", **row}
    for name, form in FORMS.items():
        text = texts.get(name)
        if not isinstance(text, str) or (not form.fullmatch(text) and (name, text) != ("attribute", "")):
            raise MisfitError(name)
    offset = row.get("offset")
    if type(offset) is not int or not 0 <= offset < LARGEST_OFFSET:
        raise MisfitError("offset")
    return Mark(texts["place"], offset, texts["attribute"], texts["rule"], bytes.fromhex(texts["c"]))


def fits(manifest: Manifest, document: etree._Element) -> bool:
    """Whether document and manifest together give the committed digest; the document stays as it is."""
    try:
        return commit.committed(deepcopy(document), manifest.marks) == manifest.committed
    except (MisfitError, NotCanonicalError):
        return False


def fit(payloads: Sequence[Payload], document: etree._Element, by: str) -> bool:
    """Whether a message brings no manifest, or one, of its sender, that fits its document."""
    found = of(payloads)
    if not found:
        return True
    try:
        manifest = read(found[0].content)
    except MisfitError:
        return False
    return len(found) == 1 and manifest.content.get("by") == by and fits(manifest, document)


def signed(payloads: Sequence[Payload]) -> Signed | None:
    """Who signed the whole document, as the manifest that came with the stripped one tells."""
    for each in of(payloads):
        try:
            content = read(each.content).content
        except MisfitError:
            continue
        return Signed.told(content.get("signed"), str(content.get("by")))
    return None


def withheld(manifest: Manifest) -> bytes:
    """The manifest without its committed digest: that of a document which was stripped again lets guesses be tested."""
    return canonical({key: value for key, value in manifest.content.items() if key != "committed"})


def of(payloads: Sequence[Payload]) -> tuple[Payload, ...]:
    """The manifests among the payloads."""
    return tuple(payload for payload in payloads if payload.media_type == MEDIA_TYPE)
