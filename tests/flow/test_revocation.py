"""Asking about revocation goes on whatever is answered."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.names import Micros
from gateway.core.wss.revocation import Crl, Source
from gateway.flow.revocation import Revocations
from gateway.flow.sending import SendError
from tests.core.wss.pki import CA, NOW, crl, issue
from tests.house import eventually

ROOT = issue("root", None, CA)
SOURCE = Source("http://crl.example/root.crl", (ROOT.certificate,))


class Still:
    """A clock."""

    def now(self) -> Micros:
        """Always the same."""
        return NOW


def asking(*answers: bytes | Exception, sources: tuple[Source, ...] = (SOURCE,)) -> tuple[Revocations, Any, list[str]]:
    """What asks, the register that it asks for, what was asked; the last answer is given again and again."""
    left, asked = list(answers), list[str]()

    async def fetch(url: str, _question: bytes) -> bytes:
        asked.append(url)
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    register: Any = SimpleNamespace(parties={"BY": SimpleNamespace(messages=SimpleNamespace(sources=sources))})
    return Revocations(lambda: register, fetch, Still()), register, asked  # type: ignore[arg-type]


def said(found: Revocations) -> list[Any]:
    """What is known."""
    return list(found._said.values())


async def test_what_was_said_last_is_kept_when_nobody_answers(caplog: pytest.LogCaptureFixture) -> None:
    """A failure is in the program's log with the place; what is out of date is nobody's proof anyway."""
    found, _, _ = asking(crl(ROOT), SendError(ErrorCode.UNREACHABLE), b"garbage")
    for _ in range(3):
        await found.refresh()
        assert [type(each) for each in said(found)] == [Crl]
    assert caplog.text.count("http://crl.example/root.crl is of no use") == 2


async def test_an_older_list_does_not_undo_a_newer_one() -> None:
    """Lists travel over http: whoever sits between may play an old one."""
    leaf = issue("leaf", ROOT).certificate
    old, new = crl(ROOT, days=(-3, 3)), crl(ROOT, [leaf], days=(-1, 1))
    found, _, _ = asking(old, new, old)
    revoked = []
    for _ in range(3):
        await found.refresh()
        (known,) = said(found)
        revoked.append(leaf.serial_number in known.revoked)
    assert revoked == [False, True, True]


async def test_a_source_that_no_party_names_any_more_is_forgotten() -> None:
    """With its party or its file."""
    found, register, _ = asking(crl(ROOT))
    await found.refresh()
    register.parties.clear()
    await found.refresh()
    assert said(found) == []


async def test_one_source_never_hinders_another(caplog: pytest.LogCaptureFixture) -> None:
    """What breaks on one answer is logged; the others are heard in the same round."""
    other = Source("http://other.example/root.crl", (ROOT.certificate,))
    found, _, _ = asking(ZeroDivisionError(), crl(ROOT), sources=(SOURCE, other))
    await found.refresh()
    assert len(said(found)) == 1
    assert "broke what asked it" in caplog.text


async def test_asking_goes_on_after_a_bug_and_at_once_when_woken(caplog: pytest.LogCaptureFixture) -> None:
    """A round that breaks is logged; the next one comes in its time, or when parties have changed."""
    found, _, asked = asking(crl(ROOT))
    rounds: list[int] = []

    def publish() -> None:
        rounds.append(len(asked))
        if len(rounds) == 1:
            raise ZeroDivisionError

    task = asyncio.create_task(found.run(0.01, publish))
    await eventually(lambda: len(rounds) > 1)
    task.cancel()
    assert "asking about revocation failed" in caplog.text

    slow, _, asked_slowly = asking(crl(ROOT))
    task = asyncio.create_task(slow.run(3600, lambda: None))
    await eventually(lambda: len(asked_slowly) == 1 and said(slow))
    slow.wake()
    await eventually(lambda: len(asked_slowly) == 2)
    task.cancel()
