"""The recipe of docs/evidence.md checks a checkpoint's signatures with a shell and openssl, as it stands there."""

import subprocess
from pathlib import Path

import pytest

from gateway.core.evidence.note import CosignSigner, Note, NoteSigner
from tests.core.evidence.signing import LOG, OTHER, WITNESS, cosigned

DOCS = Path(__file__).parents[2] / "docs" / "evidence.md"
VERIFIED = "Signature Verified Successfully"


def recipe() -> str:
    """The commands."""
    _, found, rest = DOCS.read_text().partition("## With other people's tools\n")
    assert found
    return rest.partition("```sh\n")[2].partition("```")[0]


def checked(folder: Path, vkey: str, note: bytes) -> str:
    """What they print."""
    folder.mkdir()
    (folder / "checkpoint").write_bytes(note)
    command = ["sh", "-eu", "-c", recipe()]
    environment = {"PATH": "/usr/bin:/bin", "VKEY": vkey}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert bool(done.returncode) == (done.stdout.strip() != VERIFIED), done
    return done.stdout.strip()


@pytest.mark.parametrize("signer", [LOG, WITNESS, OTHER], ids=lambda each: each.name)
def test_recipe_finds_who_signed(signer: NoteSigner | CosignSigner, tmp_path: Path) -> None:
    """The log's line and the witnesses'; the control: another size in the text."""
    vkey, note = str(signer.verifier), cosigned()
    changed = Note(note.text.replace("12", "13", 1), note.signatures)

    assert checked(tmp_path / "good", vkey, note.bytes()) == VERIFIED
    assert checked(tmp_path / "bad", vkey, changed.bytes()) != VERIFIED
