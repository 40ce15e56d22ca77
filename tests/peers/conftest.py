"""The environment of the `as4` package, made once."""

from pathlib import Path

import pytest

from tests.peers.environment import MissingError, environment


@pytest.fixture(scope="session")
def as4_python() -> Path:
    """The Python that has the package; where it cannot be made the tests are skipped by name, and fail in CI."""
    try:
        return environment()
    except (MissingError, OSError) as missing:
        pytest.skip(f"the as4 package cannot be installed: {missing}")
