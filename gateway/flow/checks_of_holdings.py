"""What is stored must be what the delivery log says: payloads, envelopes, receipts; and gone only where it says that."""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeVar

from gateway.core.entry import said
from gateway.flow.bodies import Bodies
from gateway.flow.checks_of_removals import Removals
from gateway.flow.ports import Row, StoredPart

T = TypeVar("T")


async def payload(bodies: Bodies, row: Row, removals: Removals) -> list[str]:
    """The body is what its digest says, or the log says that it was removed; and the log said that digest before."""
    where = f"message {row['message_id']} payload {row['position']}"
    part = StoredPart("", "", "", bytes(row["digest"]), row["size"], 0, row["body"])
    faults = []
    if row["purged_at"] or part.purged:
        told = part.purged and removals.told(row)
        faults += [] if told else [f"{where}: removed, but no log entry says so"]
    elif not await bodies.verified(part):
        faults.append(f"{where}: the stored body is not what its digest says")
    if row["leaf"] is None:
        return [*faults, f"{where}: its log entry is gone"]
    logged = said(bytes(row["leaf"]))
    expected = [logged.get("digest_out"), *_listed(logged.get("attachments"))]
    if part.digest.hex() not in expected[row["position"] : row["position"] + 1]:
        faults.append(f"{where}: the log entry names another digest")
    return faults


def delivery(row: Row) -> list[str]:
    """Receipt and envelope of a confirmed delivery are those whose digests the log says.

    An envelope may have been secured again while the receipt for the one before was on its way: each is in the log.
    """
    where = f"message {row['message_id']} to {row['target']}"
    told = [said(bytes.fromhex(each)) for each in json.loads(row["leaves"])]
    confirmed = [each for each in told if each.get("kind") == "delivered" and each.get("target") == row["target"]]
    if not confirmed:
        return [f"{where}: delivered, but the log does not say so"]
    faults = []
    if not _held({**row, "purged_at": 0}, "receipt", [each.get("receipt") for each in confirmed]):  # it outlives all
        faults.append(f"{where}: its receipt is not the one that the log names")
    sent = [each["sent"] for each in told if "sent" in each]
    if any("sent" in each for each in confirmed) and not _held(row, "pack", sent):
        faults.append(f"{where}: its envelope is not the one that the log names")
    return faults


def envelope(row: Row) -> list[str]:
    """A partner's envelope is kept as it came, where the log says that it is kept."""
    where = f"message {row['message_id']}"
    expected = said(bytes(row["leaf"])).get("envelope") if row["leaf"] is not None else None
    if expected is None and row["soap"] is None:
        return []
    return [] if _held(row, "soap", [expected]) else [f"{where}: its envelope is not the one that the log names"]


def _listed(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def _held(row: Row, column: str, digests: Sequence[object]) -> bool:
    """Whether the column holds bytes of one of the digests, or was purged."""
    if row[column] is None or not bytes(row[column]):
        return bool(row["purged_at"])
    return sha256(bytes(row[column])).hexdigest() in digests


async def inline(size: int, work: Callable[[], T]) -> T:
    """Nobody waits for this process meanwhile, whatever the size."""
    del size
    return work()
