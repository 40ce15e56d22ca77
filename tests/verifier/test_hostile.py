"""Whatever stands in a file, a check ends in order: without a traceback, in little memory, in little time."""

import contextlib
import gzip
import io
import random
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.evidence import container
from gateway.core.evidence.checks.run import check_dispute
from gateway.core.evidence.container import Container, measured, whole
from gateway.core.evidence.facts import MessageFacts
from gateway.core.evidence.finding import Report, Result, Step
from gateway.core.evidence.trust import Misread, Trust
from tests.cli.command import gateway
from tests.core.evidence.checking import checked, faults, logged
from tests.core.evidence.filing import events, filed, folder, written

GOOD = written(filed())
LOG = folder(events(3), [2, 3])
PIECES = [
    b"",
    b"\x00",
    b"\xff\xfe",
    b"[" * 5000,
    b'{"a":' * 5000,
    b"9" * 5000,
    b"<a>" * 200,
    b"\xe2\x80\x94 a b",
    b"\n\n",
    b"<!DOCTYPE a>",
]


def mutated(content: bytes, seed: int) -> bytes:
    """The bytes with a few accidents: changed, cut out, doubled, something put in."""
    dice, made = random.Random(seed), bytearray(content)  # noqa: S311 - accidents
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(made) + 1)
        end = min(len(made), at + dice.choice([0, 1, 4, 100]))
        made[at:end] = dice.choice([bytes(made[at:end]) * 2, dice.randbytes(end - at), dice.choice(PIECES)])
    return bytes(made)


@given(st.integers(0, 2**32))
def test_accidents_of_the_file_end_in_faults(seed: int) -> None:
    """Of a bundle, a trust file, a dispute."""
    changed = mutated(GOOD, seed)
    assert changed == GOOD or checked(changed).result is Result.FAULTS
    check_dispute(mutated(b"dispute/v1\n" + LOG["checkpoint"] + b"\n" + LOG["checkpoint"], seed), Trust(), Report())


@given(st.integers(0, 2**32))
def test_accidents_inside_end_in_order(seed: int) -> None:
    """Of one member of a bundle whose index is signed over what it has become, or of one file of a log."""
    name = sorted(filed())[seed % len(filed())]
    checked(written({**filed(), name: mutated(filed()[name], seed)}))
    name = sorted(LOG)[seed % len(LOG)]
    logged({**{key: content for key, content in LOG.items() if key != "index"}, name: mutated(LOG[name], seed)})


@given(st.text(max_size=200))
def test_any_text_is_a_trust_file_or_is_told_to_be_none(text: str) -> None:
    """In one way."""
    with contextlib.suppress(Misread):
        Trust.of(text)


def bomb(size: int) -> dict[str, bytes]:
    """A bundle with a part that unpacks to a hundred thousand times what is stated."""
    packed = gzip.compress(bytes(size))
    facts = MessageFacts.of(filed()["messages/1/facts.json"])
    row = replace(facts.parts[0], packed_digest=sha256(packed).hexdigest())
    facts = replace(facts, parts=(row, *facts.parts[1:]))
    return {**filed(), "messages/1/parts/1": packed, "messages/1/facts.json": facts.content()}


def another_zip() -> bytes:
    """Compressed, of one member that is large and one whose name leads out of the folder."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index", bytes(100_000_000))
        archive.writestr("../../etc/passwd", b"")
    return target.getvalue()


def twice() -> bytes:
    """One name twice, with two contents."""
    target = io.BytesIO()
    rows = [("index", b"1"), ("keys", b"2"), ("keys", b"3")]
    container.write(target, [(name, measured(whole(content)), whole(content)) for name, content in rows])
    return target.getvalue()


def huge() -> bytes:
    """A member that is said to be larger than any disk."""
    extra = struct.pack("<2H2Q", 1, 16, 1 << 62, 1 << 62)
    head = container.LOCAL.pack(b"PK\x03\x04", 45, 0, 0, 0, 33, 0, 0xFFFFFFFF, 0xFFFFFFFF, 5, len(extra))
    return (
        head
        + b"index"
        + extra
        + container.END64.pack(b"PK\x06\x06", 44, 0, 0, 0, 0, 1, 1, 1 << 63, 1 << 63)
        + bytes(20 + 22)
    )


def wide() -> bytes:
    """An end that says that the listing stands beyond any file."""
    return (
        bytes(100)
        + container.END64.pack(b"PK\x06\x06", 44, 0, 0, 0, 0, 1, 1, 2**64 - 1, 2**64 - 1)
        + bytes(20)
        + container.END.pack(b"PK\x05\x06", 0, 0, 1, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    )


def strangely_named() -> bytes:
    """Members that stand where others are looked for, under names that nobody writes."""
    target = io.BytesIO()
    names = [name.replace("covered/1", "covered/" + "9" * 150).replace("covered/2", "covered/x") for name in filed()]
    rows = dict(zip([*names, *filed()], [*filed().values()] * 2, strict=True))
    container.write(
        target, [(name, measured(whole(content)), whole(content)) for name, content in sorted(rows.items())]
    )
    return target.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a part that is a bomb": lambda: written(bomb(50_000_000)),
    "another ZIP": another_zip,
    "a name twice": twice,
    "a member beyond any disk": huge,
    "a listing beyond the file": wide,
    "deep JSON": lambda: written({**filed(), "leaves/0.json": b"[" * 900_000}),
    "deep XML": lambda: written({**filed(), "messages/1/envelope.xml": b"<a>" * 900_000}),
    "numbers without end": lambda: written({**filed(), "leaves/0.json": b'{"at":' + b"9" * 900_000 + b"}"}),
    "a note without end": lambda: written({**filed(), "checkpoints/2": b"\n" * 900_000}),
    "names that are no numbers": strangely_named,
    "not UTF-8": lambda: written({**filed(), "keys": b"\xff" * 1000, "checkpoints/2": b"\xff\n\n\xff\n"}),
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_take_little_and_end_in_faults(tmp_path: Path, name: str) -> None:
    """Whatever they would grow to."""
    path = tmp_path / "hostile"
    path.write_bytes(HOSTILE[name]())
    tracemalloc.start()
    began = time.process_time()
    try:
        ended = gateway("verify", path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert ended.code == 1
    assert "unforeseen" not in ended.out
    assert most < 40_000_000
    assert time.process_time() - began < 10


def test_names_that_lead_elsewhere_are_nothing_but_names() -> None:
    """Nothing is ever written, and no file is opened by a member's name."""
    target = io.BytesIO()
    rows = [("index", b"1"), ("../../etc/passwd", b""), ("\x1b[2J", b"")]
    container.write(target, [(name, measured(whole(content)), whole(content)) for name, content in rows])
    assert Container.of(target).misfits == ()
    assert Step.CONTAINER in {step for step, _ in faults(checked(target.getvalue()))}
