"""A verifier finds whatever is wrong with the folder of a whole log."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.evidence import bundle
from gateway.core.evidence.bundle import Kind, Subject
from gateway.core.evidence.checks.run import check_dispute
from gateway.core.evidence.container import measured, whole
from gateway.core.evidence.dispute import Dispute
from gateway.core.evidence.finding import Report, Result, State, Step, Verdict
from gateway.core.evidence.note import Note
from gateway.core.names import SECOND
from gateway.core.tree import leaf_hash
from tests.core.evidence import naive
from tests.core.evidence.checking import faults, logged, texts
from tests.core.evidence.filing import AT, TRUST, checkpoint, cosigned, events, folder
from tests.core.evidence.signing import LOG

Files = dict[str, bytes]
COUNT = 300
EVENTS = events(COUNT)
HASHES = tuple(map(leaf_hash, EVENTS))
FIRST, LAST = "leaves/000.jsonl", "leaves/001.jsonl"


def made() -> Files:
    """A log of 300 entries, without an index: everything must hold by itself."""
    return {name: content for name, content in folder(EVENTS, [1, 256, COUNT]).items() if name != "index"}


def indexed(files: Mapping[str, bytes], kind: Kind = Kind.LOG) -> Files:
    """With an index over these files."""
    known = {name: measured(whole(content)) for name, content in files.items()}
    return {**files, "index": bundle.indexed(known, Subject(kind, "300"), AT, LOG)}


def test_a_log_as_it_was_made_is_verified() -> None:
    """With an index; without one a step is skipped. One without entries, too."""
    assert logged(indexed(made())).result is Result.VERIFIED
    verdict = logged(made())
    assert verdict.result is Result.PARTLY
    assert any("these 300 entries and no others" in each for each in texts(verdict, State.PROVEN))


def test_an_empty_log_is_verified() -> None:
    """It has a checkpoint, and nothing else."""
    files = {name: content for name, content in folder([], [0]).items() if name != "index"}
    assert faults(logged(files)) == []


def test_every_changed_byte_of_a_small_log_is_found_where_it_is() -> None:
    """By the index; and even without one, unless it is in what only names keys: then it proves less, and that is said."""
    files = folder(events(2), [2])
    loose = {name: content for name, content in files.items() if name != "index"}
    untouched = told(logged(loose))
    for name, content in loose.items():
        for at in range(len(content)):
            changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
            assert name in {where for _, where in faults(logged({**files, name: changed}))}, (name, at)
            assert name == "keys" or told(logged({**loose, name: changed})) != untouched, (name, at)


def told(verdict: Verdict) -> list[tuple[State, str, str]]:
    """All that is found."""
    return [(each.state, each.where, each.text) for each in verdict.findings if each.state is not State.OK]


def put(name: str, content: bytes) -> Callable[[Files], Files]:
    """With that content."""
    return lambda files: {**files, name: content}


def drop(name: str) -> Callable[[Files], Files]:
    """Without that file."""
    return lambda files: {key: content for key, content in files.items() if key != name}


def swap(name: str, old: bytes, new: bytes) -> Callable[[Files], Files]:
    """With another text in it."""
    return lambda files: {**files, name: files[name].replace(old, new)}


NEXT = f'"at":{AT + 1}'
BROKEN: list[tuple[Callable[[Files], Files], Step, str]] = [
    (put("notes.txt", b""), Step.CONTAINER, "notes.txt"),
    (drop("checkpoint"), Step.CHECKPOINTS, "checkpoint"),
    (put("checkpoint", made()["checkpoints/256"]), Step.CHECKPOINTS, "checkpoint"),
    (drop(f"checkpoints/{COUNT}"), Step.CHECKPOINTS, "checkpoint"),
    (lambda files: {k: v for k, v in files.items() if not k.startswith("checkpoint")}, Step.CHECKPOINTS, "checkpoints"),
    (put("checkpoints/256", checkpoint(naive.many(256))), Step.CONSISTENCY, "checkpoints/256"),
    (drop(FIRST), Step.LEAVES, FIRST),
    (drop(LAST), Step.LEAVES, LAST),
    (put("leaves/002.jsonl", b""), Step.LEAVES, "leaves/002.jsonl"),
    (swap(LAST, b"\n", b"\n\n"), Step.LEAVES, LAST),
    (put(LAST, made()[LAST][:-1]), Step.LEAVES, LAST),
    (put(LAST, b"\n".join(made()[LAST].split(b"\n")[1:])), Step.LEAVES, LAST),
    (swap(FIRST, NEXT.encode(), b'"at":1'), Step.LEAVES, "tile/0/000"),
    (swap(FIRST, NEXT.encode(), b'"at":1'), Step.CONSISTENCY, "checkpoints/256"),
    (swap(FIRST, NEXT.encode(), b'"at":"1"'), Step.LEAVES, "entry 1"),
    (drop("tile/1/000.p/1"), Step.LEAVES, "tile/1/000.p/1"),
    (put("tile/1/000.p/1", bytes(32)), Step.LEAVES, "tile/1/000.p/1"),
    (put("tile/0/001.p/45", bytes(32 * 45)), Step.LEAVES, "tile/0/001.p/45"),
    (put("tile/2/000.p/1", bytes(32)), Step.LEAVES, "tile/2/000.p/1"),
    (put("tile/0/000.p/9", bytes(32 * 9)), Step.LEAVES, "tile/0/000.p/9"),
    (put("tile/9/000", b""), Step.LEAVES, "tile/9/000"),
]


@pytest.mark.parametrize(("change", "step", "where"), BROKEN)
def test_what_is_wrong_is_found_where_it_is(change: Callable[[Files], Files], step: Step, where: str) -> None:
    """By itself, whatever an index says."""
    assert (step, where) in faults(logged(change(made())))


def test_narrower_tiles_from_before_may_be_kept() -> None:
    """They are compared, too."""
    verdict = logged({**made(), "tile/0/000.p/9": rows_of(9)})
    assert faults(verdict) == []


def rows_of(count: int) -> bytes:
    """The first leaf hashes."""
    return b"".join(HASHES[:count])


@pytest.mark.parametrize("at", range(0, COUNT, 37))
def test_an_entry_that_is_taken_out_or_put_in_is_found(at: int) -> None:
    """Wherever it is: the roots are others."""
    for leaves in ([*EVENTS[:at], *EVENTS[at + 1 :], EVENTS[0]], [*EVENTS[:at], EVENTS[0], *EVENTS[at:-1]]):
        if leaves != EVENTS:
            forged = {
                name: content
                for name, content in folder(leaves, [COUNT]).items()
                if name.startswith(("leaves", "tile"))
            }
            assert (Step.CONSISTENCY, f"checkpoints/{COUNT}") in faults(logged({**made(), **forged}))


def test_entries_that_too_few_have_seen_are_told() -> None:
    """A log that was shown to others up to some entry can be another behind it."""
    files = made()
    for name in ("checkpoint", f"checkpoints/{COUNT}"):
        files[name] = Note.parse(files[name]).by(LOG.verifier).bytes()
    assert faults(logged(files)) == [(Step.COSIGNATURES, "checkpoint")]


def test_an_entry_that_tells_a_time_after_it_was_seen_is_a_fault() -> None:
    """An hour is nothing, two are."""
    files = made()
    note = cosigned(LOG.note(Note.parse(files["checkpoints/256"]).text), AT // SECOND - 7200).bytes()
    assert (Step.LEAVES, "entry 255") in faults(logged({**files, "checkpoints/256": note}))


def test_the_index_of_a_bundle_is_not_that_of_a_log() -> None:
    """Whatever it lists."""
    files = {"keys": made()["keys"]}
    assert (Step.INDEX, "index") in faults(logged(indexed(files, Kind.ARCHIVE)))
    assert (Step.INDEX, "index") in faults(logged(indexed(made()) | {"index": b"none"}))


@pytest.mark.parametrize("number", [0, 1])
def test_a_cosignature_that_does_not_hold_is_a_fault(number: int) -> None:
    """Of anybody who is known."""
    note = Note.parse(made()["checkpoints/1"])
    own, *others = note.signatures
    others[number] = replace(others[number], blob=bytes(72))
    content = replace(note, signatures=(own, *others)).bytes()
    assert (Step.COSIGNATURES, "checkpoints/1") in faults(logged({**made(), "checkpoints/1": content}))


SMALL, LARGE, FORKED = (
    Note.parse(checkpoint(each)).by(LOG.verifier).bytes() for each in (HASHES[:3], HASHES[:7], naive.many(3))
)
JOINED = Dispute(FORKED, LARGE, naive.root(HASHES[:3]), naive.consistency(3, HASHES[:7]))


@pytest.mark.parametrize(
    ("content", "trust", "result"),
    [
        (Dispute(SMALL, FORKED).bytes(), TRUST, Result.VERIFIED),
        (JOINED.bytes(), TRUST, Result.VERIFIED),
        (JOINED.bytes(), None, Result.PARTLY),
        (Dispute(SMALL, SMALL).bytes(), TRUST, Result.FAULTS),
        (replace(JOINED, first=SMALL).bytes(), TRUST, Result.FAULTS),
        (Dispute(SMALL, FORKED).bytes(), replace(TRUST, logs=()), Result.FAULTS),
        (b"dispute/v1\n", TRUST, Result.FAULTS),
    ],
)
def test_a_dispute_proves_what_its_notes_prove(content: bytes, trust: Any, result: Result) -> None:
    """Two roots of one size, or a tree that the later one does not continue; by a key that is trusted."""
    report = Report()
    check_dispute(content, trust, report)
    assert report.verdict().result is result
    assert bool(texts(report.verdict(), State.PROVEN)) is (result is Result.VERIFIED)


@pytest.mark.parametrize("dispute", [Dispute(SMALL, FORKED), JOINED])
def test_every_changed_byte_of_a_dispute_is_found(dispute: Dispute) -> None:
    """A proof of fraud holds to the last byte, or not at all."""
    content = dispute.bytes()
    for at in range(len(content)):
        report = Report()
        check_dispute(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :], TRUST, report)
        assert report.verdict().result is Result.FAULTS, at
