"""A verifier believes stamps of trusted authorities, and names every other."""

from dataclasses import replace

import pytest

from gateway.core.evidence import stamp
from gateway.core.evidence.checks import stamps
from gateway.core.evidence.finding import Result, State, Step
from gateway.core.evidence.note import Note
from gateway.core.evidence.stamp import Unchecked, question
from gateway.core.evidence.trust import Trust
from gateway.core.names import SECOND
from gateway.core.tree import leaf_hash
from tests.core.evidence.checking import checked, faults, logged, texts
from tests.core.evidence.filing import AT, TRUST, File, checkpoint, events, filed, folder, written
from tests.core.evidence.signing import LOG
from tests.stamps.authority import Authority

NAME = "stamps/5-1.tsr"


def stamped(authority: Authority) -> dict[str, bytes]:
    """The bundle with a stamp of its largest checkpoint, as the log alone signed it."""
    note = Note.parse(filed()["checkpoints/5"]).by(LOG.verifier).bytes()
    return {**filed(), NAME: authority.answer(question(note, 7))}


def trusting(authority: Authority) -> Trust:
    """The reader who trusts that authority."""
    return replace(TRUST, authorities=(authority.pem.read_text(),))


def test_a_stamp_proves_when_the_log_was_so(authority: Authority, stranger: Authority) -> None:
    """To those who trust the authority; for others it is skipped, or by nobody they know."""
    content = written(stamped(authority))
    verdict = checked(content, trusting(authority))
    assert (verdict.result, verdict.steps()[Step.STAMPS]) == (Result.VERIFIED, State.OK)
    assert any(each.startswith("the log of 5 entries existed on ") for each in texts(verdict, State.PROVEN))
    assert checked(content).result is Result.PARTLY
    other = checked(content, trusting(stranger))
    assert (other.result, faults(other)) == (Result.PARTLY, [])


def test_a_stamp_of_something_else_is_a_fault(authority: Authority) -> None:
    """Of another checkpoint, of one that is not there, or none at all."""
    content = stamped(authority)[NAME]
    for name, put in (("stamps/2-1.tsr", content), ("stamps/3-1.tsr", content), (NAME, b""), (NAME, content[:-9])):
        assert faults(checked(written({**filed(), name: put}), trusting(authority))) == [(Step.STAMPS, name)]


def test_an_entry_that_tells_a_time_after_it_was_stamped_is_a_fault(authority: Authority) -> None:
    """In a bundle and in a whole log, whatever the witnesses say; the control is the same entries in their time."""
    late = 30_000_000_000  # seconds since 1970: the year 2920
    changed = [each.replace(b'"at":17', b'"at":299') for each in events(2)]
    for leaves, seconds, found in ((events(2), AT // SECOND, 0), (changed, late, 2)):
        head = checkpoint(tuple(map(leaf_hash, leaves)), seconds)
        stamp = authority.answer(question(Note.parse(head).by(LOG.verifier).bytes(), 7))
        more = {"checkpoints/2": head, "stamps/2-1.tsr": stamp}
        told = checked(written({**File(leaves).bundle(), **more}), trusting(authority))
        assert faults(told) == [(Step.LEAVES, f"leaves/{number}.json") for number in range(found)]
        files = {**folder(leaves, [2]), **more, "checkpoint": head}
        del files["index"]
        assert faults(logged(files, trusting(authority))) == [(Step.LEAVES, "entry 1")] * bool(found)


def test_every_changed_byte_of_a_stamp_is_found(authority: Authority) -> None:
    """By the index, which lists it; the check of the stamp itself has laws of its own."""
    members = stamped(authority)
    content = written(members)
    at = content.index(members[NAME])
    changed = content[: at + 9] + bytes([content[at + 9] ^ 1]) + content[at + 10 :]
    assert (Step.INDEX, NAME) in faults(checked(changed, trusting(authority)))


def test_without_the_library_stamps_are_skipped(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name: the whole is partly verified."""

    def missing(*_: object) -> stamp.Stamp:
        raise Unchecked

    monkeypatch.setattr(stamps, "check", missing)
    verdict = checked(written(stamped(authority)), trusting(authority))
    assert verdict.result is Result.PARTLY
    assert [(each.step, each.where) for each in verdict.of(State.SKIPPED)] == [(Step.STAMPS, NAME)]
