"""What a server has done so far, read from its database: asking the server would cost it the CPU that is measured."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Questions:
    """One kind of server's statements; each gives one column."""

    undelivered: str
    unlogged: str
    last: str  # the newest message's number
    latencies: str  # microseconds from acceptance to the kept receipt, of the messages after one


GATEWAY = Questions(
    "SELECT count(*) FROM deliveries WHERE state = 'queued'",
    "SELECT count(*) FROM log_pending",
    "SELECT coalesce(max(id), 0) FROM messages",
    """SELECT d.settled_at - m.timestamp FROM deliveries d JOIN messages m ON m.id = d.message
       WHERE d.state = 'delivered' AND m.id > ?""",
)
FLOOR = Questions(
    "SELECT (SELECT count(*) FROM log) - (SELECT count(*) FROM receipts)",
    "SELECT 0",
    "SELECT coalesce(max(id), 0) FROM log",
    "SELECT r.at - l.at FROM receipts r JOIN log l ON l.id = r.message WHERE l.id > ?",
)


class Book:
    """One server's database, read only."""

    def __init__(self, path: Path, questions: Questions) -> None:
        """The server has made the file."""
        self._database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        self._questions = questions

    def undelivered(self) -> int:
        """How many messages wait for their receipt."""
        return self._number(self._questions.undelivered)

    def unlogged(self) -> int:
        """How many log entries wait for their place."""
        return self._number(self._questions.unlogged)

    def last(self) -> int:
        """The newest message's number."""
        return self._number(self._questions.last)

    def latencies(self, after: int) -> list[float]:
        """Seconds from acceptance to the kept receipt, of every message after one."""
        return [row[0] / 1e6 for row in self._database.execute(self._questions.latencies, (after,))]

    def _number(self, question: str) -> int:
        return int(self._database.execute(question).fetchone()[0])
