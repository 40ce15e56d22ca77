"""What entries tell of their time is held against when others had seen them."""

from gateway.core.evidence.finding import Result, State, Step
from gateway.core.evidence.note import Note
from gateway.core.names import SECOND
from gateway.core.tree import leaf_hash
from tests.core.evidence.checking import checked, faults, texts
from tests.core.evidence.filing import AT, File, checkpoint, cosigned, events, written
from tests.core.evidence.signing import LOG


def test_an_entry_that_tells_a_time_after_it_was_seen_is_a_fault() -> None:
    """A clock may be an hour off, not two."""
    seconds = AT // SECOND - 7200
    file = File(events(2))
    members = file.bundle() | {"checkpoints/2": cosigned(LOG.note(_text(file)), seconds).bytes()}
    assert faults(checked(written(members))) == [(Step.LEAVES, f"leaves/{n}.json") for n in (0, 1)]


def test_an_entry_with_a_much_earlier_time_than_one_before_proves_nothing_about_it() -> None:
    """Clocks are put back; so it is said, and is no fault."""
    file = File(list(reversed(events(2))))
    file.leaves[0] = file.leaves[0].replace(str(AT + 1).encode(), str(AT + 7_200_000_000).encode())
    late = AT // SECOND + 7200
    verdict = checked(written(file.bundle() | {"checkpoints/2": cosigned(LOG.note(_text(file)), late).bytes()}))
    assert verdict.result is Result.VERIFIED
    assert any(each.startswith("when entry 1 happened") for each in texts(verdict, State.UNPROVEN))


def _text(file: File) -> str:
    hashes = tuple(map(leaf_hash, file.leaves))
    return Note.parse(checkpoint(hashes)).text
