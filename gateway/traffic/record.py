"""Turns delivered messages into samples: other names, numbers, dates and masses, the same sizes, order and times."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from gateway.core import xml
from gateway.core.agreement import Agreement, Limits, MessageType
from gateway.core.patterns import Event, Giver
from gateway.core.regulation import ACCEPTED, RECEIVED
from gateway.traffic.fields import KEPT_ATTRIBUTES, Handling, handling
from gateway.traffic.mask import Mask
from gateway.traffic.sample import Sample

MICROS = 1_000_000
TRANSACTION = frozenset({"document", "reference", "signal"})  # index entries that are about messages, not goods
GIVEN = {RECEIVED: Event.RECEIVED, ACCEPTED: Event.ACCEPTED}


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message as a gateway's store and log have it; its document is already redacted."""

    message_id: str
    conversation_id: str
    ref_to_message_id: str
    sender: str
    recipient: str
    at: int
    agreement: Agreement
    document: bytes


@dataclass(slots=True)
class Recording:
    """One stretch of traffic: pseudonyms by order of appearance, nothing of the originals outlives it."""

    mask: Mask
    limits: Limits
    parties: Mapping[str, str] = field(default_factory=dict)  # PartyId ► the one in the recording
    left_out: int = 0
    signals: int = 0  # that gateways make: they will make them again
    _began: int = -1
    _last: float = 0.0
    _kinds: dict[str, MessageType] = field(default_factory=dict)  # by MessageId
    _refs: dict[str, str] = field(default_factory=dict)  # MessageId ► the one it refers to
    _moves: dict[str, str] = field(default_factory=dict)  # MessageId ► movement
    _names: dict[str, dict[str, str]] = field(default_factory=dict)

    def sample(self, found: Delivered) -> Sample | None:
        """The message as it will be replayed; None where it cannot be told without its values, and that is counted."""
        root = xml.parse(found.document, self.limits)
        kind = found.agreement.messages.get(str(root.tag))
        if kind is None:
            self.left_out += 1
            return None
        if self._made_again(root, kind, found):
            self.signals += 1
            return None
        # An answer belongs where its question is, or it could not wait for it.
        movement = self._moves.get(found.ref_to_message_id) or self._named("movement", _movement(root, kind, found))
        self._moves[found.message_id] = movement
        body = self._disguised(root, movement, kind)
        if body is None:
            self.left_out += 1
            return None
        self._began = found.at if self._began < 0 else self._began
        self._last = max(self._last, (found.at - self._began) / MICROS)  # in order of commit, whatever the clock did
        answers = self._names.get("name", {}).get(found.ref_to_message_id, "")
        return Sample(
            name=self._named("name", found.message_id),
            body=body,
            at=self._last,
            side=self._party(found.sender),
            to=(self._party(found.recipient),),
            type=kind.type,
            conversation=self._named("conversation", found.conversation_id),
            movement=movement,
            answers=answers,
        )

    def _made_again(self, root: etree._Element, kind: MessageType, found: Delivered) -> bool:
        """Whether it is a signal that the gateway gives about the message it follows, not a national system."""
        self._kinds[found.message_id], self._refs[found.message_id] = kind, found.ref_to_message_id
        opened = found.ref_to_message_id
        while before := self._refs.get(opened):  # a signal about an answer: the question's regulation counts
            opened = before
        question = self._kinds.get(opened)
        codes = [element.text for name, path in kind.index if name == "signal" for element in path.select(root)]
        signal = next((kind.signals[code] for code in codes if code in kind.signals), "")
        if question is None or signal not in GIVEN:
            return False
        return question.regulation.giver(GIVEN[signal]) in (Giver.GATEWAY, Giver.INBOX)

    def _disguised(self, root: etree._Element, movement: str, kind: MessageType) -> bytes | None:
        """The document with every value that is not on the whitelist replaced; None where that is not valid."""
        try:
            disguise(root, self.mask, movement)
        except ValueError:
            return None
        return xml.serialize(root) if kind.validator().validate(root) else None

    def _party(self, real: str) -> str:
        return self.parties.get(real) or f"{real[:2]}.{self._named('party', real)}"

    def _named(self, what: str, original: str) -> str:
        names = self._names.setdefault(what, {})
        return names.setdefault(original, f"{what[0]}{len(names) + 1:07}")


def disguise(root: etree._Element, mask: Mask, movement: str) -> None:
    """Every value of the document is replaced unless the whitelist keeps it; only white space stays around elements."""
    for element in root.iter("*"):
        name = str(element.tag)
        if text := (element.text or "").strip():
            money = name.endswith("Amount")
            element.text = mask.value(handling(name), text, movement, money=money)
        if (element.tail or "").strip():
            element.tail = None
        for attribute, value in element.attrib.items():
            if attribute not in KEPT_ATTRIBUTES:
                element.set(attribute, mask.value(Handling.MASKED, value, movement))


def _movement(root: etree._Element, kind: MessageType, found: Delivered) -> str:
    """What the message is about: the first business id that the agreement indexes, else its conversation."""
    for name, path in kind.index:
        for element in path.select(root) if name not in TRANSACTION else ():
            return "/".join(text.strip() for text in element.itertext() if text.strip())
    return found.conversation_id
