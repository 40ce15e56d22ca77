"""Two checkpoints that cannot both be true: what they prove to whom, and that nothing else proves anything."""

from dataclasses import replace

import pytest

from gateway.core.evidence.dispute import LARGEST_DISPUTE, Dispute, Weight, joined, weigh
from gateway.core.evidence.note import Malformed, NoteSigner
from gateway.core.evidence.proofs import beginning
from tests.core.evidence.logs import OTHER, Log, forked

OURS, THEIRS = forked(4, 40)
KEY = OURS.verifier
FORKED = Dispute(OURS.note(9), THEIRS.note(9))


def rewritten(old: int, new: int) -> Dispute:
    """A log that signed one tree and then one that does not begin with it."""
    return Dispute(OURS.note(old), THEIRS.note(new), THEIRS.head(old).root, THEIRS.proof(old, new))


@pytest.mark.parametrize(
    ("dispute", "weight"),
    [
        (FORKED, Weight.FORKED),
        (rewritten(9, 20), Weight.REWRITTEN),
        (rewritten(8, 20), Weight.REWRITTEN),  # a power of two: its root begins the proof
        (rewritten(9, 32), Weight.REWRITTEN),
        (Dispute(OURS.note(9), OURS.note(9)), Weight.NOTHING),
        (Dispute(OURS.note(9), OURS.note(20)), Weight.NOTHING),
        (Dispute(OURS.note(9), OURS.note(20), OURS.head(9).root, OURS.proof(9, 20)), Weight.NOTHING),
        (replace(rewritten(9, 20), root=bytes(32)), Weight.NOTHING),
        (replace(rewritten(9, 20), proof=()), Weight.NOTHING),
        (replace(rewritten(9, 20), first=THEIRS.note(20), second=OURS.note(9)), Weight.NOTHING),
    ],
)
def test_what_two_notes_prove(dispute: Dispute, weight: Weight) -> None:
    """Fraud where both are signed and exclude each other; nothing where they may both be true."""
    assert weigh(dispute, KEY) is weight
    assert Dispute.of(dispute.bytes()) == dispute


def test_a_note_that_the_key_did_not_sign_proves_nothing_about_it() -> None:
    """Whoever else can sign two roots of one size."""
    other = Log(signer=NoteSigner(OURS.signer.name, OTHER)).grown(9, "x")
    assert weigh(Dispute(OURS.note(9), other.note(9)), KEY) is Weight.NOTHING
    assert weigh(Dispute(other.note(9), OURS.note(9)), KEY) is Weight.NOTHING
    assert weigh(FORKED, KEY) is Weight.FORKED


@pytest.mark.parametrize("dispute", [FORKED, rewritten(9, 20)])
def test_every_changed_byte_is_found(dispute: Dispute) -> None:
    """A file with one byte changed is no dispute, or proves nothing."""
    content = dispute.bytes()
    assert Dispute.of(content).bytes() == content
    for at in range(len(content)):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        try:
            assert weigh(Dispute.of(changed), KEY) is Weight.NOTHING, at
        except Malformed:
            continue


@pytest.mark.parametrize(
    "content",
    [
        b"",
        FORKED.bytes()[1:],
        FORKED.bytes() + b"\n",
        FORKED.bytes().replace(b"dispute/v1\n", b"dispute/v1\nroots\n"),
        FORKED.bytes().replace(b"dispute/v1\n", b"dispute/v1\n\xff\n"),
        FORKED.bytes().replace(b"dispute/v1\n", b"dispute/v1\nroot AAAA\n"),
        FORKED.bytes().replace(b"\n\n", b"\n", 1),
        FORKED.bytes().replace(b"dispute/v1\n", b"dispute/v1\r\n"),
        rewritten(9, 20).bytes().replace(b"root ", b"root " + b"A" * 43 + b"=\n" * 64),
        b"dispute/v1\n" + b"x" * LARGEST_DISPUTE,
        b"dispute/v1\n\na\n\nb\n\nc\n\nd",
    ],
)
def test_what_is_not_of_its_form_is_no_dispute(content: bytes) -> None:
    """Malformed, whatever stands in it."""
    try:
        found = Dispute.of(content)
    except Malformed:
        return
    assert weigh(found, KEY) is Weight.NOTHING


def test_a_store_keeps_the_join_as_it_is_written() -> None:
    """Nothing for two notes of one size."""
    found = rewritten(9, 20)
    assert joined(b"", ()) == b""
    assert joined(found.root, found.proof) in found.bytes()


def test_a_proof_shows_the_beginning_of_the_tree_it_leads_to() -> None:
    """So that a proof that does not hold can be proof of fraud by itself; of a power of two it shows none."""
    new = (20, THEIRS.head(20).root)
    assert beginning(9, new, THEIRS.proof(9, 20)) == THEIRS.head(9).root
    assert beginning(9, (20, OURS.head(20).root), THEIRS.proof(9, 20)) is None
    assert beginning(9, new, THEIRS.proof(10, 20)[:1]) is None
    for old, proof in ((8, THEIRS.proof(8, 20)), (0, ()), (20, ()), (9, ()), (21, THEIRS.proof(9, 20))):
        assert beginning(old, new, proof) is None
