"""What a witness's answer to our offer says (C2SP tlog-witness, seen from the log)."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.note import Malformed, Note, Signature, Verifier

LONGEST_SIZE = 20  # digits


class Said(StrEnum):
    """What it says."""

    COSIGNED = "cosigned"
    OUTDATED = "outdated"  # it cosigned a checkpoint of another size last: prove from there
    ROLLED_BACK = "rolled-back"  # it cosigned a larger tree of ours than we have
    FORKED = "forked"  # it cosigned another root of the same size
    INCONSISTENT = "inconsistent"  # our tree does not begin with what it cosigned
    REFUSED = "refused"  # it does not witness this log, or by another key
    NOTHING = "nothing"  # no usable answer


# What is wrong with our own log, or with what was agreed about it: no repeat mends it.
ALARMING = frozenset({Said.ROLLED_BACK, Said.FORKED, Said.INCONSISTENT, Said.REFUSED})


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer, read; a cosignature has been verified."""

    said: Said
    size: int = 0  # that the witness cosigned last, where it says so
    signature: Signature | None = None


def hear(status: int, body: bytes, offered: tuple[int, Checkpoint], witness: Verifier) -> Heard:
    """What the answer to our checkpoint, offered as grown from that old size, says."""
    old, checkpoint = offered
    if status == 200:  # noqa: PLR2004 - HTTP's own numbers, here and below
        signature = _cosignature(body, checkpoint, witness)
        return Heard(Said.COSIGNED, checkpoint.size, signature) if signature else Heard(Said.NOTHING)
    if status == 409:  # noqa: PLR2004
        return _conflict(_size(body), old, checkpoint.size)
    if status == 422:  # noqa: PLR2004
        return Heard(Said.INCONSISTENT, old)
    return Heard(Said.REFUSED if status in {400, 403, 404} else Said.NOTHING)


def _conflict(size: int | None, old: int, new: int) -> Heard:
    if size is None:
        return Heard(Said.NOTHING)
    if size > new:
        return Heard(Said.ROLLED_BACK, size)
    if size != old:
        return Heard(Said.OUTDATED, size)
    return Heard(Said.FORKED, size) if size == new else Heard(Said.NOTHING)


def _cosignature(body: bytes, checkpoint: Checkpoint, witness: Verifier) -> Signature | None:
    """The witness's signature over the checkpoint; those by unknown keys are passed over."""
    try:
        note = Note.parse(checkpoint.text().encode() + b"\n" + body)
    except Malformed:
        return None
    return witness.signature_of(note) if note.text == checkpoint.text() else None


def _size(body: bytes) -> int | None:
    text = body.removesuffix(b"\n")
    return int(text) if text.isdigit() and len(text) <= LONGEST_SIZE else None
