"""Steps 3 to 5: the checkpoints, who cosigned them and when, and that each continues the one before."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from gateway.core.evidence import bundle
from gateway.core.evidence.bundle import Members, instant
from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.checks.index import named
from gateway.core.evidence.checks.whose import Whose, require_signed
from gateway.core.evidence.finding import Report, Step, called
from gateway.core.evidence.note import LARGEST, Malformed, Note, Verifier, cosigned_at
from gateway.core.evidence.proofs import verify_consistency
from gateway.core.evidence.witness import MOST_HASHES, digest

SECOND = 1_000_000
LATER = "where cosigners were only slow, evidence that is made later has their cosignatures"
LATEST = 253_402_300_800  # seconds: the year 10000
_CHECKPOINT = re.compile(r"checkpoints/(\d+)", re.ASCII)
_CONSISTENCY = re.compile(r"consistency/(\d+)-(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint that the log signed, and the note it stands in."""

    checkpoint: Checkpoint
    note: Note


Heads = Mapping[int, Head]  # by size


@dataclass(frozen=True, slots=True)
class Seen:
    """That at this time, in microseconds, others knew a tree of this size."""

    size: int
    at: int


def check_checkpoints(members: Members, whose: Whose, report: Report) -> Heads:
    """3. Each checkpoint has the log's signature and stands under its size; those that do."""
    heads: dict[int, Head] = {}
    for (size,), name in named(members, _CHECKPOINT):
        with report.guarded(Step.CHECKPOINTS, name):
            head = head_of(bundle.read(members, name, LARGEST), whose)
            if head.checkpoint.size != size:
                raise Malformed(f"it is about a tree of {head.checkpoint.size} entries")
            heads[size] = head
    if not heads:
        report.fault(Step.CHECKPOINTS, "checkpoints", "none that the log signed")
    else:
        told = f"{len(heads)} checkpoints, the largest of {max(heads)} entries, signed by {whose.origin}"
        report.ok(Step.CHECKPOINTS, "checkpoints", told)
    return heads


def head_of(content: bytes, whose: Whose) -> Head:
    """The checkpoint in a note; Malformed where the log did not sign it."""
    note = Note.parse(content)
    found = Checkpoint.of(note.text)
    if found.origin != whose.origin:
        raise Malformed(f"a checkpoint of another log, {found.origin}")
    if require_signed(whose).signature_of(note) is None:
        raise Malformed(f"not signed by {whose.log}")
    return Head(found, note)


def check_cosignatures(heads: Heads, whose: Whose, report: Report) -> tuple[Seen, ...]:
    """4. Every signature line holds; the trees that enough trusted cosigners have seen, and when the first of them did."""
    known = {*whose.cosigners(), *whose.witnesses}
    seen: list[Seen] = []
    newest: dict[Verifier, Seen] = {}
    before = report.faults()
    for size, head in sorted(heads.items()):
        times = dict(_cosigners(head, known, whose, report))
        counted = sorted({key.public: at for key, at in times.items() if key in whose.cosigners()}.values())
        if whose.trusted and whose.trusted.quorum and len(counted) >= whose.trusted.quorum:
            seen.append(Seen(size, counted[whose.trusted.quorum - 1]))
        newest |= {key: Seen(size, at) for key, at in times.items()}
    _tell(newest, whose, report)
    _judge(seen, whose, report)
    if report.faults() == before and seen:
        report.ok(Step.COSIGNATURES, "checkpoints", f"{len(seen)} of {len(heads)} cosigned by enough trusted witnesses")
    return tuple(seen)


def check_consistency(members: Members, heads: Heads, report: Report) -> None:
    """5. From each checkpoint to the next larger one a proof leads: nothing was changed or dropped between them."""
    before = report.faults()
    sizes = sorted(heads)
    wanted = {f"consistency/{old}-{new}": (old, new) for old, new in pairwise(sizes)}
    for name, (old, new) in wanted.items():
        with report.guarded(Step.CONSISTENCY, name):
            proof = proof_of(bundle.read(members, name, MOST_HASHES * 2 * 45))
            roots = heads[old].checkpoint.root, heads[new].checkpoint.root
            if not verify_consistency((old, roots[0]), (new, roots[1]), proof):
                raise Malformed(f"the tree of {new} entries does not continue that of {old}")
    for _, name in named(members, _CONSISTENCY):
        if name not in wanted:
            report.fault(Step.CONSISTENCY, name, "not between two neighbouring checkpoints that hold")
    if wanted and report.faults() == before:
        report.ok(Step.CONSISTENCY, "consistency", f"{len(sizes)} checkpoints, each continues the one before")


def proof_of(content: bytes) -> tuple[bytes, ...]:
    """The hashes of a proof, a line each; Malformed where it is written otherwise."""
    try:
        rows = content.decode("ascii").splitlines(keepends=True)
    except UnicodeDecodeError:
        raise Malformed("a proof that is not ASCII") from None
    if any(not row.endswith("\n") for row in rows):
        raise Malformed("a proof whose last line has no end")
    return tuple(digest(row.removesuffix("\n")) for row in rows)


def _cosigners(head: Head, known: set[Verifier], whose: Whose, report: Report) -> list[tuple[Verifier, int]]:
    """Who cosigned the checkpoint and when, in microseconds; a line by nobody known proves nothing (C2SP signed-note)."""
    where = f"checkpoints/{head.checkpoint.size}"
    found: list[tuple[Verifier, int]] = []
    for signature in head.note.signatures:
        key = next((each for each in known if each.knows(signature)), None)
        if key is not None and key.verified(head.note.text, signature) and cosigned_at(signature) < LATEST:
            found.append((key, cosigned_at(signature) * SECOND))
        elif key is not None:
            report.fault(Step.COSIGNATURES, where, f"the signature of {key.name} does not hold")
        elif whose.log is None or not whose.log.knows(signature):
            who = called(signature.name)
            told = f"that {who} cosigned the log of {head.checkpoint.size} entries: nobody here names that key"
            report.unproven(Step.COSIGNATURES, where, told)
    return found


def _tell(newest: Mapping[Verifier, Seen], whose: Whose, report: Report) -> None:
    """The largest tree that each has seen."""
    for key, seen in newest.items():
        where, told = (
            f"checkpoints/{seen.size}",
            f"saw the log of {seen.size} entries on {instant(seen.at)} and cosigned it",
        )
        if key in whose.cosigners():
            report.proven(Step.COSIGNATURES, where, f"the witness {key.name} {told}")
        else:
            owner = whose.witnesses[key]  # as the evidence says
            report.unproven(
                Step.COSIGNATURES, where, f"that {called(key.name)} of {called(owner)} {told}: it is no trusted witness"
            )


def _judge(seen: list[Seen], whose: Whose, report: Report) -> None:
    if whose.trusted is None:
        report.skip(Step.COSIGNATURES, "checkpoints", "whose cosignatures count is not known without trust")
    elif not whose.trusted.quorum:
        told = "that the log shows others the same history: the trust file asks for no cosigner"
        report.unproven(Step.COSIGNATURES, "checkpoints", told)
    elif not seen:
        needed = f"{whose.trusted.quorum} of the trusted cosigners"
        report.fault(Step.COSIGNATURES, "checkpoints", f"none is cosigned by {needed}: {LATER}")
