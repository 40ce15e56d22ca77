"""A configuration folder as `load` reads it, without building in one test run what was built before."""

import contextlib
import copy
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from gateway.config import load as real
from gateway.config.agreements import build_agreement
from gateway.config.models import AgreementFile
from gateway.config.parsing import parse
from gateway.config.shipped import shipped
from gateway.core.agreement import Agreement
from gateway.core.rules.lists import CodeList

_BUILT: dict[bytes, Agreement] = {}
_PARSED: dict[bytes, Any] = {}


@contextlib.contextmanager
def remembering() -> Iterator[None]:
    """While the block runs, `load` builds an agreement anew only when something that it is made of has changed.

    What is loaded belongs to who loads it: a test may change it as if nobody else had it.
    """
    with mock.patch.object(real, "build_agreement", _build), mock.patch.object(real, "parse", _parse):
        yield


def load(folder: Path) -> real.Settings:
    """The settings of the folder."""
    with remembering():
        return real.load(folder)


def read(folder: Path) -> real.Settings:
    """The settings of the folder, read anew, so that its cache is written."""
    with mock.patch.object(real, "build_agreement", build_agreement):
        return real.load(folder)


def _build(
    path: Path,
    file: AgreementFile,
    roots: tuple[Path, ...],
    cache: Path | None,
    lists: Mapping[str, CodeList],
    *rest: Any,
) -> Agreement | None:
    own = [each for root in roots if root != shipped("xsd") for each in sorted(root.rglob("*")) if each.is_file()]
    key = _digest([path, *own], repr(lists))
    if key not in _BUILT:
        built = build_agreement(path, file, roots, cache, lists, *rest)
        if built is None:
            return None
        _BUILT[key] = built
    found = _BUILT[key]
    return replace(found, messages={root: copy.copy(kind) for root, kind in found.messages.items()})


def _parse(path: Path, model: type[Any], *rest: Any) -> Any:
    if model is not AgreementFile or not path.is_file():
        return parse(path, model, *rest)
    key = _digest([path])
    if key not in _PARSED:
        found = parse(path, model, *rest)
        if found is None:
            return None
        _PARSED[key] = found
    return _PARSED[key]


def _digest(paths: list[Path], more: str = "") -> bytes:
    """Of names and contents."""
    digest = hashlib.sha256(more.encode())
    for path in paths:
        digest.update(f"{path.parent.name}/{path.name} {path.stat().st_size} ".encode() + path.read_bytes())
    return digest.digest()
