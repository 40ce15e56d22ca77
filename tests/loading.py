"""A configuration folder as `load` reads it, without building in one test run what was built before."""

import copy
import functools
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from gateway.config import load as real
from gateway.config.agreements import build_agreement
from gateway.config.parsing import parse
from gateway.core.agreement import Agreement

_BUILT: dict[bytes, Agreement] = {}
_PARSED: dict[bytes, Any] = {}


def load(folder: Path) -> real.Settings:
    """The settings of the folder; a test may change them as if nobody else had them.

    An agreement is built anew when a byte of its file, of a code list or of the folder's own schemas is another one.
    """
    build = functools.partial(_build, folder)
    with mock.patch.object(real, "build_agreement", build), mock.patch.object(real, "parse", _parse):
        return real.load(folder)


def _build(folder: Path, path: Path, *rest: Any) -> Agreement | None:
    beside = sorted(each for name in ("codelists", "xsd") for each in (folder / name).rglob("*") if each.is_file())
    key = _digest([path, *beside])
    if key not in _BUILT:
        built = build_agreement(path, *rest)
        if built is None:
            return None
        _BUILT[key] = built
    found = _BUILT[key]
    return replace(found, messages={root: copy.copy(kind) for root, kind in found.messages.items()})


def _parse(path: Path, *rest: Any) -> Any:
    if path.parent.name != "agreements" or not path.is_file():
        return parse(path, *rest)
    key = _digest([path])
    if key not in _PARSED:
        _PARSED[key] = parse(path, *rest)
    return _PARSED[key]


def _digest(paths: list[Path]) -> bytes:
    """Of names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.parent.name}/{path.name} {path.stat().st_size} ".encode() + path.read_bytes())
    return digest.digest()
