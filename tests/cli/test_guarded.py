"""What a command says of files and databases that cannot be used."""

import errno
import sqlite3
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.guarded import Guarded
from gateway.cli.output import CONFIG, USAGE
from tests.cli.command import gateway


def ended(fault: Exception) -> tuple[int, str, BaseException | None]:
    """Exit code, standard error and what left a command in which the fault happens."""
    app = typer.Typer(cls=Guarded, pretty_exceptions_enable=False)
    app.callback()(lambda: None)

    @app.command()
    def work() -> None:
        raise fault

    result = CliRunner().invoke(app, ["work"])
    return result.exit_code, result.stderr.strip(), result.exception


def of_sqlite(code: int) -> sqlite3.Error:
    """A fault as the driver raises it."""
    fault = sqlite3.OperationalError("told")
    fault.sqlite_errorcode = code
    return fault


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "out.zip"), USAGE, "out.zip: No space left on device"),
        (OSError(errno.ENOSPC, "No space left on device"), USAGE, "No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied", "e.zip"), USAGE, "e.zip: Permission denied"),
        (of_sqlite(sqlite3.SQLITE_FULL), CONFIG, "the database cannot be used: told"),
        (of_sqlite(sqlite3.SQLITE_IOERR | 10 << 8), CONFIG, "the database cannot be used: told"),
    ],
)
def test_a_disk_that_cannot_be_used_is_one_line(fault: Exception, code: int, said: str) -> None:
    """Full, read-only or not there: what it is, and where."""
    assert ended(fault)[:2] == (code, said)


@pytest.mark.parametrize(
    "fault", [ConnectionResetError(errno.ECONNRESET, "reset"), of_sqlite(sqlite3.SQLITE_ERROR), KeyError("bug")]
)
def test_an_error_of_the_program_is_not_hidden(fault: Exception) -> None:
    """The control: whoever has to mend it sees where it happened."""
    assert ended(fault)[2] is fault


def test_what_cannot_be_written_or_read_is_named(tmp_path: Path) -> None:
    """A folder that is a file, a file that is a folder, evidence that is not there."""
    file = tmp_path / "file"
    file.write_text("")
    for arguments in (("verify", tmp_path / "none.zip"), ("verifier", "--out", file / "verify.pyz")):
        found = gateway(*arguments)
        assert (found.code, found.err.count("\n")) == (USAGE, 1), found
