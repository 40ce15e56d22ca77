"""[stamps]: what is said about the authority is usable, or the start stops with file and key."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.config import stamps
from gateway.config.faults import Faults
from gateway.config.load import load
from gateway.config.stamps import StampsSection
from gateway.core.names import SECOND
from tests.house import House
from tests.stamps.authority import Authority, found

URL = "http://tsa.example/stamp"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A good one."""
    return found(tmp_path_factory.mktemp("tsa") / "good", "Good")


def problems(folder: Path, **settings: str) -> list[tuple[str, str]]:
    """Key and problem of every fault."""
    faults = Faults()
    stamps.authority(folder, StampsSection(**settings), faults)  # type: ignore[arg-type]
    return [(fault.key, fault.problem) for fault in faults.found]


def test_an_authority_is_read_with_its_chain(authority: Authority, pair: tuple[House, House]) -> None:
    """From gateway.toml as it is written; without one there is none."""
    house = pair[0]
    assert load(house.folder).authority is None
    (house.folder / "tsa.pem").write_bytes(authority.pem.read_bytes())
    path = house.folder / "gateway.toml"
    path.write_text(
        f'{path.read_text()}\n[stamps]\nurl = "{URL}"\ncertificate = "tsa.pem"\nstop_after = "4 hours"\npolicy = "1.2.3"\n'
    )
    read = load(house.folder).authority
    assert read is not None
    assert (read.url, read.policy, len(read.certificates)) == (URL, "1.2.3", 2)
    assert (read.every, read.stop_after, read.clock) == (3600 * SECOND, 4 * 3600 * SECOND, 60 * SECOND)


@pytest.mark.parametrize(
    ("settings", "key", "part"),
    [
        ({"url": URL}, "stamps", "together"),
        ({"certificate": "chain.pem"}, "stamps", "together"),
        ({"stop_after": "4 hours"}, "stamps.stop_after", "authority"),
        ({"url": URL, "certificate": "chain.pem", "every": "0 seconds"}, "stamps.every", "1 second"),
        ({"url": URL, "certificate": "chain.pem", "stop_after": "1 hour"}, "stamps.stop_after", "longer"),
        ({"url": URL, "certificate": "none.pem"}, "stamps.certificate", "no PEM"),
        ({"url": URL, "certificate": "own.key"}, "stamps.certificate", "no PEM"),
        ({"url": URL, "certificate": "own.pem"}, "stamps.certificate", "is missing"),
        ({"url": URL, "certificate": "chain.pem"}, "", ""),
        ({}, "", ""),
    ],
)
def test_what_is_wrong_about_it_is_named(authority: Authority, settings: dict[str, str], key: str, part: str) -> None:
    """Each by its key; the last two are the controls."""
    named = problems(authority.folder, **settings)
    assert [found for found, _ in named] == ([key] if key else [])
    assert all(part in problem for _, problem in named)


def test_a_certificate_for_anything_else_is_refused(tmp_path: Path) -> None:
    """Issuers first, or another purpose: nothing that it signs would be believed."""
    mail = found(tmp_path / "mail", "Mail", purposes=(ExtendedKeyUsageOID.EMAIL_PROTECTION,))
    assert "time stamps" in problems(mail.folder, url=URL, certificate="chain.pem")[0][1]
    good = found(tmp_path / "good", "Good")
    pems = [each.public_bytes(Encoding.PEM) for each in good.certificates]
    (good.folder / "turned.pem").write_bytes(b"".join(reversed(pems)))
    assert "time stamps" in problems(good.folder, url=URL, certificate="turned.pem")[0][1]


def test_a_root_in_between_is_found(tmp_path: Path, authority: Authority) -> None:
    """Foreign certificates beside the chain do no harm."""
    other = found(tmp_path / "other", "Other")
    pem = authority.pem.read_bytes()
    own = authority.certificates[0].public_bytes(Encoding.PEM)
    (authority.folder / "more.pem").write_bytes(own + other.certificates[1].public_bytes(Encoding.PEM) + pem)
    assert problems(authority.folder, url=URL, certificate="more.pem") == []
