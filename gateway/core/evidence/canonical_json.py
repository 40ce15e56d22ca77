"""JSON in one form for one value: sorted keys, no white space, UTF-8 as it is. Leaves and facts are written so."""

import json
from typing import NoReturn

from gateway.core.evidence.note import Malformed


def write(value: object) -> bytes:
    """The value's one form."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read(content: bytes) -> object:
    """The value; Malformed where the bytes are not its one form, or nested deeper than anything here is."""
    try:
        value: object = json.loads(content.decode(), parse_constant=_refused)
        same = write(value) == content
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not same:
        raise Malformed("JSON in another form than the canonical one")
    return value


def read_object(content: bytes) -> dict[str, object]:
    """The members of an object; Malformed where it is none."""
    value = read(content)
    if not isinstance(value, dict):
        raise Malformed("not a JSON object")
    return value


def _refused(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")
