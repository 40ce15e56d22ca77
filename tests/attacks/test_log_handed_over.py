"""The folder of a whole log as an auditor gets it: Go believes it, our verifier does, and whatever is done to a file is found."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.asking import Asked
from tests.attacks.log_scene import Scene
from tests.cli.command import gateway

VERIFIED, FAULTS, PARTLY = 0, 1, 6
Damage = Callable[[Path], None]


@pytest.fixture(scope="module")
def handed(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """KZ's log as far as BY has cosigned it."""
    where = tmp_path_factory.mktemp("handed")
    source = scene.copy(where / "kz")
    said = ("--cosigned", "--why", "an audit", "--who", "the keeper")
    ended = gateway("log", "export", "--out", where / "log", *said, "--config", source)
    assert ended.code == 0, ended.err
    (where / "trust.toml").write_text(scene.trust(*scene.witnesses()))
    return where


def verdict(where: Path, log: Path) -> tuple[int, list[dict[str, str]]]:
    """The end of `gateway verify`, and the faults."""
    ended = gateway("verify", log, "--trust", where / "trust.toml", "--json")
    return ended.code, ended.json["faults"]


def flip(at: float) -> Damage:
    """One byte there is another."""

    def damage(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[int((len(content) - 1) * at)] ^= 0x01
        path.write_bytes(content)

    return damage


def emptied(path: Path) -> None:
    """Nothing is in it."""
    path.write_bytes(b"")


def doubled(path: Path) -> None:
    """Its content stands there twice."""
    path.write_bytes(path.read_bytes() * 2)


def beside(path: Path) -> None:
    """A file is there that belongs to no log."""
    path.with_name("more").write_bytes(b"")


DAMAGES: dict[str, Damage] = {
    "its first byte is another": flip(0),
    "a byte in the middle is another": flip(0.5),
    "its last byte is another": flip(1),
    "it is empty": emptied,
    "it stands there twice": doubled,
    "it is gone": Path.unlink,
    "a strange file is beside it": beside,
}


def test_exported_log_convinces_go(handed: Path, scene: Scene, outsider: Asked) -> None:
    """Checkpoint, tiles, every entry, every earlier checkpoint; the auditor's own one from the end of the second day is in it."""
    log = handed / "log"
    rows = b"".join(path.read_bytes() for path in sorted((log / "leaves").rglob("*.jsonl"))).splitlines()
    notes = [scene.earlier, *(path.read_bytes() for path in (log / "checkpoints").iterdir())]
    leaves = {str(position): row for position, row in enumerate(rows)}

    found = outsider.ask("log", keys=[str(scene.key)], place={"Folder": str(log)}, notes=notes, leaf=leaves)

    assert found["fault"] == ""
    assert found["size"] == len(rows)
    assert found["proven"] == len(rows) + len(notes)


def test_exported_log_is_verified(handed: Path) -> None:
    """The control: by the log's key and one witness."""
    assert verdict(handed, handed / "log") == (VERIFIED, [])


@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_is_done_to_a_file_is_found(damage: str, handed: Path, tmp_path: Path) -> None:
    """To each file of the folder in turn."""
    log = handed / "log"
    for path in sorted(each.relative_to(log) for each in log.rglob("*") if each.is_file()):
        copy = tmp_path / "log"
        shutil.copytree(log, copy)
        DAMAGES[damage](copy / path)

        # Without its index a log's folder is still a log: the step that needs one is named as skipped.
        indexed = (str(path), damage) != ("index", "it is gone")
        code, faults = verdict(handed, copy)
        assert (code, bool(faults)) == ((FAULTS, True) if indexed else (PARTLY, False)), (path, faults)
        shutil.rmtree(copy)
