"""Rows about partners' logs: what was cosigned, what came with messages, disputes; and what partners cosigned of ours."""

import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256

from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.note import Note
from gateway.core.evidence.witness import Witnessed
from gateway.core.message import Authenticated
from gateway.core.names import Micros, PartyId
from gateway.flow.ports import Row
from gateway.flow.ports_witness import Accusation, Checked, Judged, Log, Seen, Settlement, State
from gateway.store import log as entries
from gateway.store import sql_witness as sql

Database = sqlite3.Connection
WRONG_KEPT = 1000  # checkpoints that the log did not sign, the newest ones; the messages that bore them are kept anyway


def witness(database: Database, log: Log, now: Micros, judge: Callable[[Witnessed], Judged]) -> Judged:
    """What was cosigned last, judged; what follows from it commits in the same transaction."""
    judged = judge(_witnessed(database, log))
    if judged.keep is not None:
        kept = judged.keep
        row = {**asdict(log), "size": kept.size, "root": kept.root, "note": kept.note, "at": now}
        database.execute(sql.WITNESS, row)
    _accuse(database, judged.accusation, now)
    return judged


def known(database: Database, log: Log) -> list[Witnessed]:
    """What was cosigned last, and the newest that came with a message and agreed with it; neither where there is none."""
    found = [_witnessed(database, log)]
    for row in database.execute(sql.NEWEST_SEEN, asdict(log)):
        note = bytes(row["note"])
        head = Checkpoint.of(Note.parse(note).text)
        found.append(Witnessed(head.size, head.root, note))
    return [each for each in found if each.note]


def told(database: Database, known: Authenticated, now: Micros) -> None:
    """The checkpoint that the message bears, if it bears one of a partner's log, waits to be checked."""
    if known.sender.log is not None and known.unpacked.stated.linked.checkpoint:
        see(database, known.sender.id, known.unpacked.stated.linked.checkpoint, now)


def see(database: Database, party: PartyId, note: bytes, now: Micros) -> None:
    """The checkpoint waits to be checked, if it is no known one."""
    database.execute(sql.SEE, {"party": party, "digest": sha256(note).digest(), "note": note, "at": now})


def unchecked(database: Database, party: PartyId, limit: int) -> list[Seen]:
    """The partner's checkpoints about which nothing is known yet."""
    rows = database.execute(sql.UNCHECKED, {"party": party, "limit": limit})
    return [Seen(party, bytes(row["digest"]), bytes(row["note"]), Micros(row["at"])) for row in rows]


def checked(database: Database, found: Checked) -> None:
    """What was found out, the accusation and the entries."""
    seen = found.seen
    row = {"party": seen.party, "digest": seen.digest, "origin": found.origin, "size": found.size}
    if not database.execute(sql.CHECKED, {**row, "state": found.state.value}).rowcount:
        return  # another came first
    if found.state is State.CONSISTENT:
        database.execute(sql.FORGET_SMALLER, row)
    if found.state is State.WRONG:
        database.execute(sql.FORGET_WRONG, {"party": seen.party, "kept": WRONG_KEPT})
    _accuse(database, found.accusation, seen.at)
    if found.entry is not None:
        entries.append(database, found.entry)


def keep_cosignature(database: Database, party: PartyId, size: int, line: str, at: Micros) -> None:
    """The first one of a size stays."""
    database.execute(sql.COSIGN, {"party": party, "size": size, "line": line, "at": at})


def last_cosigned(database: Database, party: PartyId) -> int:
    """The size of our largest checkpoint that the partner cosigned."""
    return int(database.execute(sql.LAST_COSIGNED, {"party": party}).fetchone()[0])


def disputes(database: Database, party: PartyId) -> list[Row]:
    """Every dispute with the partner."""
    return [dict(row) for row in database.execute(sql.DISPUTES, {"party": party})]


def settle(database: Database, settlement: Settlement) -> bool:
    """What was disputed up to there is settled, if it is not yet; what is found from now on is told again."""
    row = {name: getattr(settlement, name) for name in ("party", "upto", "who", "why")} | {"at": settlement.entry.at}
    if not any(
        found["id"] == settlement.upto and not found["settled"] for found in disputes(database, settlement.party)
    ):
        return False
    database.execute(sql.LET_GO, row)
    database.execute(sql.SETTLE, row)
    entries.append(database, settlement.entry)
    return True


def partner_logs(database: Database) -> list[Row]:
    """One row for each partner that anything is known of."""
    found: dict[str, dict[str, object]] = {}
    for row in database.execute(sql.PEER_HEADS):  # of several logs the newest one
        found.setdefault(row["party"], {}).update(origin=row["origin"], size=row["size"], at=row["at"])
    for row in database.execute(sql.PEER_SEEN):
        found.setdefault(row["party"], {}).update({row["state"]: row["n"], f"{row['state']}_size": row["size"]})
    for row in database.execute(sql.PEER_DISPUTES):
        found.setdefault(row["party"], {})[row["found"]] = row["n"]
    for row in database.execute(sql.COSIGNERS):
        found.setdefault(row["party"], {}).update(cosigned=row["size"], cosigned_at=row["at"])
    return [{"party": party, **row} for party, row in sorted(found.items())]


def _witnessed(database: Database, log: Log) -> Witnessed:
    row = database.execute(sql.WITNESSED, asdict(log)).fetchone()
    return Witnessed(row["size"], bytes(row["root"]), bytes(row["note"])) if row else Witnessed()


def _accuse(database: Database, found: Accusation | None, now: Micros) -> None:
    """Once for each checkpoint that was known, until it is settled: what repeats itself every few seconds is told once."""
    if found is None:
        return
    row = {"party": found.party, "kind": found.kind, "first": found.first, "second": found.second, "proof": found.proof}
    if database.execute(sql.DISPUTE, {**row, "at": now}).fetchone() is not None:
        entries.append(database, found.entry)
