"""`pip install` gives a command that works away from the source tree, with its schemas, agreement and samples."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, as pip would lay it out."""
    where = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", where, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = where.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(where / "site")
    return where / "site"


def gateway(site: Path, where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The installed command, far from the source tree."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=where,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_installed_command_sets_up_and_checks_a_service(site: Path, tmp_path: Path) -> None:
    """With the shipped agreement and schemas, and nothing of the source tree."""
    made = gateway(site, tmp_path, "init", "config", "--party", "KZ.KGD", "--member", "KZ", "--authority", "Customs")
    assert made.returncode == 0, made.stderr
    checked = gateway(site, tmp_path, "check", "--json")
    assert checked.returncode == 0, checked.stderr
    assert "TransitReleaseNotice" in checked.stdout


def test_the_wheel_has_schemas_agreement_and_samples(site: Path) -> None:
    """Inside the package, so that they go where it goes."""
    shipped = site / "gateway" / "shipped"
    assert (shipped / "xsd" / "eurasec-customs" / "1.0" / "TransitReleaseNotice.xsd").is_file()
    assert (shipped / "config" / "agreements" / "eurasec-customs.toml").is_file()
    assert list((shipped / "samples").rglob("*.xml"))
