"""The commands about removed parts work on files alone, and their exit code says what they found."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli.output import DONE, FOUND, USAGE
from gateway.config.load import load
from tests.cli.command import Ended, gateway
from tests.core.making import Gateway, posted, prepared, sample
from tests.core.test_proof import of
from tests.house import House

STRIPPED = sample("TransitReleaseNotice--drivers-and-a-representative", "restricted")


@dataclass(frozen=True)
class Files:
    """What sender and reader of one message have."""

    folder: Path

    def option(self, *names: str) -> list[object]:
        """--name and the file of that name."""
        return [word for name in names for word in (f"--{name}", next(self.folder.glob(f"{name}.*")))]

    def verify(self, *names: str, more: tuple[object, ...] = ()) -> Ended:
        """`redaction verify` with these files."""
        return gateway("redaction", "verify", *self.option(*names), *more)

    def prove(self, unit: int = 1, *more: object) -> Ended:
        """`redaction prove`, which writes proof.json."""
        out = self.folder / "proof.json"
        return gateway("redaction", "prove", unit, *self.option("original", "answer"), "--out", out, *more)

    def change(self, name: str, old: str, new: str) -> None:
        """Another text in a file."""
        (path,) = self.folder.glob(f"{name}.*")
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture
def files(pair: tuple[House, House], tmp_path: Path) -> Files:
    """The files of one stripped message."""
    kz = Gateway(load(pair[0].folder).register, pair[0].token)
    found, folder = of(kz, prepared(kz, posted(kz, STRIPPED)), STRIPPED), tmp_path / "files"
    folder.mkdir()
    (folder / "original.xml").write_bytes(found.original)
    (folder / "answer.json").write_text(json.dumps(found.answer))
    (folder / "document.xml").write_bytes(found.delivered)
    (folder / "manifest.json").write_bytes(found.manifests[0])
    (folder / "log-entry.json").write_text(json.dumps([{"kind": "delivered"}, found.leaf]))
    return Files(folder)


def test_proof_opens_one_part_for_anybody(files: Files) -> None:
    """Against the manifest or the log entry; what stood there is shown, other parts are not."""
    made = files.prove()

    assert (made.code, "opens" in made.out) == (DONE, True)
    for listing in ("manifest", "log-entry"):
        found = files.verify("proof", listing)
        assert (found.code, "DOES NOT HOLD" in found.out) == (DONE, False)
        assert 'xmlns:cacdo="urn:eurasec-gw:M:CA:ComplexDataObjects:v1.0.0"' in found.out  # as it is, not as an emoji
    proof = (files.folder / "proof.json").read_text()
    salts = re.findall(r'"salt": "([0-9a-f]{64})"', (files.folder / "answer.json").read_text())
    assert len(salts) > 2
    assert [salt for salt in salts if salt in proof] == [json.loads(proof)["salt"]]


def test_changed_proof_is_found(files: Files) -> None:
    """And nothing is shown as what stood there."""
    files.prove()
    files.change("proof", "DriverDetails>", "DriverDetails >")

    found = files.verify("proof", "manifest", more=("--json",))

    assert (found.code, len(found.json["faults"])) == (FOUND, 1)
    assert "what stood there" not in files.verify("proof", "manifest").out


def test_document_is_checked_against_its_manifest(files: Files) -> None:
    """By anybody who has both."""
    assert files.verify("document", "manifest").code == DONE
    files.change("document", "2026-04-14<", "2026-04-15<")
    assert files.verify("document", "manifest").code == FOUND


def test_original_is_checked_against_all(files: Files) -> None:
    """What the sender's system does with every answer."""
    names = ("original", "answer", "document", "manifest")
    assert files.verify(*names, more=("--to", "BY.GTK")).code == DONE
    files.change("document", "2026-04-14<", "2026-04-15<")
    found = files.verify(*names)
    assert (found.code, "DOES NOT HOLD" in found.out) == (FOUND, True)


def test_wrong_files_are_named(files: Files) -> None:
    """The command line is wrong, not the proof."""
    files.prove()
    (files.folder / "rubbish.json").write_text("rubbish")
    (files.folder / "none.json").write_text("{}")
    rubbish, none = files.folder / "rubbish.json", files.folder / "none.json"
    found = [
        files.prove(99),
        files.prove(1, "--to", "RU.FTS"),
        gateway("redaction", "verify"),
        gateway("redaction", "verify", "--document", none),
        gateway("redaction", "verify", "--proof", rubbish, "--manifest", none),
        gateway("redaction", "verify", "--proof", none, *files.option("manifest")),
        gateway("redaction", "verify", *files.option("proof"), "--log-entry", rubbish),
        gateway("redaction", "verify", *files.option("proof"), "--manifest", files.folder / "missing.json"),
        gateway("redaction", "verify", *files.option("document"), "--manifest", rubbish),
    ]
    assert [each.code for each in found] == [USAGE] * len(found)
    assert all("expected" in each.err or "No such file" in each.err for each in found)


def test_proof_without_its_listing_does_not_hold(files: Files) -> None:
    """A log entry of another kind lists nothing."""
    files.prove()
    files.change("log-entry", '"redaction"', '"other"')

    assert files.verify("proof", "log-entry").code == FOUND
