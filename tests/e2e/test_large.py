"""Large messages through real gateway processes: memory stays under the stated bound, kills leave nothing half."""

import asyncio
import os
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gateway.cli.bench.documents import Pool
from gateway.cli.client import NationalClient
from gateway.cli.demo_pair import Service, make_pair
from tests.house import eventually, sample

MB = 1024 * 1024
BASE = 650  # MB: a gateway at rest, the database caches (192) and the reserve for reading (264)
RESERVE = 2048  # MB: limits.memory
CARRIER = sample("valid/DocumentVerificationResponse--confirmed")


def peak(service: Service) -> float:
    """MB of memory at the peak since the start."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def document(folder: Path, size: int) -> bytes:
    """A valid document of about so many MB."""
    pool = Pool.write(folder / f"of-{size}", size * 1024, 1)
    (path,) = pool.folder.iterdir()
    return path.read_bytes()


def patient(service: Service) -> NationalClient:
    """A connection that waits for minutes."""
    return NationalClient(service.process.url, service.token, service.process.certificate, timeout=300)


async def started(pair: tuple[Service, Service]) -> None:
    """Both serve."""
    for service in pair:
        service.process.start()
    await asyncio.gather(*(service.process.ready() for service in pair))


def query(service: Service, statement: str) -> list[tuple[object, ...]]:
    """Rows of its database."""
    database = sqlite3.connect(service.folder / "data" / "gateway.sqlite3", timeout=10)
    try:
        return database.execute(statement).fetchall()
    finally:
        database.close()


async def attachment(size: int, stall_at: int = -1) -> AsyncIterator[bytes]:
    """A form with an attachment of so many MB; it may stop coming after some of them."""
    head = '--b\r\nContent-Disposition: form-data; name="{}"; filename="f"\r\nContent-Type: {}\r\n\r\n'
    noise = os.urandom(MB)
    yield head.format("attachment", "application/pdf").encode()
    for number in range(size):
        if number == stall_at:
            await asyncio.sleep(60)
        yield number.to_bytes(8, "big") + noise[8:]
    yield b"\r\n" + head.format("message", "application/xml").encode() + CARRIER + b"\r\n--b--\r\n"


async def post(service: Service, size: int, stall_at: int = -1) -> int:
    """The status of a form with a large attachment."""
    async with service.client() as client:
        assert client._session is not None
        async with client._session.post(
            service.process.url + "/messages",
            data=attachment(size, stall_at),
            headers={"Content-Type": "multipart/form-data; boundary=b"},
            timeout=aiohttp.ClientTimeout(total=400),
        ) as answer:
            return answer.status


async def delivered(service: Service, count: int) -> None:
    """Every delivery has its receipt."""
    await eventually(
        lambda: query(service, "SELECT count(*) FROM deliveries WHERE state = 'delivered'") == [(count,)], 300
    )


@pytest.mark.slow
async def test_a_document_of_100_mb_passes_under_the_bound(tmp_path: Path) -> None:
    """Both gateways stay under it, small messages are answered meanwhile, and what arrives is what was sent."""
    pair = make_pair(tmp_path)
    await started(pair)
    try:
        body = document(tmp_path, 98)
        assert len(body) > 100_000_000
        async with patient(pair[0]) as large, pair[0].client() as small:
            posting = asyncio.create_task(large.post(body, {"message_id": "large@test"}))
            waits = []
            while not posting.done():
                began = asyncio.get_running_loop().time()
                assert (await small.post(sample("valid/ProcessingResult--rejected"), {})).status == 202
                waits.append(asyncio.get_running_loop().time() - began)
                await asyncio.sleep(0.05)
            assert (await posting).status == 202
        await delivered(pair[0], len(waits) + 1)
        peaks = [peak(service) for service in pair]
        assert len(waits) > 5
        assert max(peaks) < BASE + RESERVE, peaks
        assert min(peaks) > 300, "the control: a document of this size is not handled in nothing"
        assert sorted(waits)[len(waits) // 2] < 1
    finally:
        for service in pair:
            service.process.stop()


@pytest.mark.slow
async def test_an_attachment_of_200_mb_is_never_held(tmp_path: Path) -> None:
    """It costs neither gateway more than its buffers."""
    pair = make_pair(tmp_path)
    await started(pair)
    try:
        assert await post(pair[0], 100) == 202  # fills the database caches
        await delivered(pair[0], 1)
        before = [peak(service) for service in pair]
        assert await post(pair[0], 200) == 202
        await delivered(pair[0], 2)
        grown = [peak(service) - had for service, had in zip(pair, before, strict=True)]
        assert max(grown) < 60, grown
        assert query(pair[1], "SELECT max(size) FROM payloads") == [(200 * MB,)]
    finally:
        for service in pair:
            service.process.stop()


@pytest.mark.slow
async def test_eight_documents_of_20_mb_at_once_stay_under_the_bound(tmp_path: Path) -> None:
    """Each is taken, or told to come again; the control, without the reserve, goes over it."""
    bound, peaks = 400, []
    for reserve in ("320 MB", "8 GB"):
        folder = tmp_path / reserve.replace(" ", "")
        folder.mkdir()
        pair = make_pair(folder)
        settings = pair[0].folder / "gateway.toml"
        settings.write_text(settings.read_text().replace("[api]", f'[limits]\nmemory = "{reserve}"\n\n[api]', 1))
        pair[0].process.start()
        await pair[0].process.ready()
        try:
            idle, body = peak(pair[0]), document(folder, 20)
            async with patient(pair[0]) as client:
                replies = await asyncio.gather(*(client.post(body, {"message_id": f"{n}@test"}) for n in range(8)))
            assert {reply.status for reply in replies} <= {202, 503}
            assert 202 in {reply.status for reply in replies}
            taken = query(pair[0], "SELECT count(*) FROM messages")
            assert taken == [(sum(reply.status == 202 for reply in replies),)]
            peaks.append(peak(pair[0]) - idle - 8 * 22)  # the bodies while they are read
        finally:
            pair[0].process.stop()
    assert peaks[0] < bound, peaks
    assert peaks[1] > peaks[0], peaks


@pytest.mark.slow
async def test_a_kill_while_an_attachment_comes_leaves_nothing(tmp_path: Path) -> None:
    """What was staged is swept at the next start; the next attempt is taken and delivered."""
    pair = make_pair(tmp_path)
    await started(pair)
    try:
        cut = asyncio.create_task(post(pair[0], 40, stall_at=20))
        await eventually(lambda: query(pair[0], "SELECT count(*) > 40 FROM chunks") == [(1,)])
        pair[0].process.kill()
        await asyncio.gather(cut, return_exceptions=True)
        pair[0].process.start()
        await pair[0].process.ready()
        assert query(pair[0], "SELECT count(*) FROM bodies") == query(pair[0], "SELECT count(*) FROM chunks") == [(0,)]
        assert await post(pair[0], 40) == 202
        await delivered(pair[0], 1)
    finally:
        for service in pair:
            service.process.stop()


@pytest.mark.slow
async def test_a_kill_in_the_middle_of_a_send_is_one_message(tmp_path: Path) -> None:
    """The receiver keeps nothing of the half; the whole comes again when the lease ends, once."""
    pair = make_pair(tmp_path)
    await started(pair)
    try:
        assert await post(pair[0], 150) == 202
        await eventually(lambda: query(pair[1], "SELECT count(*) > 20 FROM chunks") == [(1,)])
        pair[0].process.kill()
        assert query(pair[1], "SELECT count(*) FROM messages") == [(0,)]
        pair[0].process.start()
        await pair[0].process.ready()
        await delivered(pair[0], 1)
        assert query(pair[1], "SELECT count(*), max(size) FROM messages m JOIN payloads p ON p.message = m.id") == [
            (2, 150 * MB)
        ]
    finally:
        for service in pair:
            service.process.stop()
