"""What an exchange between several gateways came to: loss, duplicates, order, latency, differences; in figures only."""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.cli.samples import Posted, compare
from gateway.traffic.sample import Sample

PERCENTILES = (50, 90, 99)


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted message: what must arrive of it."""

    sample: str
    lane: str
    side: str
    recipient: str
    movement: str
    type: str
    number: int  # in order of acceptance
    sha256: str
    began: float


@dataclass(slots=True)
class Tally:
    """Everything that is kept of an exchange; no document is."""

    posted: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    stripped: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)  # no answer came to the posting
    not_posted: list[str] = field(default_factory=list)  # what it follows did not arrive
    differences: list[str] = field(default_factory=list)  # from the expected outcomes
    under_way: dict[str, Sent] = field(default_factory=dict)  # MessageId ► accepted, not arrived yet
    arrived: dict[str, int] = field(default_factory=dict)  # MessageId ► inbox item
    duplicates: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    early: dict[str, tuple[int, str, float]] = field(default_factory=dict)  # arrived before the posting was answered
    others: Counter[str] = field(default_factory=Counter)  # messages of nobody in this replay, by type
    posting: "array[float]" = field(default_factory=lambda: array("d"))
    end_to_end: "array[float]" = field(default_factory=lambda: array("d"))
    ordered: frozenset[str] = frozenset()  # the types whose movements were agreed to keep their order
    _lanes: dict[tuple[str, str, str], list[tuple[int, int, str]]] = field(default_factory=dict)

    def answer(self, sample: Sample, lane: str, posted: Posted, began: float) -> list[Sent]:
        """What was accepted; its outcome is compared with the expected one."""
        self.posted += 1
        self.posting.append(posted.seconds)
        if difference := compare(sample, posted.reply):
            self.differences.append(f"{sample.name}: {difference}")
        if posted.reply.status >= 400:  # noqa: PLR2004 - HTTP
            self.refused.update(fault["code"] for fault in posted.reply.json.get("faults", [])[:1])
            return []
        answer = posted.reply.json
        return [self._accept(sample, lane, answer["type"], message, began) for message in answer["messages"]]

    def _accept(self, sample: Sample, lane: str, kind: str, message: Mapping[str, Any], began: float) -> Sent:
        for removed in message["removed"]:
            self.stripped[removed["rule"]] += removed["count"]
        self.accepted += 1
        where = sample.side, message["recipient"], sample.movement, kind
        sent = Sent(sample.name, lane, *where, self.accepted, message["sha256"], began)
        self.under_way[message["message_id"]] = sent
        return sent

    def arrive(self, message_id: str, item: int, sha256: str, now: float) -> Sent | None:
        """What has arrived; None where it had before, and that is a duplicate, or where nothing like it was accepted."""
        sent = self.under_way.pop(message_id, None)
        if sent is None and message_id not in self.arrived:
            self.early[message_id] = item, sha256, now
        elif sent is None and self.arrived[message_id] != item:
            self.duplicates.append(message_id)  # the same item comes again where its acknowledgement was lost: no fault
        if sent is None:
            return None
        self.arrived[message_id] = item
        self.end_to_end.append(now - sent.began)
        if sha256 != sent.sha256:
            self.damaged.append(sent.sample)
        if sent.movement:
            self._lanes.setdefault((sent.movement, sent.side, sent.recipient), []).append(
                (item, sent.number, sent.type)
            )
        return sent

    def overtaken(self, *, agreed: bool) -> list[str]:
        """Movements in which one side's messages arrived in another order than they were accepted in.

        `agreed`: only among the messages whose type keeps the order of its movement.
        """
        found = []
        for (movement, side, recipient), rows in self._lanes.items():
            numbers = [number for _, number, kind in sorted(rows) if not agreed or kind in self.ordered]
            if numbers != sorted(numbers):
                found.append(f"{movement}: from {side} to {recipient}")
        return sorted(found)

    def facts(self, seconds: float) -> dict[str, object]:
        """The exchange in figures."""
        lost = sorted(sent.sample for sent in self.under_way.values())
        return {
            "posted": self.posted,
            "accepted": self.accepted,
            "refused": dict(sorted(self.refused.items())),
            "stripped": dict(sorted(self.stripped.items())),
            "unanswered": sorted(self.unanswered),
            "not_posted": sorted(self.not_posted),
            "arrived": len(self.arrived),
            "lost": lost,
            "duplicates": sorted(self.duplicates),
            "never_accepted": sorted(self.early),
            "damaged": sorted(self.damaged),
            "out_of_order": self.overtaken(agreed=True),
            "overtaken": self.overtaken(agreed=False),
            "others": dict(sorted(self.others.items())),
            "seconds": round(seconds, 3),
            "latency_ms": {"posting": percentiles(self.posting), "end_to_end": percentiles(self.end_to_end)},
            "differences": sorted(self.differences),
        }


# What stands under these names should not have happened.
PROBLEMS = (
    "unanswered",
    "not_posted",
    "lost",
    "duplicates",
    "never_accepted",
    "damaged",
    "out_of_order",
    "differences",
    "logs_differ",
)


def percentiles(seconds: "array[float]") -> dict[str, float]:
    """In milliseconds; 0 where there is nothing."""
    found = sorted(seconds)
    return {
        f"p{percent}": round(found[min(len(found) - 1, len(found) * percent // 100)] * 1000, 1) if found else 0.0
        for percent in PERCENTILES
    }
