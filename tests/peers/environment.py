"""The peer's own environment, made once from its hashed lock in the user's cache, and the peer as it runs in it."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.asking import Asked

HERE = Path(__file__).parent
LOCK = HERE / "as4.lock"
# 115 MB of packages: signxml, which is always there, sees nearly the same.
NO_JDK = "no JDK here (Debian: openjdk-17-jdk-headless)"


class MissingError(Exception):
    """A part of the machine that the peer needs is not there."""


def environment() -> Path:
    """The Python that has the peer's packages; made anew where the lock or the interpreter has changed."""
    key = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "customs-gateway" / "peers"
    python = cache / key / "bin" / "python"
    if not python.exists():
        cache.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=cache))
        try:
            _run(sys.executable, "-m", "venv", str(new))
            _run(str(new / "bin" / "python"), "-m", "pip", "install", "-qq", "--require-hashes", "-r", str(LOCK))
            shutil.rmtree(cache / key, ignore_errors=True)
            new.rename(cache / key)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return python


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise MissingError(f"the as4 package: {' '.join(command[1:4])} failed: {done.stderr.strip()[-300:]}")


class Peer(Asked):
    """A running peer: answers with what its library returned or raised."""

    def __init__(self, python: Path, *files: Path) -> None:
        """`files`: its key, its certificate, the other side's certificate."""
        super().__init__([str(python), str(HERE / "as4_peer.py"), *map(str, files)])
