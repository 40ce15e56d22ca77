"""Large attachments that are signed and encrypted: never held, killed on both sides, the same ciphertext on every attempt."""

import asyncio
from pathlib import Path

import pytest

from gateway.cli import keys
from gateway.cli.demo_pair import Service, make_pair
from gateway.cli.keys import Kind, Owner
from tests.e2e.test_large import MB, delivered, peak, post, query, started
from tests.e2e.wire import KEPT, Exchange, Wire
from tests.house import House, eventually

PART_OF = "SELECT count(*) > 20 FROM chunks"  # staged when the receiver, or the sender, is killed
HALT = 20 * MB


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Service, Service]:
    """Two services that sign and encrypt, with RSA keys."""
    monkeypatch.setattr(keys, "RSA_BITS", 2048)
    found = make_pair(tmp_path)
    for service in found:
        (made,) = keys.messaging(Owner(service.party, "KZ", "Customs"), Kind.RSA)
        (service.folder / "keys" / "as4.key").write_bytes(made.key)
        for each in found:
            (each.folder / "parties" / f"{service.party}.as4.pem").write_bytes(made.certificate)
    for service, other in (found, found[::-1]):
        path = service.folder / "parties" / f"{other.party}.toml"
        path.write_text(f'{path.read_text()}\n[pmode]\nprofile = "edelivery-1.15"\n')
    return found


def house(service: Service) -> House:
    """The service as the wire knows it."""
    return House(service.party, service.folder, service.token, service.process.url)


@pytest.mark.slow
async def test_an_encrypted_attachment_of_200_mb_is_never_held(pair: tuple[Service, Service]) -> None:
    """Both ways at once it costs neither gateway more than its buffers."""
    await started(pair)
    try:
        assert await asyncio.gather(*(post(service, 100) for service in pair)) == [
            202,
            202,
        ]  # fills the database caches
        await asyncio.gather(*(delivered(service, 1) for service in pair))
        before = [peak(service) for service in pair]
        assert await asyncio.gather(*(post(service, 200) for service in pair)) == [202, 202]
        await asyncio.gather(*(delivered(service, 2) for service in pair))
        grown = [peak(service) - had for service, had in zip(pair, before, strict=True)]
        assert max(grown) < 60, grown
        for service in pair:
            rows = query(
                service, "SELECT size, count(*) FROM payloads WHERE size > 1000000 GROUP BY size ORDER BY size"
            )
            assert rows == [(100 * MB, 2), (200 * MB, 2)], "one sent, one got"
            assert query(service, "SELECT count(*) FROM deliveries WHERE content_key = x''") == [(0,)]
    finally:
        for service in pair:
            service.process.stop()


@pytest.mark.slow
async def test_kills_and_a_lost_receipt_repeat_the_same_ciphertext(pair: tuple[Service, Service]) -> None:
    """The sender is killed while it sends, the receiver while it stages, a receipt is lost: the same bytes, one message."""
    kz, by = pair
    settings = kz.folder / "gateway.toml"
    settings.write_text(f'{settings.read_text()}\n[delivery]\nlongest_retry = "1 second"\nlongest_probe = "1 second"\n')
    async with Wire(house(kz), house(by), halt=HALT).open() as wire:
        await started(pair)
        try:
            assert await post(kz, 60) == 202
            for attempt, killed in ((1, kz), (2, by)):
                await eventually(lambda attempt=attempt: halted(wire, attempt))
                await eventually(lambda: query(by, PART_OF) == [(1,)])
                assert query(by, "SELECT count(*) FROM messages") == [(0,)]
                killed.process.kill()
                wire.halt, wire.lossy = HALT * (attempt == 1), attempt == 2
                killed.process.start()
            await eventually(lambda: query(by, "SELECT count(*) FROM messages") == [(1,)])
            # Committed is not yet answered: the receipt is lost once the next attempt has begun.
            arrived = len(wire.exchanges)
            await eventually(lambda: len(wire.exchanges) > arrived)
            wire.lossy = False
            await delivered(kz, 1)
            require_same(wire.exchanges)
            assert query(by, "SELECT max(size), count(*) FROM payloads WHERE size > 1000000") == [(60 * MB, 1)]
            await eventually(lambda: query(by, "SELECT count(DISTINCT body) FROM chunks") == [(1,)])
            assert query(by, "SELECT count(*) > 0 FROM log_entries WHERE kind = 'duplicate'") == [(1,)]
            assert query(kz, "SELECT count(*) FROM log_entries WHERE kind = 'resecured'") == [(0,)]
        finally:
            for service in pair:
                service.process.stop()


def halted(wire: Wire, attempt: int) -> bool:
    """Whether a part of that attempt's request has passed."""
    return len(wire.exchanges) == attempt and wire.exchanges[-1].request.size > HALT


def require_same(attempts: list[Exchange]) -> None:
    """Whole requests are equal, those that were cut short begin alike: content key and IVs are kept with the message."""
    whole = {row.request.digest for row in attempts if row.request.digest}
    cut = [row.request for row in attempts if not row.request.digest]
    assert len(whole) == 1
    assert len(attempts) - len(cut) > 1
    assert len([row for row in cut if len(row.first) > 3 * MB]) > 1
    first = attempts[-1].request.first[:KEPT]
    assert all(first.startswith(row.first[:KEPT]) for row in cut)
