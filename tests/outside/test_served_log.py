"""A log that a real gateway serves over TLS, read by a program that shares nothing with it but the published formats."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.config.load import Settings
from tests.api.edge import TRN, Service
from tests.asking import Asked
from tests.house import House, eventually
from tests.loading import load
from tests.outside.test_openssl import verified

UNSETTLED = (
    "SELECT 1 FROM log_pending UNION SELECT 1 FROM deliveries WHERE state <> 'delivered'"
    " UNION SELECT 1 FROM log_heads WHERE size > (SELECT coalesce(max(size), 0) FROM cosignatures)"
)
SECONDS = 60  # a busy machine may take
MANY = 300  # entries: a full tile, a partial one, one above them


@dataclass(frozen=True, slots=True)
class Reader:
    """BY, as an outsider's program asks KZ's log."""

    outsider: Asked
    settings: Settings  # KZ's
    place: dict[str, str]

    async def ask(self, do: str, **said: Any) -> dict[str, Any]:
        """The answer; the gateway goes on serving meanwhile."""
        keys = [str(self.settings.register.notary.signer.verifier)]
        return await asyncio.to_thread(self.outsider.ask, do, keys=keys, place=self.place, **said)


def reader(outsider: Asked, kz: House, caller: House) -> Reader:
    """With the caller's certificate; it believes KZ's alone."""
    settings = load(kz.folder)
    log = settings.register.own.log
    assert log is not None
    shown = {"Certificate": str(caller.pem), "Key": str(caller.folder / "keys" / "gateway.key"), "Server": str(kz.pem)}
    return Reader(outsider, settings, {"URL": log.url, **shown})


@pytest.fixture
async def kz(pair: tuple[House, House]) -> AsyncIterator[Service]:
    """KZ, running beside BY, which cosigns its log; both have exchanged messages."""
    for house in pair:
        path = house.folder / "gateway.toml"
        path.write_text(path.read_text() + '\n[log]\ncosign_every = "0 seconds"\n')
    async with contextlib.AsyncExitStack() as stack:
        ours, _ = [
            Service(
                house, await stack.enter_async_context(house.running()), await stack.enter_async_context(house.client())
            )
            for house in pair
        ]
        await ours.accepted(TRN, movement=1, to="BY.GTK")
        await eventually(lambda: not ours.rows(UNSETTLED), SECONDS)
        yield ours


async def test_served_log_convinces_an_outsider(kz: Service, pair: tuple[House, House], outsider: Asked) -> None:
    """The checkpoint opens, the tiles make its root, every leaf is in it, and every checkpoint before is its beginning."""
    by = reader(outsider, pair[0], pair[1])
    await _many(kz)
    notes = [row for (row,) in kz.rows("SELECT note FROM log_heads ORDER BY size")]
    leaves = {
        str(position): bytes(body)
        for position, body in kz.rows("SELECT position, body FROM log_leaves JOIN log_entries ON id = entry")
    }

    found = await by.ask("log", notes=notes, leaf=leaves)

    assert found["fault"] == ""
    assert found["proven"] == len(notes) + len(leaves)
    assert found["size"] >= len(leaves) > MANY
    wrong = await by.ask("log", leaf={**leaves, "7": leaves["8"]})
    assert wrong["fault"] == "leaf 7: invalid transparency proof"  # the control


async def _many(kz: Service) -> None:
    """So many entries, as the gateway itself would write them."""
    for kind in range(MANY):
        await kz.gateway._log("ping", number=kind)
    await eventually(lambda: not kz.rows(UNSETTLED), SECONDS)


async def test_served_entry_convinces_its_side_alone(kz: Service, pair: tuple[House, House], outsider: Asked) -> None:
    """A partner gets the leaves of its own messages, each with a proof that an outsider's program believes; no others."""
    by = reader(outsider, pair[0], pair[1])
    rows = kz.rows(
        "SELECT position, kind, CAST(body AS TEXT) FROM log_leaves JOIN log_entries ON id = entry ORDER BY 1"
    )

    found = {kind: (await by.ask("entry", index=position), body) for position, kind, body in rows}

    told, body = found["accepted"]
    assert (told["fault"], told["text"]) == ("", body)
    assert found["started"][0]["fault"].endswith("404 Not Found")


async def test_cosignature_in_the_served_checkpoint_verifies_by_openssl(
    kz: Service, pair: tuple[House, House], tmp_path: Path
) -> None:
    """BY's line under KZ's checkpoint, by the key in BY's party file."""
    settings = load(pair[0].folder)
    witness = settings.register.parties[load(pair[1].folder).register.own.id].log
    ((text, line),) = kz.rows(
        "SELECT CAST(note AS TEXT), line FROM cosignatures JOIN log_heads USING (size) ORDER BY size DESC LIMIT 1"
    )
    text = text.rpartition("\n\n")[0] + "\n"
    content = base64.b64decode(line.strip().rpartition(" ")[2])
    covered = f"cosignature/v1\ntime {int.from_bytes(content[4:12], 'big')}\n{text}".encode()

    assert witness is not None
    assert verified(tmp_path, str(witness.witness), covered, content[12:])
    assert not verified(tmp_path, str(witness.witness), covered.replace(b"time 1", b"time 2"), content[12:])


async def test_stranger_reads_nothing(kz: Service, pair: tuple[House, House], outsider: Asked) -> None:
    """The log is its partners' to read: who shows another certificate gets no answer; the control is BY."""
    stranger, by = reader(outsider, pair[0], pair[0]), reader(outsider, pair[0], pair[1])
    assert kz.house == pair[0]

    assert (await stranger.ask("log"))["fault"] != ""
    assert (await by.ask("log"))["fault"] == ""
