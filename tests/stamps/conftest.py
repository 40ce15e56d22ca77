"""Authorities, made once."""

import pytest

from tests.stamps.authority import Authority, found


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that is as it should be."""
    return found(tmp_path_factory.mktemp("authority") / "good", "Authority of tests")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another one, by the same name."""
    return found(tmp_path_factory.mktemp("authority") / "stranger", "Authority of tests")


@pytest.fixture(scope="session")
def expired(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One whose certificate ended yesterday."""
    return found(tmp_path_factory.mktemp("authority") / "expired", "Expired authority", ends=-1)
