"""One message within its conversation: when it is written, which document it answers, whose chance it is."""

from dataclasses import dataclass
from datetime import datetime

from gateway.traffic.dice import Dice
from gateway.traffic.documents import blocks
from gateway.traffic.facts import Facts, local
from gateway.traffic.node import Node


@dataclass(frozen=True, slots=True)
class Scene:
    """What a builder needs to write one document."""

    facts: Facts
    dice: Dice
    at: datetime  # UTC
    country: str  # of the service that writes
    document: str  # EDocId
    answered: str = ""  # EDocId of the document that this one answers
    number: int = 0  # which of several alike

    def header(self, envelope: str, code: str) -> Node:
        """ccdo:EDocHeader of this document."""
        language = self.dice.pick(("", "ru", "kk")) if self.country == "KZ" else self.dice.pick(("", "ru"))
        return blocks.header(envelope, code, self.document, self.written(), self.answered, language)

    def written(self) -> str:
        """When it is written, in the zone of who writes."""
        return local(self.at, self.country)

    def day(self) -> str:
        """The day on which it is written."""
        return self.written()[:10]
