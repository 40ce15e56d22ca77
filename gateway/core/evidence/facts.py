"""What a bundle says about one message (`messages/<n>/facts.json`), and where in the bundle the rest of it is."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from gateway.core.evidence import canonical_json
from gateway.core.evidence.note import Malformed

HEX = re.compile(r"(?:[0-9a-f]{64})?", re.ASCII)
TEXTS = frozenset({"message_id", "conversation_id", "edge", "sender", "recipient", "type"})
EDGES = frozenset({"national", "partner"})
# Why something is not there, or cannot be checked again although it is.
WHY: Mapping[str, str] = {
    "": "",
    "purged": "deleted after the agreed time, as the bundle says; the log's entry about it says when",
    "not-kept": "never kept by this gateway",
    "stripped": "removed on arrival together with what could be guessed from it; its gateway says that it checked the signature before",
    "unsigned": "not signed, as the P-Mode has it",
    "repacked": "kept in another form than it was signed in; its gateway says that it checked the signature before",
    "absent": "there was none when the bundle was made",
    "left-out": "left out when the bundle was made, as its maker asked",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A signed SOAP part, ours or the partner's: the message's envelope or its receipt."""

    digest: str = ""  # SHA-256 in hex; empty: not known
    file: str = ""  # the member; empty: not there
    why: str = ""  # a key of WHY


@dataclass(frozen=True, slots=True)
class PartFacts:
    """A payload: the document or an attachment."""

    cid: str
    media_type: str
    name: str
    digest: str  # SHA-256 of the content, in hex
    size: int  # of the content
    packed_digest: str  # SHA-256 of the gzip bytes, in hex
    file: str = ""  # the member with the gzip bytes; empty: not there
    why: str = ""


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """A message as the log's gateway knows it."""

    message_id: str
    conversation_id: str
    edge: str  # where it came in: national, partner
    sender: str
    recipient: str
    type: str
    leaf: int  # index of the leaf of its acceptance or arrival
    parts: tuple[PartFacts, ...]
    envelope: Kept
    receipt: Kept

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The facts; Malformed where anything is missing, unknown, or of another kind."""
        value = canonical_json.read_object(content)
        rows = value.get("parts")
        if set(value) != {each.name for each in fields(cls)} or not isinstance(rows, list):
            raise Malformed("facts with other names than those of a message")
        if not isinstance(value["leaf"], int) or isinstance(value["leaf"], bool) or value["edge"] not in EDGES:
            raise Malformed("facts with a leaf that is no index, or with an unknown edge")
        found: dict[str, Any] = {name: _text(each) for name, each in value.items() if name in TEXTS}
        found |= {name: Kept(**_strict(Kept, value[name])) for name in ("envelope", "receipt")}
        return cls(**found, leaf=value["leaf"], parts=tuple(PartFacts(**_strict(PartFacts, row)) for row in rows))

    def content(self) -> bytes:
        """As `of` reads it."""
        return canonical_json.write(asdict(self))


def _strict(kind: type[Kept | PartFacts], value: object) -> dict[str, Any]:
    """The fields of a Kept or a PartFacts, each of its kind."""
    if not isinstance(value, dict) or set(value) != {each.name for each in fields(kind)}:
        raise Malformed(f"facts with other names than those of {kind.__name__}")
    found = {key: each if key == "size" else _text(each) for key, each in value.items()}
    if not isinstance(found.get("size", 0), int) or isinstance(found.get("size"), bool):
        raise Malformed("a size that is no number")
    digests = (found["digest"], found.get("packed_digest", ""))
    if found["why"] not in WHY or not all(HEX.fullmatch(each) for each in digests):
        raise Malformed("a reason that is not known, or a digest that is none")
    if not found["file"] and not found["why"]:
        raise Malformed("neither where something is nor why it is not there")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Malformed("facts with something else than text")
    return value
