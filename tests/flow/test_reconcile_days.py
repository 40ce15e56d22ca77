"""Which days are compared when, and what becomes of a partner that does not answer as it should."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.evidence.reconciliation import (
    LIST,
    Account,
    signed_rows,
)
from gateway.flow.ports_days import DIFFERS, OPEN, RECONCILED
from gateway.flow.sending import Reply, SendError
from tests.flow.pairs import leaves
from tests.flow.reconciling import (
    BY,
    KZ,
    NORMAL,
    SECONDS_A_DAY,
    ask,
    exchange,
    forget,
    kept,
    other,
    rows,
    today,
    town,
)
from tests.town import Town, down, quiet

__all__ = ["town"]


async def test_a_day_is_compared_after_it_is_over(town: Town) -> None:
    """At the time of day that is set, once; the side with the greater origin would ask five minutes later."""
    await exchange(town, 1)
    day = today(town)
    town.clock.advance(SECONDS_A_DAY + 1800)
    for node in (town[KZ], town[BY]):
        await node.reconciler.round()
    assert (await kept(town[KZ], day)).state == OPEN
    town.clock.advance(1860)
    await town[KZ].reconciler.round()
    assert (await kept(town[KZ], day)).state == OPEN, "the other side asks first"
    await town[BY].reconciler.round()
    assert (await kept(town[KZ], day)).state == RECONCILED
    asked = len(town[BY].loopback.asked)
    town.clock.advance(300)
    for node in (town[BY], town[KZ]):
        await node.reconciler.round()
    assert len(town[BY].loopback.asked) == asked
    assert town[KZ].loopback.asked == []
    assert len(await leaves(town[KZ], "reconciled")) == 1


async def test_a_day_that_differs_is_compared_every_day_up_to_the_deadline(town: Town) -> None:
    """Then it stays as it is."""
    await exchange(town, 1, 2)
    day = today(town)
    await forget(town[KZ], "k2@town")
    town.clock.advance(SECONDS_A_DAY + 3660)
    asked = []
    for _ in range(8):
        before = len(town[BY].loopback.asked)
        await town[BY].reconciler.round()
        await town[BY].reconciler.round()
        asked.append(len(town[BY].loopback.asked) > before)
        town.clock.advance(SECONDS_A_DAY)
    assert (await kept(town[BY], day)).state == DIFFERS
    assert len(await leaves(town[BY], "differs")) == 1
    assert len(await town[BY].store.days_with(KZ, day, 10)) == 1
    assert all(asked), "the days between are reconciled, though nothing was exchanged"
    assert (await kept(town[BY], day)).tried_at < town.clock.time - 3 * SECONDS_A_DAY * 1_000_000


async def test_a_day_signed_already_is_signed_again_where_a_late_message_has_come(town: Town) -> None:
    """Its receipt came after the first comparison."""
    await exchange(town, 1)
    day = today(town)
    town[KZ].loopback.fault = down("party:BY.GTK", code=ErrorCode.TIMED_OUT)
    await town[KZ].post(NORMAL, "late@town", to=(BY,))
    await town[KZ].deliver()
    town[KZ].loopback.fault = lambda _: None
    town.clock.advance(SECONDS_A_DAY + 3660)
    await town[BY].reconciler.round()
    await quiet(town)
    town.clock.advance(SECONDS_A_DAY)
    await town[BY].reconciler.round()
    await town[BY].reconciler.round()
    assert [leaf["day"] for leaf in await leaves(town[KZ], "reconciled")] == [
        day.isoformat(),
        day.isoformat(),
        (day + timedelta(days=1)).isoformat(),
    ]


async def test_a_partner_that_does_not_answer_is_asked_again_later(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in every round."""
    await exchange(town, 1)
    day, by = today(town), town[BY]
    town.clock.advance(SECONDS_A_DAY + 3660)
    by.loopback.fault = down("log:KZ.KGD")
    for _ in range(3):
        await by.reconciler.round()
    assert len([record for record in caplog.records if "could not be reconciled" in record.getMessage()]) == 1
    by.loopback.fault = lambda _: None
    town.clock.advance(61)
    await by.reconciler.round()
    assert (await kept(by, day)).state == RECONCILED


async def test_an_answer_that_is_none_changes_nothing(town: Town) -> None:
    """Another status, another text, another key: SendError, and the day stays open."""
    await exchange(town, 1)
    kz, day = town[KZ], today(town)
    answers = [
        Reply(503, b""),
        Reply(200, b"nonsense"),
        Reply(409, b"nonsense"),
        Reply(200, kz.settings.register.notary.signed("another text\n").bytes()),
    ]

    class Wrong:
        async def ask(self, *_: Any) -> Reply:
            return answers.pop()

    kz.reconciler._asker = Wrong()
    while answers:
        with pytest.raises(SendError):
            await ask(kz, day)
    assert (await kept(kz, day)).state == OPEN


async def test_a_partner_that_has_the_same_list_and_signs_nothing_leaves_the_day_open(town: Town) -> None:
    """As where messages came while it was compared: nothing differs that could be named."""
    await exchange(town, 1)
    kz, day = town[KZ], today(town)
    real = kz.reconciler._asker

    class Stubborn:
        async def ask(self, target: str, path: str, content: bytes, most: int) -> Reply:
            if not content.startswith(LIST.encode()):
                own = signed_rows(
                    LIST,
                    Account("kz.kgd.gateway/log", "by.gtk.gateway/log", day),
                    (),
                    kz.settings.register.notary.signer,
                )
                return replace(await real.ask(target, path, own, most), status=409)
            return await real.ask(target, path, content, most)

    kz.reconciler._asker = Stubborn()  # type: ignore[assignment]
    found = await ask(kz, day)
    assert (found.state, rows(kz, found)) == (OPEN, ())
    assert await leaves(kz, "differs") == []


async def test_an_account_that_is_none_is_refused(town: Town) -> None:
    """400 for what is not between the two, not over, not signed by the partner; 403 where it has no log."""
    await exchange(town, 1)
    by, kz = town[BY], town[KZ]
    party, notary = other(by).party, kz.settings.register.notary
    head = "by.gtk.gateway/log\nkz.kgd.gateway/log"
    tomorrow = today(town) + timedelta(days=1)
    account = Account("kz.kgd.gateway/log", "by.gtk.gateway/log", today(town))
    for content in (
        b"nonsense",
        notary.signed(f"reconciliation/v1\n{head}\n{tomorrow}\n").bytes(),
        by.settings.register.notary.signed(f"reconciliation/v1\n{head}\n{today(town)}\n").bytes(),
        signed_rows(LIST, account, (), by.settings.register.notary.signer),
    ):
        assert (await by.reconciler.answer(party, content)).status == 400
    assert (await by.reconciler.answer(replace(party, log=None), b"")).status == 403
    assert (await kept(by, today(town))).state == OPEN


async def test_comparing_goes_on_after_a_fault(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of the store is waited out."""
    monkeypatch.setattr("gateway.flow.reconcile.POLL", 0.001)
    calls = list[int]()

    async def first() -> dict[str, int]:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("disk")
        return {}

    reconciler = town[KZ].reconciler
    reconciler._store.first_days = first  # type: ignore[assignment,method-assign]
    with caplog.at_level(logging.ERROR):
        task = asyncio.create_task(reconciler.run())
        while len(calls) < 3:
            await asyncio.sleep(0.001)
        task.cancel()
    assert "tried again" in caplog.text
