"""The law of leaves: known kinds, known digests; every gateway of a town is held to it when the town closes."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.core.entry import DIGESTS, KINDS

DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
NAMED = ("agreements", "schemas", "parties", "codelists", "keys")  # below them stand names of the operator's choice


def digests(leaf: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where in the leaf, and what: everything that can be a SHA-256."""
    yield from _found("", leaf)


def _found(where: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            assert not DIGEST.search(str(name)), f"a digest as a name in {where}"
            yield from _found(where if where in NAMED else f"{where}.{name}".lstrip("."), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _found(where, inner)
    else:
        yield from ((where, each) for each in DIGEST.findall(str(value)))


def lawful(bodies: Iterable[bytes]) -> None:
    """Each leaf is of a kind that has a meaning, and holds no digest but those of which it is said what they are over."""
    for body in bodies:
        leaf = json.loads(body)
        assert leaf["kind"] in KINDS, leaf["kind"]
        unknown = [where for where, _ in digests(leaf) if where not in DIGESTS]
        assert unknown == [], f"{leaf['kind']}: {unknown} are not in DIGESTS (core/entry.py)"
