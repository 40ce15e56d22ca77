"""The numbers of messages: each is given once to a partner, and each of a partner's is accounted for."""

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict

from gateway.core.arrival import Arrival
from gateway.core.message import Entry
from gateway.core.names import Micros
from gateway.core.states import GIVEN_UP, Delivery
from gateway.flow.ports import Row
from gateway.flow.ports_numbers import Gap, Reuse, Void
from gateway.store import sql_numbers as sql
from gateway.store.log import append

Database = sqlite3.Connection
PARTNER = "party:"


def give(database: Database, row: sqlite3.Row, *, numbered: bool) -> int:
    """The number of a delivery that is tried for the first time, or the one it has; 0: none.

    What was packed without a number never gets one: its bytes stay as they are.
    """
    if not numbered or row["sequence"] or row["pack"] or row["kind"] != "partner":
        return int(row["sequence"])
    (number,) = database.execute(
        sql.GIVE, {"party": row["target"].removeprefix(PARTNER), "message": row["message"]}
    ).fetchone()
    database.execute(sql.NUMBER, {"id": row["id"], "sequence": number})
    return int(number)


def moved(database: Database, delivery: int, to: Delivery, now: Micros) -> None:
    """The number of what is given up is void; of what is tried again, it is not, unless the partner was told."""
    row = database.execute(sql.NUMBERED, {"id": delivery}).fetchone()
    if row is None:
        return
    number = {"party": row["target"].removeprefix(PARTNER), "sequence": row["sequence"]}
    if to in GIVEN_UP:
        database.execute(sql.VOID, {**number, "why": to.value, "at": now})
    else:
        database.execute(sql.STILL_COMING, number)


def untold(database: Database, party: str, limit: int) -> list[Void]:
    """Void numbers that the partner has not acknowledged, in order."""
    rows = database.execute(sql.UNTOLD_VOIDS, {"party": party, "limit": limit})
    return [Void(row["sequence"], row["why"], Micros(row["at"])) for row in rows]


def told(database: Database, party: str, voids: Sequence[Void], entry: Entry) -> None:
    """The partner has acknowledged these."""
    row = {"party": party, "at": entry.at}
    changed = [database.execute(sql.TOLD_VOID, {**row, "sequence": void.sequence}).rowcount for void in voids]
    if any(changed):
        append(database, entry)


def arrive(database: Database, found: Arrival) -> None:
    """The number has come, with its message; that it came with another message before is noted, and both came."""
    number = {"party": found.party, "sequence": found.sequence, "message_id": found.message_id}
    if database.execute(sql.ANOTHER_CAME, number).fetchone() is not None:
        database.execute(sql.REUSED, number)
    row = {**asdict(found), "kind": found.outcome.value}
    del row["outcome"]
    database.execute(sql.ARRIVE, row)
    _account(database, found.party, found.sequence, found.timestamp, found.at)


def refuse(database: Database, arrival: Arrival, entries: Sequence[Entry]) -> None:
    """The refusal is in the log, and the number of what was refused has been seen."""
    for entry in entries:
        append(database, entry)
    arrive(database, arrival)


def hear(database: Database, party: str, voids: Sequence[Void], entry: Entry) -> None:
    """The partner's void numbers are known and accounted for; what was heard before changes nothing."""
    row = {"party": party, "at": entry.at}
    fresh = [
        void
        for void in voids
        if database.execute(sql.PEER_VOID, {**row, "sequence": void.sequence, "why": void.why}).rowcount
    ]
    for void in fresh:
        _account(database, party, void.sequence, void.at, entry.at)
    if fresh:
        append(database, entry)


def gaps_past(database: Database, party: str, before: Micros) -> list[Gap]:
    """Gaps that have been open since then or longer, and that nobody was told of."""
    return [Gap(**dict(row)) for row in database.execute(sql.GAPS_PAST, {"party": party, "before": before})]


def alarm(database: Database, gap: Gap, entry: Entry) -> bool:
    """Whether the gap was still the same, and is now in the log."""
    row = {"party": gap.party, "first": gap.first, "last": gap.last, "at": entry.at}
    if database.execute(sql.ALARMED, row).rowcount != 1:
        return False
    append(database, entry)
    return True


def closed(database: Database) -> list[Gap]:
    """Alarmed gaps whose numbers have come, or are void."""
    return [
        Gap(row["party"], row["first"], row["last"], Micros(row["since"])) for row in database.execute(sql.CLOSED_GAPS)
    ]


def forget(database: Database, gap: Gap, entry: Entry) -> None:
    """That it is closed is in the log."""
    if database.execute(sql.FORGET_GAP, {"party": gap.party, "first": gap.first}).rowcount:
        append(database, entry)


def reuses(database: Database) -> list[Reuse]:
    """Numbers under which two messages came, and that nobody was told of."""
    return [Reuse(**dict(row)) for row in database.execute(sql.UNTOLD_REUSES)]


def told_reuse(database: Database, reuse: Reuse, entry: Entry) -> None:
    """It is in the log."""
    row = {"party": reuse.party, "sequence": reuse.sequence, "message_id": reuse.message_id, "at": entry.at}
    if database.execute(sql.TOLD_REUSE, row).rowcount:
        append(database, entry)


def summary(database: Database) -> list[Row]:
    """For each partner: last number given, last seen, gaps, voids."""
    found: list[Row] = []
    for (party,) in database.execute(sql.PARTIES_NUMBERED).fetchall():
        row = dict(database.execute(sql.SUMMARY, {"party": party}).fetchone())
        gaps = [dict(gap) for gap in database.execute(sql.OPEN_GAPS, {"party": party})]
        found.append({"party": party, **row, "gaps": gaps})
    return found


def _account(database: Database, party: str, sequence: int, since: Micros, now: Micros) -> None:
    """The number is missing no more; those that it leaves out are."""
    row = database.execute(sql.HIGHEST, {"party": party}).fetchone()
    highest = row["highest"] if row else 0
    if sequence > highest:
        if sequence > highest + 1:
            _gap(database, Gap(party, highest + 1, sequence - 1, now))
        # A time that the partner states is no later than now: from the first of them the days are compared.
        database.execute(sql.SEEN, {"party": party, "highest": sequence, "since": min(since, now), "at": now})
        return
    around = database.execute(sql.GAP_AROUND, {"party": party, "sequence": sequence}).fetchone()
    if around is None:
        return
    database.execute(sql.NO_GAP, {"party": party, "first": around["first"]})
    for first, last in ((around["first"], sequence - 1), (sequence + 1, around["last"])):
        if first <= last:
            _gap(database, Gap(party, first, last, Micros(around["since"])), around["alarmed_at"])
    if around["alarmed_at"]:
        _gap(database, Gap(party, sequence, sequence, Micros(around["since"])), around["alarmed_at"], now)


def _gap(database: Database, gap: Gap, alarmed_at: int = 0, closed_at: int = 0) -> None:
    database.execute(sql.GAP, {**asdict(gap), "alarmed_at": alarmed_at, "closed_at": closed_at})
