"""The end of a whole log counts only as far as witnesses have seen it: the rest could be made anew with the log's key."""

from gateway.core.evidence.finding import State, Step
from gateway.core.evidence.note import Note
from tests.core.evidence.checking import faults, logged, texts
from tests.core.evidence.filing import events
from tests.core.evidence.filing import folder as log_folder
from tests.core.evidence.signing import LOG


def uncosigned(size: int) -> dict[str, bytes]:
    """A log of 300 entries whose last checkpoints, from that size on, no witness has cosigned."""
    folder = log_folder(events(300), [1, 256, 300])
    folder.pop("index", None)
    for name in ("checkpoint", *(f"checkpoints/{each}" for each in (1, 256, 300) if each >= size)):
        folder[name] = Note.parse(folder[name]).by(LOG.verifier).bytes()
    return folder


def test_entries_that_no_witness_saw_are_a_fault() -> None:
    """They are named; the control is the same log, cosigned to its end."""
    whole = log_folder(events(300), [1, 256, 300])
    whole.pop("index", None)

    found = logged(uncosigned(300))

    assert faults(found) == [(Step.COSIGNATURES, "checkpoint")]
    (told,) = texts(found, State.FAULT)
    assert told.startswith("entries 256 to 299 are in no tree that enough trusted cosigners have seen: ")
    assert faults(logged(whole)) == []


def test_log_that_no_witness_saw_at_all_is_one_fault() -> None:
    """Not two for the same thing."""
    assert faults(logged(uncosigned(1))) == [(Step.COSIGNATURES, "checkpoints")]
