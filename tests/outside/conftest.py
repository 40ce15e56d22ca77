"""The outsider, built once from its source with what the distribution has, and asked by all tests."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking import Asked

SOURCES = sorted(map(str, Path(__file__).parent.glob("*.go")))
PACKAGES = Path("/usr/share/gocode")  # where Debian puts Go's packages
NO_GO = "no Go here (Debian: golang-go golang-golang-x-mod-dev)"


@pytest.fixture(scope="session")
def outsider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Running; nothing of it comes from the net."""
    go = shutil.which("go")
    if go is None or not (PACKAGES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip(NO_GO)
    folder = tmp_path_factory.mktemp("outsider")
    program = folder / "outsider"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(PACKAGES), "GOFLAGS": "", "GOPROXY": "off"}
    environment["GOCACHE"] = str(folder / "cache")
    build = [go, "build", "-o", str(program), *SOURCES]
    done = subprocess.run(build, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert not done.returncode, done.stderr
    asked = Asked([str(program)])
    yield asked
    asked.close()
