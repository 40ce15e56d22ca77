"""Fixtures that several folders of tests use."""

import contextlib
import os
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest

from tests.e2e.power import NO_LOOP
from tests.house import House, build
from tests.loading import remembering
from tests.peers.environment import NO_JDK
from tests.town import Town
from tests.vectors.recorded import MISSING

# Parts of a machine that also CI does without.
OPTIONAL = (MISSING, NO_JDK, NO_LOOP)


@pytest.fixture(autouse=True)
def remembered(request: pytest.FixtureRequest) -> Iterator[None]:
    """Agreements are built once in a run; the tests of building them build them each time."""
    with contextlib.nullcontext() if "config" in request.path.parts else remembering():
        yield


@pytest.fixture
def pair(tmp_path: Path) -> tuple[House, House]:
    """KZ and BY, configured, not running."""
    kz, by = build(tmp_path, "KZ.KGD", "BY.GTK")
    return kz, by


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """KZ, BY and RU without HTTP, open."""
    town = Town(tmp_path, "KZ.KGD", "BY.GTK", "RU.FTS")
    await town.open()
    yield town
    await town.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test whose real part is missing has failed: there, everything is installed but what OPTIONAL names."""
    report = yield
    optional = any(reason in str(report.longrepr) for reason in OPTIONAL)
    if report.skipped and not optional and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI: {report.longrepr}"
    return report
