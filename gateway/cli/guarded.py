"""A file or a database that cannot be used ends a command with one line."""

import errno
import sqlite3

import typer
from typer.core import TyperGroup

from gateway.cli.output import CONFIG, USAGE, fail

# Of a file's content; where a path is at fault, the error names it. Others (a peer's connection) belong to the command.
DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG})
DATABASE = frozenset({
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CORRUPT,
})  # fmt: skip
PRIMARY = 0xFF  # of an extended result code


class Guarded(TyperGroup):
    """All commands."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """The command has run; a disk that is full or read-only, or a file that is not there, is told without a traceback."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.filename is None and error.errno not in DISK:
                raise
            where = f"{error.filename}: " if error.filename else ""
            fail(USAGE, f"{where}{error.strerror}")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & PRIMARY not in DATABASE:
                raise
            fail(CONFIG, f"the database cannot be used: {error}")
