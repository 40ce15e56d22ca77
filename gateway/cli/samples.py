"""Samples posted to one gateway, and their outcomes compared with what each must have."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiohttp

from gateway.cli.client import NationalClient, Reply
from gateway.traffic.sample import ACCEPTED, REFUSED, Sample

AGAIN = (502, 503, 504)


@dataclass(frozen=True, slots=True)
class Posted:
    """One posting and its answer."""

    sample: Sample
    message_id: str
    reply: Reply
    seconds: float
    tries: int


@dataclass(slots=True)
class Report:
    """What a replay came to."""

    posted: list[Posted] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def add(self, posted: Posted) -> None:
        """One more posting, compared with what was expected."""
        self.posted.append(posted)
        difference = compare(posted.sample, posted.reply)
        if difference:
            self.differences.append(f"{posted.sample.name}: {difference}")

    def with_status(self, status: int) -> list[Posted]:
        """The postings that were answered so."""
        return [posted for posted in self.posted if posted.reply.status == status]

    def latency(self, percent: int) -> float:
        """The percentile of the answers' seconds."""
        found = sorted(posted.seconds for posted in self.posted)
        return found[min(len(found) - 1, len(found) * percent // 100)] if found else 0.0

    def refusals(self) -> Counter[str]:
        """How often each fault code came first in a refusal."""
        refused = (posted.reply.json for posted in self.posted if posted.reply.status >= 400)  # noqa: PLR2004
        return Counter(f"{body['faults'][0]['code']} {body['title']}" for body in refused if body.get("faults"))

    def stripped(self) -> Counter[str]:
        """How many fields each rule took out."""
        found: Counter[str] = Counter()
        for posted in self.posted:
            for message in posted.reply.json.get("messages", []):
                for removed in message["removed"]:
                    found[removed["rule"]] += removed["count"]
        return found


def compare(sample: Sample, reply: Reply) -> str:
    """What differs from the expected outcome; empty where nothing does."""
    outcome = ACCEPTED if reply.status == 202 else REFUSED  # noqa: PLR2004 - HTTP
    if outcome != sample.outcome:
        codes = [fault["code"] for fault in reply.json.get("faults", [])]
        return f"expected {sample.outcome}, got {reply.status} {' '.join(codes)}"
    return _compare_faults(sample, reply) if outcome == REFUSED else _compare_removed(sample, reply)


def _compare_removed(sample: Sample, reply: Reply) -> str:
    for message in reply.json["messages"]:
        found: Counter[str] = Counter()
        for removed in message["removed"]:
            found[removed["rule"]] += removed["count"]
        if found != sample.removed:
            return f"expected to be stripped of {sample.removed}, was of {dict(found)}"
    return ""


def _compare_faults(sample: Sample, reply: Reply) -> str:
    """Every expected fault once; path and line count where the sample names them."""
    left = list(reply.json.get("faults", []))
    for expected in sample.faults:
        same = [fault for fault in left if all(fault.get(key) == value for key, value in expected.items())]
        if not same:
            return f"expected fault {expected} did not come"
        left.remove(same[0])
    return f"unexpected faults {left}" if left else ""


async def replay(  # noqa: PLR0913 - how fast, how many at once, how long it insists
    client: NationalClient,
    samples: Sequence[Sample],
    *,
    concurrency: int,
    rate: float = 0,
    patience: float = 0,
    to: str = "",
    progress: Callable[[], None] = lambda: None,
) -> Report:
    """Every sample posted once, each with its own MessageId; `rate` a second (0: as fast as it goes).

    With `patience`, a posting without an answer is repeated under the same MessageId for that many seconds.
    """
    report, places, began = Report(), asyncio.Semaphore(concurrency), time.monotonic()

    async def one(number: int, sample: Sample) -> None:
        if rate:
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        async with places:
            posted = await post(client, sample, f"{uuid.uuid4()}@replay", patience, to)  # noqa: TID251 - a producer's id
        if posted is None:
            report.unanswered.append(sample.name)
        else:
            report.add(posted)
        progress()

    await asyncio.gather(*(one(number, sample) for number, sample in enumerate(samples)))
    return report


async def post(
    client: NationalClient, sample: Sample, message_id: str, patience: float = 0, to: str = ""
) -> Posted | None:
    """The answer to a posting; None where none came in time."""
    metadata = {"environment": "test", **({"to": to} if to else {}), **sample.metadata, "message_id": message_id}
    body, began, tries = sample.content(), time.monotonic(), 0
    while True:
        tries += 1
        try:
            reply = await client.post(body, metadata)
        except (aiohttp.ClientError, TimeoutError):
            reply = None
        seconds = time.monotonic() - began
        if reply is not None and (reply.status not in AGAIN or seconds >= patience):
            return Posted(sample, message_id, reply, seconds, tries)
        if seconds >= patience:
            return None
        await asyncio.sleep(0.1)
