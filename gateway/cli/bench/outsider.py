"""What checking costs whoever gets the evidence: entries verified a second, and the size of what is handed over."""

import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE
from rich.table import Table

from gateway.cli.bench.process import BenchError
from gateway.config.shipped import PACKAGE
from gateway.core.evidence.finding import Result
from gateway.core.evidence.trust import Trust
from gateway.verifier import command

NEWEST = "SELECT message_id FROM messages m JOIN deliveries d ON d.message = m.id WHERE d.state = 'delivered' LIMIT 1"
KB = 1000


@dataclass(frozen=True, slots=True)
class Checked:
    """One piece of evidence."""

    name: str
    entries: int
    kilobytes: float
    seconds: float  # of CPU, of the verifier alone

    @property
    def rate(self) -> float:
        """Entries a second."""
        return self.entries / self.seconds


def measured(service: Path, partner: Path, where: Path) -> tuple[Checked, ...]:
    """The service's whole log and one delivered message, verified with what its partner's configuration says to trust."""
    where.mkdir()
    trust, log, message = where / "trust.toml", where / "log", where / "message.zip"
    _gateway("evidence", "trust", "--out", trust, "--config", partner)
    _gateway("log", "export", "--cosigned", "--out", log, "--why", "bench", "--config", service)
    about = ("--message", _message(service), "--out", message, "--why", "bench", "--config", service)
    _gateway("evidence", "export", *about)
    known = command.trusting((trust,))
    entries = sum(path.read_bytes().count(b"\n") for path in (log / "leaves").rglob("*.jsonl"))
    files = sum(path.stat().st_size for path in log.rglob("*") if path.is_file())
    return (
        Checked("the whole log", entries, files / KB, _seconds(log, known)),
        Checked("one message", 1, message.stat().st_size / KB, _seconds(message, known)),
    )


def table(found: tuple[Checked, ...]) -> Table:
    """For people."""
    shown = Table(title="Checked offline by whoever gets it", title_justify="left", box=SIMPLE, pad_edge=False)
    for name in ("evidence", "entries", "KB", "CPU ms", "entries/s"):
        shown.add_column(name, justify="left" if name == "evidence" else "right")
    for row in found:
        rate = f"{row.rate:,.0f}" if row.entries > 1 else ""
        shown.add_row(row.name, f"{row.entries:,}", f"{row.kilobytes:,.0f}", f"{row.seconds * 1e3:,.1f}", rate)
    return shown


def _seconds(evidence: Path, trust: Trust | None) -> float:
    began = time.process_time()
    verdict = command.check(evidence, trust)
    used = time.process_time() - began
    if verdict.result is not Result.VERIFIED:
        raise BenchError(f"{evidence.name}: {'; '.join(command.told(verdict))}")
    return used


def _message(service: Path) -> str:
    database = sqlite3.connect(f"file:{service / 'data' / 'gateway.sqlite3'}?mode=ro", uri=True)
    try:
        return str(database.execute(NEWEST).fetchone()[0])
    finally:
        database.close()


def _gateway(*arguments: object) -> None:
    """The command has run well."""
    found = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-m", "gateway", *map(str, arguments)],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        raise BenchError(f"gateway {arguments[0]} {arguments[1]}: {found.stderr or found.stdout}")
