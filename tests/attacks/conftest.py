"""The gateways of the core's laws; for attacks on the delivery log a pair that lived, and a program from outside."""

from collections.abc import Iterator

import pytest

from tests.attacks.log_scene import Scene, lived
from tests.core.conftest import folders, kz
from tests.loading import remembering
from tests.outside.conftest import outsider

__all__ = ["folders", "kz", "outsider"]


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two days of a pair of gateways; nobody changes it, everybody copies it."""
    with remembering():
        yield lived(tmp_path_factory.mktemp("scene"))
