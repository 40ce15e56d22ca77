"""How commands show results and end: a table for people, JSON for programs, one meaning for each exit code."""

import json
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from gateway.config.faults import ConfigError
from gateway.flow.ports import NewerError

T = TypeVar("T")

DONE, FOUND, USAGE, CONFIG, REFUSED, UNREACHABLE, PARTLY, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130
EXIT_CODES: Mapping[int, str] = {
    DONE: "done, nothing wrong",
    FOUND: "done, and something is wrong: differences, faults in the log, a lost message",
    USAGE: "the command line is wrong, or a file that it names cannot be read or written",
    CONFIG: "the configuration is wrong: file, key and what was expected are printed; or its database cannot be used",
    REFUSED: "the gateway refused the request: its faults are printed",
    UNREACHABLE: "the gateway or the partner cannot be reached",
    PARTLY: "partly verified: nothing wrong was found, but not everything could be checked",
    INTERRUPTED: "interrupted from the keyboard: it was not done",
}

Folder = Annotated[Path, typer.Option("--config", "-c", envvar="GATEWAY_CONFIG", help="configuration folder")]
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]
HERE = Path("config")
# No markup and no emoji: [as4], [@id] or urn:x:y in a text is the text, not a style or a picture.
console = Console(markup=False, emoji=False)
errors = Console(stderr=True, markup=False, emoji=False)


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, title: str = "") -> None:
    """The rows as a table with these columns, or all of them as a JSON list."""
    if as_json:
        print_json([{key: plain(value) for key, value in row.items()} for row in rows])
        return
    table = Table(title=title or None, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(name, row.get(name)) for name in columns))
    console.print(table)


def print_json(value: object) -> None:
    """JSON on standard output, nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def plain(value: object) -> object:
    """Bytes as hex, everything else as it is."""
    return value.hex() if isinstance(value, bytes) else value


def instant(micros: int | None) -> str:
    """Microseconds as UTC, for people."""
    if not micros:
        return ""
    return datetime.fromtimestamp(micros / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _cell(name: str, value: object) -> str:
    if isinstance(value, int) and (name == "at" or name.endswith(("_at", "deadline", "timestamp"))):
        return instant(value)
    if isinstance(value, bytes):
        return value.hex()[:16]
    return "" if value is None else str(value)


def fail(code: int, *lines: str) -> NoReturn:
    """Say what is wrong on standard error and end with the code."""
    for line in lines:
        errors.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def new_folder(path: Path) -> None:
    """The folder is there and empty, or the command ends."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        used = any(path.iterdir())
    except FileExistsError:
        used = True
    except OSError as error:
        fail(USAGE, f"{path}: cannot be made: {error.strerror}")
    if used:
        fail(USAGE, f"{path} is not an empty folder")


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The coroutine's result; a configuration fault ends the command with all faults named. Ctrl-C ends it with 130."""
    try:
        return uvloop.run(work())
    except ConfigError as error:
        fail(CONFIG, *map(str, error.faults))
    except NewerError as error:
        fail(CONFIG, str(error))
