"""The recorded messages: read from the folder beside the project, never copied into it."""

import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[3] / "shared"
FOLDER = SHARED / "vectors" / "as4"
ASSERTIONS = SHARED / "field" / "as4-assertions.txt"
MISSING = "../shared is not on this machine"


def manifest() -> list[dict[str, Any]]:
    """A row a message; none where the folder is missing."""
    path = FOLDER / "manifest.json"
    return list(json.loads(path.read_bytes())) if path.is_file() else []


def body(row: dict[str, Any]) -> bytes:
    """The HTTP entity body."""
    return (FOLDER / str(row["file"])).read_bytes()


def rows(*kinds: str) -> list[Any]:
    """A test parameter for each message whose content type begins so; a named skip where the folder is missing."""
    found = [row for row in manifest() if row["content_type"].startswith(kinds or "")]
    missing = pytest.param({}, id="vectors", marks=pytest.mark.skip(reason=MISSING))
    return [pytest.param(row, id=row["file"]) for row in found] or [missing]
