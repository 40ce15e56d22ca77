"""Two real gateways, one of which comes to the other for its messages: kills, and a large attachment."""

import asyncio
import sys
from pathlib import Path

import pytest

from gateway.cli.demo_pair import Service, make_pair
from tests.e2e.test_large import MB, peak, post, query, started
from tests.house import eventually, sample

CHANNEL = "urn:example:channel:BY"
TYPE = sample("valid/ProcessingResult--rejected")
EARLY = (sys.executable, "-m", "tests.e2e.early_answer")
ROOT = Path(__file__).parents[2]
KILLS, BATCH = 6, 15


def append(service: Service, name: str, text: str) -> None:
    """The text at the end of a configuration file."""
    path = service.folder / f"{name}.toml"
    path.write_text(f"{path.read_text()}\n{text}\n")


def pulling_pair(where: Path) -> tuple[Service, Service]:
    """BY comes to KZ; KZ waits a second for receipts. KZ's endpoint is in no file of BY but this one."""
    kz, by = make_pair(where)
    append(kz, "parties/BY.GTK", f'[pmode]\nbinding = "pull"\nmpc = "{CHANNEL}"')
    append(by, "parties/KZ.KGD", f'[pull]\nmpc = "{CHANNEL}"\nevery = "1 second"')
    settings = kz.folder / "gateway.toml"
    settings.write_text(settings.read_text().replace("[api]", '[delivery]\npull_retry = "1 second"\n\n[api]', 1))
    return kz, by


async def posted(service: Service, count: int) -> set[str]:
    """MessageIds of so many accepted messages."""
    found = set()
    async with service.client() as client:
        for _ in range(count):
            reply = await client.post(TYPE, {"to": "BY.GTK"})
            assert reply.status == 202
            found |= {message["message_id"] for message in reply.json["messages"]}
    return found


def settled(service: Service) -> bool:
    """Every delivery has its receipt."""
    return query(service, "SELECT count(*) FROM deliveries WHERE state <> 'delivered'") == [(0,)]


def arrived(service: Service) -> list[str]:
    """MessageIds of what came in, in order."""
    return [str(row[0]) for row in query(service, "SELECT message_id FROM messages WHERE edge = 'partner' ORDER BY id")]


def pulled(service: Service) -> int:
    """How many of its messages have left at least once."""
    return int(str(query(service, "SELECT count(*) FROM deliveries WHERE attempts > 0")[0][0]))


async def kill_in_the_middle(pair: tuple[Service, Service], number: int) -> set[str]:
    """Messages are posted, and while they are being pulled one of the gateways dies and is started again."""
    sent = await posted(pair[0], BATCH)
    before = number * BATCH
    await eventually(lambda: pulled(pair[0]) > before)
    process = pair[number % 2].process
    process.kill()
    process.start()
    await process.ready()
    await eventually(lambda: pulled(pair[0]) == before + BATCH)
    return sent


async def test_what_is_posted_is_pulled_and_receipted(tmp_path: Path) -> None:
    """Over TLS, without a single push; both logs say how."""
    pair = pulling_pair(tmp_path)
    await started(pair)
    try:
        sent = await posted(pair[0], 3)
        await eventually(lambda: settled(pair[0]))
        assert sorted(arrived(pair[1])) == sorted(sent)
        entries = query(pair[0], "SELECT body FROM log_entries WHERE kind = 'delivered'")
        assert len(entries) == 3
        assert all(b'"via":"signal"' in row[0] for row in entries)  # type: ignore[operator]
    finally:
        for service in pair:
            service.process.stop()


@pytest.mark.slow
async def test_kills_on_both_sides_of_a_pull_lose_and_repeat_nothing(tmp_path: Path) -> None:
    """Every message that was accepted arrives exactly once, and is receipted in the end."""
    pair = pulling_pair(tmp_path)
    await started(pair)
    try:
        sent = set[str]()
        for number in range(KILLS):
            sent |= await kill_in_the_middle(pair, number)
        await eventually(lambda: settled(pair[0]))
        found = arrived(pair[1])
        assert sorted(found) == sorted(sent)
        assert query(pair[0], "SELECT max(attempts) > 1 FROM deliveries") == [(1,)], "the kills hit pulls under way"
    finally:
        for service in pair:
            service.process.stop()


@pytest.mark.slow
async def test_a_receipt_before_the_commit_loses_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a puller that receipts what is not durable yet, killed in that moment."""
    monkeypatch.chdir(ROOT)
    pair = pulling_pair(tmp_path)
    pair[1].process.command = EARLY
    pair[0].process.start()
    await pair[0].process.ready()
    try:
        sent = await posted(pair[0], 20)
        pair[1].process.start()
        await eventually(
            lambda: query(pair[0], "SELECT count(*) > 0 FROM deliveries WHERE state = 'delivered'") == [(1,)], 30
        )
        pair[1].process.kill()
        pair[1].process.command = (sys.executable, "-m", "gateway")
        pair[1].process.start()
        await pair[1].process.ready()
        await eventually(lambda: settled(pair[0]))
        assert set(arrived(pair[1])) < sent
    finally:
        for service in pair:
            service.process.stop()


@pytest.mark.slow
async def test_a_large_message_is_pulled_without_being_held(tmp_path: Path) -> None:
    """60 MB pass both gateways in their buffers; a kill in the middle of it leaves one whole message."""
    pair = pulling_pair(tmp_path)
    await started(pair)
    try:
        assert await post(pair[0], 40) == 202  # the caches of both databases are full
        await eventually(lambda: settled(pair[0]))
        before = [peak(service) for service in pair]
        assert await post(pair[0], 60) == 202
        await eventually(lambda: settled(pair[0]))
        grown = [peak(service) - had for service, had in zip(pair, before, strict=True)]
        assert max(grown) < 40, grown
        pair[1].process.kill()
        assert await post(pair[0], 30) == 202
        pair[1].process.start()
        await eventually(lambda: query(pair[1], "SELECT count(*) > 0 FROM bodies WHERE staged_at > 0") == [(1,)])
        pair[0].process.kill()
        pair[0].process.start()
        await asyncio.gather(*(service.process.ready() for service in pair))
        await eventually(lambda: settled(pair[0]))
        sizes = [row[0] for row in query(pair[1], "SELECT size FROM payloads WHERE name <> '' ORDER BY size")]
        assert sizes == [30 * MB, 40 * MB, 60 * MB]
    finally:
        for service in pair:
            service.process.stop()
