"""A file is there whole, for its owner, or not at all."""

import errno
from pathlib import Path

import pytest

from gateway.cli.appearing import appearing


def test_it_appears_when_all_is_written(tmp_path: Path) -> None:
    """Not before; nobody else can read it; what a command that was cut off left behind is gone."""
    path = tmp_path / "out.zip"
    (tmp_path / ".out.zip.part").write_bytes(b"of an earlier command")
    with appearing(path) as file:
        file.write(b"half")
        file.flush()
        assert not path.exists()
        file.write(b" and half")

    assert path.read_bytes() == b"half and half"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [*tmp_path.iterdir()] == [path]


def test_a_fault_leaves_nothing(tmp_path: Path) -> None:
    """Neither the file nor what was begun; one that was there before stays as it was."""
    path = tmp_path / "out.zip"
    for before in (None, b"before"):
        if before:
            path.write_bytes(before)
        with pytest.raises(TypeError), appearing(path) as file:
            file.writelines([b"half", "no bytes"])  # type: ignore[list-item]
        assert (path.read_bytes() if path.exists() else None) == before
        assert [*tmp_path.iterdir()] == ([path] if before else [])


def test_a_disk_that_is_full_is_told_with_the_files_name(tmp_path: Path) -> None:
    """Though it is met with the content, which has no name."""
    path = tmp_path / "out.zip"
    with pytest.raises(OSError, match=r"No space left on device: .*out\.zip") as told, appearing(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert told.value.filename == str(path)
    assert [*tmp_path.iterdir()] == []


def test_what_cannot_be_begun_is_told_with_the_files_name(tmp_path: Path) -> None:
    """Not with that of the file beside it, which nobody asked for."""
    path = tmp_path / "none" / "out.zip"
    with pytest.raises(OSError, match=r"none/out\.zip") as told, appearing(path):
        raise AssertionError
    assert told.value.filename == str(path)
