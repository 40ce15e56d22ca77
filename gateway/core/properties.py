"""Message and part properties between producer, header, store and consumer (ebMS 5.2.2.11; eDelivery AS4 1.5.1)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.core.errors import ErrorCode, Fault
from gateway.core.pmode import FOUR_CORNERS, PMode
from gateway.core.texts import say
from gateway.core.wire import Property

# What a producer may give is an identifier, never a text: a header is not redacted (EA-2.2).
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,99}")
VALUE = re.compile(r"[A-Za-z0-9._:@/#+~%-]{1,255}")
OWN = ("environment", "purpose", "deadline")  # what gateways of this kind tell each other (docs/decisions.md)
# Name in the national API ► name on the wire.
CORNERS: Mapping[str, str] = dict(
    zip(("original_sender", "final_recipient", "tracking_identifier"), FOUR_CORNERS, strict=True)
)


def given(texts: Mapping[str, str], others: Sequence[Property]) -> tuple[Property, ...]:
    """What a producer states, the corners first; one that stands in both is the other one, which may have a type."""
    named = {found.name for found in others}
    corners = [Property(name, texts[key]) for key, name in CORNERS.items() if texts.get(key) and name not in named]
    return (*corners, *others)


def faults(properties: Iterable[Property], pmodes: Sequence[PMode]) -> Iterator[Fault]:
    """Each property that is no short token, stands twice or is agreed with none or only some of the recipients."""
    seen = set[str]()
    for number, found in enumerate(properties, 1):
        where = f"properties[{number}]"
        if not NAME.fullmatch(found.name):
            yield Fault(ErrorCode.BAD_REQUEST, f"{where}.name", expected=say("property_name"))
            continue
        if not all(VALUE.fullmatch(text) for text in (found.value, found.type or "x")):
            yield Fault(ErrorCode.BAD_REQUEST, where, expected=say("property_value"))
        if found.name in seen:
            yield Fault(ErrorCode.BAD_REQUEST, where, expected=say("stated_once"))
        seen.add(found.name)
        if found.name in OWN or not all(found.name in (*FOUR_CORNERS, *pmode.properties) for pmode in pmodes):
            agreed = set(FOUR_CORNERS).union(*(pmode.properties for pmode in pmodes))
            expected = " | ".join(sorted(agreed.difference(OWN)))
            yield Fault(ErrorCode.EBMS_0010, f"{where}.name", expected=expected)


def corners(properties: Iterable[Property], sender: str, recipient: str) -> dict[str, str]:
    """The four corners by the names of the national API; where they are not stated, the two in the middle stand for them."""
    stated = {found.name: found.value for found in properties}
    others = dict(zip(CORNERS, (sender, recipient, ""), strict=True))
    return {key: stated.get(name) or others[key] for key, name in CORNERS.items()}


def shown(properties: Iterable[Property]) -> list[dict[str, str]]:
    """As they are shown, in their order; the form in which a producer gives them."""
    return [{"name": found.name, "value": found.value, "type": found.type} for found in properties]


def kept(properties: Iterable[Property]) -> str:
    """As they are stored."""
    rows = [(found.name, found.value, found.type) for found in properties]
    return json.dumps(rows, ensure_ascii=False) if rows else "[]"


def read(text: str) -> tuple[Property, ...]:
    """What was stored."""
    return tuple(Property(*row) for row in json.loads(text)) if text != "[]" else ()
