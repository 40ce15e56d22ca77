"""Real gateways, real SIGKILLs under load, on both sides: nothing accepted is lost, nothing is listed twice."""

import asyncio
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.boot import opened
from gateway.cli.demo_pair import Outcome, Service, Side, _look_into, _read_inbox, _settle, make_pair
from gateway.cli.samples import replay
from gateway.config.load import load
from gateway.core.names import PartyId
from gateway.traffic.sample import Sample, read
from tests.house import SAMPLES

MESSAGES, KILLS = 5000, 50
RATE = 28  # messages a second on each side
TRICKLE = 0.5  # seconds between messages while only kills are left to come
SERVES_AGAIN_WITHIN = 2.0
EARLY = (sys.executable, "-m", "tests.e2e.early_answer")
ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Campaign:
    """Kills at random moments; the traffic goes on until the last one."""

    pair: tuple[Service, Service]
    kills: int
    again: list[float] = field(default_factory=list)  # seconds until it served again

    @property
    def over(self) -> bool:
        """Whether every kill has been made."""
        return len(self.again) == self.kills

    async def run(self) -> None:
        """One gateway at a time is killed and started again, in turn."""
        chance = random.Random(7)  # noqa: S311 - the same campaign every time
        for number in range(self.kills):
            await asyncio.sleep(chance.uniform(0.02, 0.25))
            service = self.pair[number % 2]
            service.process.kill()
            service.process.start()
            self.again.append(await service.process.ready())


def valid_samples(count: int) -> list[Sample]:
    """Acceptable traffic, in mixed order."""
    samples = [found for found in read(SAMPLES) if found.outcome == "accepted"]
    return [samples[number % len(samples)] for number in range(count)]


async def campaign(pair: tuple[Service, Service], count: int, kills: int, patience: float) -> tuple[Outcome, Campaign]:
    """At least so many messages both ways at a steady rate, for as long as there are kills; then settled and looked into."""
    for service in pair:
        service.process.start()
    await asyncio.gather(*(service.process.ready() for service in pair))
    readers = [asyncio.create_task(_read_inbox(service)) for service in pair]
    killing = Campaign(pair, kills)
    try:
        async with asyncio.TaskGroup() as work:
            work.create_task(killing.run())
            first, second = (work.create_task(_send(service, count // 2, patience, killing)) for service in pair)
        outcome = Outcome((first.result(), second.result()), "both in turn", max(killing.again))
        await _settle(outcome)
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        for service in pair:
            service.process.stop()
    for side in outcome.sides:
        await _look_into(side)
    return outcome, killing


async def _send(service: Service, count: int, patience: float, killing: Campaign) -> Side:
    async with service.client() as client:
        report = await replay(client, valid_samples(count), concurrency=16, rate=RATE, patience=patience)
        while not killing.over:
            await asyncio.sleep(TRICKLE)
            more = await replay(client, valid_samples(1), concurrency=1, patience=patience)
            report.posted += more.posted
            report.unanswered += more.unanswered
            report.differences += more.differences
    return Side(service, report)


async def witnessed(service: Service, by: Service) -> list[str]:
    """What the partner, who saw its checkpoints between the kills, holds against its log; it did see and cosign some."""
    async with opened(load(by.folder)) as (store, _, _):
        found = [str(row["kind"]) for row in await store.disputes(PartyId(service.party))]
    async with opened(load(service.folder)) as (store, _, _):
        assert await store.last_cosigned(PartyId(by.party)) > 0
    return found


@pytest.mark.slow
async def test_fifty_kills_over_five_thousand_messages_lose_and_repeat_nothing(tmp_path: Path) -> None:
    """Every accepted message arrives as exactly one inbox item; both logs verify; each restart is quick."""
    outcome, killing = await campaign(make_pair(tmp_path), MESSAGES, KILLS, patience=60)
    assert len(killing.again) == KILLS
    assert sum(len(side.report.posted) for side in outcome.sides) >= MESSAGES
    assert outcome.lost() == set()
    assert outcome.listed_twice() == set()
    for side in outcome.sides:
        assert side.report.differences == []
        assert side.report.unanswered == []
        assert side.service.damaged == []
        assert side.verdict.faults == []
        assert set(side.deliveries) == {"delivered"}
    for side, other in (outcome.sides, outcome.sides[::-1]):
        assert await witnessed(side.service, other.service) == []
    assert min(killing.again[-10:]) < SERVES_AGAIN_WITHIN, "however much is in the database"


@pytest.mark.slow
async def test_an_answer_before_the_commit_loses_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same kills, with the answer sent before the commit, lose what was promised."""
    monkeypatch.chdir(ROOT)
    pair = make_pair(tmp_path)
    for service in pair:
        service.process.command = EARLY
    monkeypatch.setattr("gateway.cli.demo_pair.SETTLE_WITHIN", 5.0)
    outcome, _ = await campaign(pair, 400, 8, patience=60)
    assert outcome.lost() != set()


async def test_a_repeat_after_a_kill_gets_the_identical_answer(tmp_path: Path) -> None:
    """The answer that was committed is the answer, whichever process gives it."""
    service, _ = make_pair(tmp_path)
    sample = valid_samples(1)[0]
    answers = set()
    for _ in range(2):
        service.process.start()
        await service.process.ready()
        async with service.client() as client:
            reply = await client.post(sample.body, {"message_id": "kept@test"})
            answers.add((reply.status, reply.body))
        service.process.kill()
    assert len(answers) == 1


async def test_two_processes_never_serve_one_database(tmp_path: Path) -> None:
    """The second one ends with the configuration exit code and says why; the first goes on."""
    service, _ = make_pair(tmp_path)
    service.process.start()
    await service.process.ready()
    try:
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", "--config", str(service.folder), cwd=ROOT, stderr=-1, stdout=-1
        )
        _, errors = await second.communicate()
        assert second.returncode == 3
        assert b"another gateway process serves this database" in errors
        async with service.client() as client:
            assert (await client.call("GET", "/health")).status == 200
    finally:
        assert service.process.stop() == 0
