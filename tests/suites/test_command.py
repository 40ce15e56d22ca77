"""A suite signs and checks by commands: here SM2 with SM3, which no algorithm of ours is, by openssl."""

import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from gateway.config.faults import ConfigError
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.names import PartyId
from gateway.core.pmode import Token
from gateway.core.wss.carried import Octets
from gateway.core.wss.sign import How, PartDigest, sign
from gateway.core.wss.trust import judge
from gateway.core.wss.verify import Allowed, verify
from gateway.equip import equipped
from gateway.suites.command import MOST, CommandSuite
from tests.api.edge import rows
from tests.core.wss.making import soap
from tests.core.wss.pki import at
from tests.house import House, eventually, sample
from tests.loading import load

METHOD = "urn:oid:1.2.156.10197.1.501"  # SM2 with SM3
SM2 = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")
SIGN = ("openssl", "pkeyutl", "-sign", "-inkey", "sm2.key", *SM2)
VERIFY = ("openssl", "pkeyutl", "-verify", "-certin", "-inkey", "{certificate}", "-sigfile", "{signature}", *SM2)
PICTURE = b"gzip octets"


def made(folder: Path, name: str = "sm2") -> x509.Certificate:
    """A key on SM2 and its certificate."""
    for words in (
        ("ecparam", "-name", "SM2", "-genkey", "-noout", "-out", f"{name}.key"),
        ("req", "-x509", "-new", "-key", f"{name}.key", "-sm3", "-sigopt", "distid:1234567812345678",
         "-subj", f"/CN={name}", "-days", "90", "-out", f"{name}.pem"),
    ):  # fmt: skip
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    return x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two national keys."""
    found = tmp_path_factory.mktemp("suites")
    made(found)
    made(found, "other")
    return found


def suite(
    folder: Path, sign: Sequence[str] = SIGN, verify: Sequence[str] = VERIFY, seconds: float = 20
) -> CommandSuite:
    """The suite with these commands."""
    chain = tuple(x509.load_pem_x509_certificates((folder / "sm2.pem").read_bytes()))
    return CommandSuite("sm2", METHOD, chain, {"sign": sign, "verify": verify}, folder, seconds)


def python(code: str) -> tuple[str, ...]:
    """A command that runs this."""
    return (sys.executable, "-c", code)


def failure(act: object) -> str:
    """What it is refused with: temporary, our own fault, and where."""
    with pytest.raises(Rejected) as refusal:
        act()  # type: ignore[operator]
    (fault,) = refusal.value.faults
    assert fault.code is ErrorCode.UNAVAILABLE
    return fault.path


def test_what_a_national_command_signs_another_checks(folder: Path) -> None:
    """The signature holds for these data and this certificate alone; in this process nobody knows the curve."""
    found = suite(folder)
    own = found.chain[0]
    other = x509.load_pem_x509_certificate((folder / "other.pem").read_bytes())
    value = found.sign(b"data")
    with pytest.raises(UnsupportedAlgorithm):
        own.public_key()
    assert found.verify(METHOD, own, value, b"data")
    assert not found.verify(METHOD, own, value, b"date")
    assert not found.verify(METHOD, other, value, b"data")
    assert not found.verify(METHOD, own, b"no signature", b"data")
    assert not found.verify("ecdsa-sha256", own, value, b"data")


def test_a_message_is_signed_and_proven_by_a_suite(folder: Path) -> None:
    """Messaging, Body and part: the method's URI stands in the message, and an altered part is found."""
    found = suite(folder)
    digest = Octets("application/gzip", PICTURE).digest("sha256")
    message = sign(soap(), [PartDigest("p@kz", digest)], found, How(token=Token.PKIPATH))
    allowed = Allowed(frozenset({METHOD}))
    proven = verify(etree.fromstring(message), {"p@kz": Octets("application/gzip", PICTURE)}, allowed, (), found)
    assert (proven.method, proven.chain) == (METHOD, found.chain)
    with pytest.raises(Rejected, match="EBMS:0101"):
        verify(etree.fromstring(message), {"p@kz": Octets("application/gzip", b"altered")}, allowed, (), found)
    with pytest.raises(Rejected, match="EBMS:0101"):
        verify(etree.fromstring(message), {"p@kz": Octets("application/gzip", PICTURE)}, allowed, ())


@pytest.mark.parametrize(
    "command",
    [
        python("import time; time.sleep(600)"),
        python("import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"),
        python("import os, time; os.close(1); time.sleep(600)"),
    ],
    ids=["itself", "its child", "without output"],
)
def test_a_command_that_hangs_is_ended(folder: Path, command: tuple[str, ...]) -> None:
    """With whatever it has started, once its time is over."""
    found, before = suite(folder, sign=command, verify=command, seconds=0.5), time.monotonic()
    assert failure(lambda: found.sign(b"data")) == "suite.sm2.sign"
    assert failure(lambda: found.verify(METHOD, found.chain[0], b"s", b"data")) == "suite.sm2.verify"
    assert time.monotonic() - before < 20


@pytest.mark.parametrize(
    "command",
    [
        python("raise SystemExit(2)"),
        python("import os; os.kill(os.getpid(), 11)"),
        python(f"print('x' * {MOST + 1})"),
        python("while True: print('x' * 1000)"),
        ("/nowhere/openssl",),
    ],
    ids=["exit code", "signal", "too much", "without end", "no program"],
)
def test_a_command_that_fails_is_our_fault(folder: Path, command: tuple[str, ...]) -> None:
    """Never the partner's: nothing is believed, nothing is refused for good."""
    found = suite(folder, sign=command, verify=command)
    assert failure(lambda: found.sign(b"data")) == "suite.sm2.sign"
    assert failure(lambda: found.verify(METHOD, found.chain[0], b"s", b"data")) == "suite.sm2.verify"


def test_a_command_that_says_nothing_has_not_signed(folder: Path) -> None:
    """An empty signature is none; garbage is sent as it is, and does not hold at the other side."""
    silent, garbage = suite(folder, sign=python("")), suite(folder, sign=("cat",))
    assert failure(lambda: silent.sign(b"data")) == "suite.sm2.sign"
    assert not garbage.verify(METHOD, garbage.chain[0], garbage.sign(b"data"), b"data")


def test_the_reason_is_in_the_log_of_the_program(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The first line that the tool complains, and nothing of what was signed."""
    found = suite(folder, sign=python("import sys; sys.exit('no key in the token\\n' + sys.stdin.read())"))
    with caplog.at_level(logging.WARNING):
        failure(lambda: found.sign(b"what is signed"))
    assert "suite sm2: sign ended with 1: no key in the token" in caplog.text
    assert "what is signed" not in caplog.text


def test_words_are_handed_on_as_they_are(folder: Path) -> None:
    """There is no shell that would read them, and no variable of this process but PATH."""
    show = "import os, sys; sys.stdout.write(sys.argv[1] + str(sorted(set(os.environ) - {'LC_CTYPE'})))"
    assert suite(folder, sign=(*python(show), "$HOME;`x`|")).sign(b"") == b"$HOME;`x`|['LC_ALL', 'PATH']"


def configured(house: House, extra: str = "") -> None:
    """KZ signs for BY by SM2, and BY's certificate is a national one."""
    folder = house.folder
    made(folder / "keys")
    made(folder / "parties", "BY.GTK.as4")
    words = [
        str([word.replace("sm2.key", "keys/sm2.key") for word in each]).replace("'", '"') for each in (SIGN, VERIFY)
    ]
    with (folder / "gateway.toml").open("a") as file:
        file.write(
            f'\n[suite.sm2]\nmethod = "{METHOD}"\ncertificate = "keys/sm2.pem"\nsign = {words[0]}\nverify = {words[1]}\n'
        )
    with (folder / "parties" / "BY.GTK.toml").open("a") as file:
        file.write(f'\n[pmode]\nsuite = "sm2"\n{extra}\n')


def test_a_suite_is_configured_once_and_named_by_pmodes(pair: tuple[House, House]) -> None:
    """Signer and verifier of the partner's P-Mode are the suite's; its national certificate is pinned."""
    configured(pair[0])
    register = equipped(load(pair[0].folder)).register
    by = register.parties[PartyId("BY.GTK")]
    found = register.signer_of(by.pmode())
    assert (found.method, register.methods_of(by.pmode())) == (METHOD, {METHOD})
    value = found.sign(b"data")
    assert register.verifier_of(by.pmode()).verify(METHOD, found.chain[0], value, b"data")
    judge(by.readers, by.messages, at(3))
    other = replace(by.pmode(), suite="")
    assert METHOD not in register.methods_of(other)
    assert register.signer_of(other).method == "ecdsa-sha256"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"keys/sm2.pem"', '"keys/none.pem"', "suite.sm2.certificate"),
        ('sign = ["openssl"', 'sign = ["opensssl"', "suite.sm2.sign"),
        ('verify = ["openssl"', 'verify = ["/nowhere/openssl"', "suite.sm2.verify"),
        (f'"{METHOD}"', '"SM2"', "suite.sm2.method"),
    ],
)
def test_mistakes_in_a_suite_are_named(pair: tuple[House, House], old: str, new: str, key: str) -> None:
    """Before the first message needs it."""
    configured(pair[0])
    pair[0].edit("gateway.toml", old, new)
    with pytest.raises(ConfigError) as found:
        load(pair[0].folder)
    assert key in {fault.key for fault in found.value.faults}


async def test_two_gateways_exchange_by_a_suite(pair: tuple[House, House]) -> None:
    """Message and receipt are signed with SM2 on both sides: delivered means that the receipt was proven, too."""
    certificates = {house.party: made(house.folder / "keys") for house in pair}
    words = [
        str([word.replace("sm2.key", "keys/sm2.key") for word in each]).replace("'", '"') for each in (SIGN, VERIFY)
    ]
    for house, partner in (pair, pair[::-1]):
        pem = certificates[partner.party].public_bytes(Encoding.PEM)
        (house.folder / "parties" / f"{partner.party}.as4.pem").write_bytes(pem)
        with (house.folder / "gateway.toml").open("a") as file:
            file.write(f'\n[suite.sm2]\nmethod = "{METHOD}"\ncertificate = "keys/sm2.pem"\nsign = {words[0]}\n')
            file.write(f'verify = {words[1]}\ntimeout = "30 seconds"\n')
        with (house.folder / "parties" / f"{partner.party}.toml").open("a") as file:
            file.write('\n[pmode]\nsuite = "sm2"\n')
    async with pair[0].running(), pair[1].running(), pair[0].client() as client:
        answer = await client.post(sample("valid/DocumentVerificationRequest--invoice-and-waybill"), {})
        assert answer.status == 202
        await eventually(lambda: rows(pair[0], "SELECT state FROM deliveries") == [("delivered",)])
    assert rows(pair[1], "SELECT count(*) FROM inbox") == [(1,)]
