"""`gateway traffic record`: a stretch of a real delivery log as replayable traffic, with pseudonyms."""

import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from gateway.boot import opened
from gateway.cli.looking import looked
from gateway.cli.output import FOUND, HERE, USAGE, Folder, Json, console, fail, new_folder, print_json, run
from gateway.config.load import load
from gateway.core.agreement import Agreement, Register
from gateway.flow.bodies import Bodies
from gateway.flow.ports import LogStore, Row, StoredPart
from gateway.traffic.mask import Mask
from gateway.traffic.record import MICROS, Delivered, Recording
from gateway.traffic.sample import LINES, Writer

T = TypeVar("T")
Leaf = Mapping[str, Any]
KEY = 32  # bytes
MOMENT = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
ACCEPTED = ("accepted", "received")


END_OF_TIME = 1 << 62


@dataclass(frozen=True, slots=True)
class Stretch:
    """From, and up to but not with: microseconds."""

    since: int
    until: int


def record_traffic(  # noqa: PLR0913, PLR0917 - what is recorded, and where to
    out: Annotated[Path, typer.Option(help="the folder that is written; it must be new or empty")],
    config: Folder = HERE,
    since: Annotated[datetime | None, typer.Option(help="first moment, UTC", formats=MOMENT)] = None,
    until: Annotated[datetime | None, typer.Option(help="moment after the last, UTC", formats=MOMENT)] = None,
    party: Annotated[list[str] | None, typer.Option(help="REAL=NAME: a PartyId in the recording; repeat it")] = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Write what this gateway sent and received as traffic: same times, sizes and order; other names and numbers."""
    stretch, parties = Stretch(_micros(since, 0), _micros(until, END_OF_TIME)), _parties(party)
    if stretch.since >= stretch.until:
        fail(USAGE, "--since: expected a moment before --until")
    new_folder(out)

    async def work() -> dict[str, object]:
        settings = load(config)
        recording = Recording(Mask(secrets.token_bytes(KEY)), settings.register.limits, parties)
        async with opened(settings) as (store, _, clock):
            names = [leaf["message_id"] async for _, leaf in _rows(store, stretch)]
            await looked((store, clock), "traffic record", names, {"since": since, "until": until})
            return await _record(out, recording, _rows(store, stretch), (store, settings.register))

    facts = run(work)
    if as_json:
        print_json(facts)
    else:
        for name, value in facts.items():
            console.print(f"{name.replace('_', ' ')}: {value}", highlight=False, markup=False, soft_wrap=True)
    if facts["left_out"]:
        raise typer.Exit(FOUND)


async def _record(
    out: Path, recording: Recording, rows: AsyncIterator[tuple[Row, Leaf]], source: tuple[LogStore, Register]
) -> dict[str, object]:
    """Every message of the stretch is written, or counted as left out."""
    store, register = source
    came: Counter[str] = Counter()
    with Writer(out) as writer:
        async for row, leaf in rows:
            agreement = _agreement(register, leaf)
            if row["position"]:
                came["others"] += 1
            elif row["purged_at"]:
                came["purged"] += 1
            elif agreement is None:
                came["unknown"] += 1
            elif sample := recording.sample(_delivered(leaf, agreement, await _document(store, row))):
                writer.add(sample)
                came["messages"] += 1
    return {
        "file": str(out / LINES),
        "messages": came["messages"],
        "left_out": recording.left_out + came["unknown"] + came["purged"],
        "of_these_removed_after_the_agreed_time": came["purged"],
        "signals_made_again": recording.signals,
        "other_payloads_left_out": came["others"],
    }


async def _rows(store: LogStore, stretch: Stretch) -> AsyncIterator[tuple[Row, Leaf]]:
    """Every stored payload of the stretch with what the delivery log says about its message."""
    async for row in store.stored():
        if row["leaf"] is not None:
            leaf = json.loads(bytes(row["leaf"]))
            if leaf["kind"] in ACCEPTED and stretch.since <= leaf["at"] < stretch.until:
                yield row, leaf


async def _document(store: LogStore, row: Row) -> bytes:
    part = StoredPart("", "", "", bytes(row["digest"]), row["size"], 0, row["body"])
    _, content = await Bodies(store, _inline).whole(part)
    return content


async def _inline(size: int, work: Callable[[], T]) -> T:
    """Nobody waits for this process meanwhile, whatever the size."""
    del size
    return work()


def _agreement(register: Register, leaf: Leaf) -> Agreement | None:
    """The agreement under which it was sent; None where it is not configured any more."""
    return next((agreement for agreement in register.agreements if agreement.ref == leaf["agreement"]), None)


def _delivered(leaf: Leaf, agreement: Agreement, document: bytes) -> Delivered:
    return Delivered(
        leaf["message_id"],
        leaf["conversation_id"],
        leaf.get("ref_to_message_id", ""),
        leaf["sender"],
        leaf["recipient"],
        leaf["at"],
        agreement,
        document,
    )


def _parties(rows: list[str] | None) -> dict[str, str]:
    """Real PartyId ► the one in the recording."""
    found = dict(row.partition("=")[::2] for row in rows or [])
    if not all(found.values()):
        fail(USAGE, "--party: expected REAL=NAME")
    return found


def _micros(moment: datetime | None, otherwise: int) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp()) * MICROS if moment else otherwise
