"""The verifier as it is run: what it prints, what it ends with, in the gateway and as one file with nothing beside it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cryptography
import pytest

from gateway.core.evidence.dispute import Dispute
from gateway.core.evidence.trust import Trust
from gateway.verifier import command, folder
from gateway.verifier.selfcontained import packed
from tests.cli.command import gateway
from tests.core.evidence import naive
from tests.core.evidence.filing import TRUST, checkpoint, events, filed, written
from tests.core.evidence.filing import folder as log_folder

VERIFIED, FAULTS, USAGE, PARTLY = 0, 1, 2, 6
FORK = Dispute(checkpoint(naive.many(3)), checkpoint(naive.many(3)[::-1])).bytes()
ALONE = """
import importlib.util, runpy, sys
sys.path.append(sys.argv[1])
others = ("lxml", "signxml", "rfc3161_client", "typer", "rich", "pydantic", "aiohttp", "gateway")
assert not [name for name in others if importlib.util.find_spec(name)], "something else can be imported"
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def toml(trust: Trust = TRUST) -> str:
    """The trust file."""
    made = ""
    for log in trust.logs:
        cosigners = ", ".join(f'"{each}"' for each in log.cosigners)
        made += f'[[log]]\nparty = "{log.party}"\nkey = "{log.key}"\ncosigners = [{cosigners}]\nquorum = {log.quorum}\n'
    for party, certificates in (trust.parties or {}).items():
        made += f'[[party]]\nid = "{party}"\ncertificates = {sorted(certificates)}\n'
    return made


def laid(where: Path, files: Mapping[str, bytes]) -> Path:
    """The files in a folder."""
    for name, content in files.items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_bytes(content)
    return where


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    """The trust file."""
    path = tmp_path / "trust.toml"
    path.write_text(toml())
    return path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle."""
    path = tmp_path / "evidence.zip"
    path.write_bytes(written(filed()))
    return path


def test_the_trust_file_is_read_as_it_is_meant() -> None:
    """Everything that this file's laws rest on."""
    assert Trust.of(toml()) == TRUST


def test_a_bundle_is_verified(bundle: Path, trust: Path) -> None:
    """Every step is printed, then what is proven and what is not."""
    ended = gateway("verify", bundle, "--trust", trust)
    assert ended.code == VERIFIED
    lines = ended.out.splitlines()
    assert [line[:2].strip() for line in lines[:10]] == [str(number) for number in range(1, 11)]
    assert lines.index("proven:") < lines.index("not proven:")
    assert lines[-1] == "verified: nothing wrong was found, and everything was checked"


def test_json_says_the_same(bundle: Path, trust: Path) -> None:
    """For programs."""
    found = gateway("verify", bundle, "--trust", trust, "--json").json
    assert found["result"] == "verified"
    assert [step["number"] for step in found["steps"]] == list(range(1, 11))
    assert found["faults"] == []
    assert found["proven"]
    assert found["not_proven"]


def test_without_trust_it_is_partly_verified(bundle: Path) -> None:
    """And the steps that were not taken are named."""
    ended = gateway("verify", bundle)
    assert ended.code == PARTLY
    assert ended.out.splitlines()[-1].endswith("not everything was checked (steps 2, 4, 8)")


def test_faults_are_listed_and_nothing_is_proven(bundle: Path, trust: Path) -> None:
    """Each by its step and where it is."""
    members = filed() | {"inclusion/0": b"", "consistency/2-5": b""}
    bundle.write_bytes(written(members))
    ended = gateway("verify", bundle, "--trust", trust)
    assert ended.code == FAULTS
    assert "FAULT step 5, consistency/2-5: " in ended.out
    assert "FAULT step 6, leaves/0.json: " in ended.out
    assert "\nproven: nothing\n" in ended.out
    assert gateway("verify", bundle, "--trust", trust, "--json").json["proven"] == []


def test_a_log_is_verified_from_its_folder(tmp_path: Path, trust: Path) -> None:
    """Files beside those of a log, and links, are faults."""
    where = laid(tmp_path / "log", log_folder(events(300), [1, 256, 300]))
    assert gateway("verify", where, "--trust", trust).code == VERIFIED
    (where / "leaves" / "link").symlink_to(trust)
    (where / "notes.txt").write_text("")
    ended = gateway("verify", where, "--trust", trust)
    assert ended.code == FAULTS
    assert "FAULT step 1, leaves/link: " in ended.out
    assert "FAULT step 1, notes.txt: " in ended.out


def test_a_dispute_is_proof_against_its_log(tmp_path: Path, trust: Path) -> None:
    """Of a trusted key; of another it proves nothing."""
    path = tmp_path / "fork"
    path.write_bytes(FORK)
    ended = gateway("verify", path, "--trust", trust)
    assert ended.code == VERIFIED
    assert "KZ.KGD rewrote its log kz.example/log: its key signed two different histories of one length" in ended.out
    assert gateway("verify", path).code == PARTLY


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("missing", None, "missing: No such file or directory"),
        ("trust.toml", b"\xff", "trust.toml: expected UTF-8"),
        ("trust.toml", b"[[log]]\nparty = 1\n", "trust.toml: log[1].party: expected a name"),
        ("trust.toml", b"log = ", "trust.toml: Invalid value"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(
    bundle: Path, tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    """By file and key."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    evidence, trusted = (tmp_path / name, []) if content is None else (bundle, ["--trust", tmp_path / name])
    ended = gateway("verify", evidence, *trusted)
    assert ended.code == USAGE
    assert told in ended.err


def test_a_trust_file_has_a_size(bundle: Path, trust: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Larger ones are not read."""
    monkeypatch.setattr(command, "LARGEST_TRUST", 10)
    assert gateway("verify", bundle, "--trust", trust).code == USAGE


def test_several_trust_files_count_together(bundle: Path, tmp_path: Path) -> None:
    """One names the log, another the parties."""
    logs, parties = tmp_path / "logs.toml", tmp_path / "parties.toml"
    logs.write_text(toml(replace(TRUST, parties=None)))
    parties.write_text(toml(replace(TRUST, logs=())))
    assert gateway("verify", bundle, "--trust", logs).code == PARTLY
    assert gateway("verify", bundle, "--trust", logs, "--trust", parties).code == VERIFIED


def test_names_do_nothing_to_a_terminal() -> None:
    """Control characters are shown as what they are."""
    assert command.plain("a\x1b[2J\n\u202eb é") == "a\\x1b[2J\\n\\u202eb é"


def test_whatever_happens_is_a_fault_and_no_traceback(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should anything unforeseen be in a file."""
    monkeypatch.setattr(command, "check_file", lambda *_: 1 / 0)
    ended = gateway("verify", bundle)
    assert ended.code == FAULTS
    assert "ended early at something unforeseen: ZeroDivisionError" in ended.out


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is; as is one that grows, and one too many."""
    where = laid(tmp_path / "log", log_folder(events(1), [1]))
    found = folder.Folder(where)
    (where / "keys").unlink()
    with (where / "checkpoint").open("ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        list(found.pieces("keys"))
    with pytest.raises(ValueError, match="grows"):
        list(found.pieces("checkpoint"))
    monkeypatch.setattr(folder, "MOST_FILES", 1)
    assert folder.Folder(where).misfits
    assert folder.Folder(where / "nothing").misfits == [(".", "it cannot be read: No such file or directory")]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier as one file, and a folder of packages with cryptography and what it is built on."""
    where = tmp_path_factory.mktemp("alone")
    (where / "verify.pyz").write_bytes(packed())
    (where / "run.py").write_text(ALONE)
    (where / "packages").mkdir()
    installed = Path(cryptography.__file__).parents[1]
    for pattern in ("cryptography", "cffi", "_cffi_backend*"):
        for each in installed.glob(pattern):
            (where / "packages" / each.name).symlink_to(each)
    return where


def run(alone: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The one file, by a Python that has no other packages."""
    words = [sys.executable, "-I", "-S", alone / "run.py", alone / "packages", alone / "verify.pyz", *arguments]
    return subprocess.run([str(each) for each in words], capture_output=True, text=True, check=False, cwd=alone)


def test_the_one_file_needs_python_and_cryptography_alone(alone: Path, bundle: Path, trust: Path) -> None:
    """It says what the gateway's own command says."""
    ended = run(alone, bundle, "--trust", trust)
    assert (ended.returncode, ended.stderr) == (VERIFIED, "")
    assert ended.stdout == gateway("verify", bundle, "--trust", trust).out
    assert run(alone, bundle).returncode == PARTLY


@pytest.mark.parametrize("version", ["", "41.0.7"])
def test_without_its_package_the_one_file_says_so(alone: Path, tmp_path: Path, version: str) -> None:
    """Where cryptography is missing, or too old."""
    (tmp_path / "cryptography").mkdir()
    (tmp_path / "cryptography" / "__init__.py").write_text(
        f'__version__ = "{version}"\n' if version else "raise ImportError"
    )
    words = [sys.executable, "-I", "-S", alone / "run.py", tmp_path, alone / "verify.pyz", "x"]
    ended = subprocess.run([str(each) for each in words], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (USAGE, "the Python package cryptography is needed, 42 or newer\n")


def test_the_one_file_has_its_own_command_line(alone: Path) -> None:
    """Wrong ones end with 2, as the gateway's do."""
    assert run(alone).returncode == USAGE
    assert run(alone, "nothing").returncode == USAGE
    helped = run(alone, "--help")
    assert helped.returncode == 0
    assert "Exit codes: 0 verified; 1 faults;" in helped.stdout


def test_the_one_file_is_the_same_each_time(tmp_path: Path) -> None:
    """Written by the command, executable; by the same source the same bytes."""
    ended = gateway("verifier", "--out", tmp_path / "verify.pyz")
    assert ended.code == 0
    assert (tmp_path / "verify.pyz").read_bytes() == packed()
    assert os.access(tmp_path / "verify.pyz", os.X_OK)
    assert gateway("verifier", "--out", tmp_path).code == USAGE


def test_a_terminal_that_cannot_show_a_letter_shows_its_number(bundle: Path) -> None:
    """Whatever it is set to."""
    bundle.write_bytes(written(filed() | {"keys": "log \u049b".encode()}))
    words = [sys.executable, "-m", "gateway.verifier", str(bundle)]
    ended = subprocess.run(words, check=False, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (ended.returncode, ended.stderr) == (FAULTS, b"")


def test_who_reads_the_first_lines_only_gets_no_traceback(bundle: Path) -> None:
    """`| head`."""
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "gateway.verifier", str(bundle)], check=False, stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (PARTLY, b"")


def test_the_module_runs_as_a_program(bundle: Path) -> None:
    """`python -m gateway.verifier`."""
    words = [sys.executable, "-m", "gateway.verifier", str(bundle)]
    assert subprocess.run(words, check=False, capture_output=True).returncode == PARTLY
