"""What gateways of this kind prove to each other in message properties: a number per partner, and the newest checkpoint.

Told only to partners with a log, in the signed header. Taken off on arrival, before anything else looks at properties: they
are no part of what makes a repeat the same, and no national system sees them (docs/evidence.md).
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gateway.core.wire import Property

SEQUENCE, CHECKPOINT = "Sequence", "Checkpoint"
NAMES = frozenset({SEQUENCE, CHECKPOINT})
LONGEST = 16 * 1024  # characters of a checkpoint: it is kept, whoever signed it
NUMBER = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Linked:
    """What binds a message to its sender's log."""

    sequence: int = 0  # given by the sender to its messages to us, one after the other; 0: none
    checkpoint: bytes = b""  # the newest signed note of its log, unchecked; empty: none


def written(linked: Linked) -> tuple[Property, ...]:
    """As message properties."""
    found = (
        (SEQUENCE, str(linked.sequence or "")),
        (CHECKPOINT, base64.b64encode(linked.checkpoint).decode()),
    )
    return tuple(Property(name, value) for name, value in found if value)


def taken_off(properties: Iterable[Property], agreed: Collection[str] = ()) -> tuple[tuple[Property, ...], Linked]:
    """The other properties in their order, and what stood in ours; a name that a P-Mode has agreed is no property of ours.

    What is not of its form counts as not stated: it never refuses a message.
    """
    ours = NAMES.difference(agreed)
    stated: dict[str, list[str]] = {name: [] for name in ours}
    others = list[Property]()
    for each in properties:
        if each.name in ours:
            stated[each.name].append(each.value)
        else:
            others.append(each)
    single = {name: values[0] for name, values in stated.items() if len(values) == 1}
    return tuple(others), Linked(_number(single.get(SEQUENCE, "")), _note(single.get(CHECKPOINT, "")))


def _number(text: str) -> int:
    return int(text) if NUMBER.fullmatch(text) else 0


def _note(text: str) -> bytes:
    if len(text) > LONGEST:
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
