"""Compares delivery logs: what one gateway's says was accepted and delivered, against what the other's says it received."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.boot import opened
from gateway.config.load import load

KINDS = frozenset({"accepted", "received", "delivered"})
Leaf = Mapping[str, Any]


@dataclass(slots=True)
class Ledger:
    """What a delivery log says about the messages of one replay."""

    accepted: dict[str, tuple[str, str]] = field(default_factory=dict)  # MessageId ► recipient, digest
    received: dict[str, tuple[str, str]] = field(
        default_factory=dict
    )  # ► sender, digest; empty: more was stripped here
    delivered: Counter[str] = field(default_factory=Counter)
    twice: list[str] = field(default_factory=list)

    def add(self, leaf: Leaf) -> None:
        """One more entry."""
        name, kind = leaf["message_id"], leaf["kind"]
        if kind == "delivered":
            self.delivered[name] += 1
        elif kind == "accepted":
            self.accepted[name] = leaf["recipient"], leaf["digest_out"]
        else:
            self.twice += [name] if name in self.received else []
            self.received[name] = leaf["sender"], "" if leaf.get("removed") else leaf["digest_out"]


async def ledgers(sources: Mapping[str, Path], run: str) -> dict[str, Ledger]:
    """Each party's log: of a configuration folder's gateway, or a file that `gateway log show --json` printed."""
    return {party: await _ledger(source, run) for party, source in sources.items()}


async def settled(sources: Mapping[str, Path], run: str, patience: float) -> Sequence[str]:
    """The differences that remain: the last receipts may still be on their way."""
    began = time.monotonic()
    while (found := differ(await ledgers(sources, run))) and time.monotonic() - began < patience:  # noqa: ASYNC110 - other processes write
        await asyncio.sleep(0.5)
    return found


async def _ledger(source: Path, run: str) -> Ledger:
    found = Ledger()
    async for leaf in _folder(source) if await asyncio.to_thread(source.is_dir) else _file(source):
        if leaf.get("kind") in KINDS and str(leaf.get("message_id", "")).startswith(f"{run}."):
            found.add(leaf)
    return found


async def _file(source: Path) -> AsyncIterator[Leaf]:
    for leaf in json.loads(await asyncio.to_thread(source.read_bytes)):
        yield leaf


async def _folder(source: Path) -> AsyncIterator[Leaf]:
    async with opened(load(source)) as (store, _, _):
        async for row in store.leaves():
            yield json.loads(bytes(row["body"]))
        for row in await store.waiting():
            yield json.loads(bytes(row["body"]))


def differ(found_in: Mapping[str, Ledger]) -> Sequence[str]:
    """Every difference between the logs of the parties; one whose log is not there is not asked."""
    found = [f"{party}: {name} is in the log as received twice" for party in found_in for name in found_in[party].twice]
    for party, own in found_in.items():
        for name, (recipient, digest) in own.accepted.items():
            if recipient in found_in:
                found += _pair(name, digest, own, found_in[recipient], f"{party} to {recipient}")
        for name, (sender, _) in own.received.items():
            if sender in found_in and name not in found_in[sender].accepted:
                found.append(f"{sender} to {party}: {name} is received, but not accepted")
    return sorted(found)


def _pair(name: str, digest: str, own: Ledger, other: Ledger, way: str) -> list[str]:
    if name not in other.received:
        return [f"{way}: {name} is accepted, but not received"]
    faults = (
        [] if own.delivered[name] == 1 else [f"{way}: {name} is received, but {own.delivered[name]} times delivered"]
    )
    if other.received[name][1] not in ("", digest):
        faults.append(f"{way}: {name} has one digest here and another there")
    return faults
