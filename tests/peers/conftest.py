"""The environment of the `as4` package, made once; a gateway of ours, and its partner of that make."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.keys import Kind
from tests.house import House
from tests.peers.environment import MissingError, Peer, environment
from tests.peers.town import agree, peer_for, rekey


@pytest.fixture(scope="session")
def as4_python() -> Path:
    """The Python that has the package; where it cannot be made the tests are skipped by name, and fail in CI."""
    try:
        return environment()
    except (MissingError, OSError) as missing:
        pytest.skip(f"the as4 package cannot be installed: {missing}")


@pytest.fixture
def kz(pair: tuple[House, House]) -> House:
    """A gateway of ours that signs and encrypts for BY."""
    rekey(pair, Kind.RSA)
    agree(pair[0], "BY.GTK", "edelivery-1.15")
    return pair[0]


@pytest.fixture
def by(kz: House, pair: tuple[House, House], as4_python: Path) -> Iterator[Peer]:
    """BY is of another make."""
    peer = peer_for(as4_python, pair[1], kz)
    yield peer
    peer.close()
