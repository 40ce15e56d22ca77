"""The verifier as one file that python3 with cryptography runs: `verify.pyz`, the same bytes from the same source."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import gateway

SHEBANG = b"#!/usr/bin/env python3\n"
# What the verifier imports, and nothing else of the gateway.
SOURCES = (
    "__init__.py",
    "core/__init__.py",
    "core/names.py",
    "core/tree.py",
    "core/wss/__init__.py",
    "core/wss/algorithms.py",
    "core/wss/keys.py",
    "core/evidence/**/*.py",
    "verifier/**/*.py",
)
# Written for any Python, so that an old one says what is missing.
MAIN = b'''"""The verifier: python3 verify.pyz EVIDENCE --trust trust.toml"""

import sys

if sys.version_info < (3, 11):
    sys.stderr.write("Python 3.11 or newer is needed\\n")
    sys.exit(2)
try:
    from cryptography import __version__ as found
except ImportError:
    found = "0"
if int(found.split(".")[0]) < 42:
    sys.stderr.write("the Python package cryptography is needed, 42 or newer\\n")
    sys.exit(2)

from gateway.verifier.command import main

sys.exit(main(sys.argv[1:]))
'''
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE = 0o100644 << 16


def packed() -> bytes:
    """The file: a zipapp whose members stand in their order, without dates and uncompressed, so that it never differs."""
    target = io.BytesIO(SHEBANG)
    target.seek(0, io.SEEK_END)
    with zipfile.ZipFile(target, "a") as archive:
        for name, content in sorted({"__main__.py": MAIN, **dict(_sources())}.items()):
            member = zipfile.ZipInfo(name, FIRST_DAY)
            member.external_attr, member.create_system = PLAIN_FILE, 3
            archive.writestr(member, content)
    return target.getvalue()


def _sources() -> Iterator[tuple[str, bytes]]:
    root = Path(gateway.__file__).parent
    for pattern in SOURCES:
        for path in root.glob(pattern):
            yield f"gateway/{path.relative_to(root).as_posix()}", path.read_bytes()
