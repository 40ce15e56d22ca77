"""What operators see of partners' logs, and the file that proves a fork to anybody."""

import json
from pathlib import Path

import pytest

from gateway.boot import opened
from gateway.cli.output import DONE, FOUND, USAGE
from gateway.core.evidence.dispute import Dispute, Weight, weigh
from gateway.core.names import PartyId
from gateway.flow.witness import Witness
from tests.cli.command import beside
from tests.core.evidence.logs import Log, forked
from tests.house import House
from tests.loading import load

KZ = PartyId("KZ.KGD")


@pytest.fixture
def logs(pair: tuple[House, House]) -> tuple[Log, Log]:
    """Two logs that KZ's key signs, the same up to 3."""
    return forked(3, 20, load(pair[0].folder).register.notary.signer)


async def offered(house: House, *offers: bytes) -> list[int]:
    """The statuses that BY's witness answers KZ's offers with."""
    settings = load(house.folder)
    async with opened(settings) as (store, _, clock):
        witness = Witness(lambda: settings.register, store, clock)
        return [(await witness.add(settings.register.parties[KZ], body)).status for body in offers]


async def test_every_partner_stands_in_the_list(pair: tuple[House, House], logs: tuple[Log, Log]) -> None:
    """With what was cosigned of its log; one without a log, too."""
    by = pair[1]
    ended = await beside("witness", "show", "--config", by.folder, "--json")
    assert (ended.code, [(row["party"], row["state"], row["size"]) for row in ended.json]) == (
        DONE,
        [("KZ.KGD", "unknown", 0)],
    )
    assert await offered(by, logs[0].offer(0, 9).bytes()) == [200]
    (row,) = (await beside("witness", "show", "--config", by.folder, "--json")).json
    assert (row["state"], row["size"], row["origin"]) == ("witnessed", 9, "kz.kgd.gateway/log")
    assert row["cosigned_at"] > 0
    path = by.folder / "parties" / "KZ.KGD.toml"
    path.write_text(path.read_text().partition("[log]")[0])
    ended = await beside("witness", "show", "--config", by.folder)
    assert "no log" in ended.out


async def test_a_fork_is_shown_and_its_proof_written_out(
    pair: tuple[House, House], logs: tuple[Log, Log], tmp_path: Path
) -> None:
    """The command ends with 1; the file convinces whoever has the log's key, and is never written over another."""
    by, (log, fork), out = pair[1], logs, tmp_path / "fork.dispute"
    export = ("witness", "export", "--party", "KZ.KGD", "--out", out, "--config", by.folder)
    assert (await beside(*export)).code == USAGE  # nothing is held against it
    assert await offered(by, log.offer(0, 9).bytes(), fork.offer(9, 20).bytes()) == [200, 422]
    ended = await beside("witness", "show", "--config", by.folder, "--json")
    assert (ended.code, [(row["state"], row["disputes"]) for row in ended.json]) == (FOUND, [("forked", 1)])

    ended = await beside(*export)
    assert (ended.code, "rewritten" in ended.out) == (DONE, True)
    assert weigh(Dispute.of(out.read_bytes()), log.verifier) is Weight.REWRITTEN
    trust = tmp_path / "trust.toml"
    trust.write_text(f'[[log]]\nparty = "KZ.KGD"\nkey = "{log.verifier}"\n')
    assert (await beside("verify", out, "--trust", trust)).code == DONE
    assert (await beside(*export)).code == USAGE
    out.unlink()
    assert (await beside(*export, "--json")).json["by_the_key_in_its_file"] == "rewritten"


async def test_a_dispute_is_settled_and_its_proof_stays(
    pair: tuple[House, House], logs: tuple[Log, Log], tmp_path: Path
) -> None:
    """Who and why stand in the log; the list ends with 0 again; the same fork is a new dispute from then on."""
    by, (log, fork), out = pair[1], logs, tmp_path / "fork.dispute"
    where = ("--config", by.folder, "--json")
    settle = ("witness", "settle", "--party", "KZ.KGD", "--why", "its backup was put back", "--who", "ann", *where)
    assert (await beside(*settle)).code == USAGE  # nothing is open
    assert await offered(by, log.offer(0, 9).bytes(), fork.offer(9, 20).bytes()) == [200, 422]
    assert (await beside("witness", "show", *where)).code == FOUND
    ended = await beside(*settle)
    assert (ended.code, ended.json) == (DONE, [{"party": "KZ.KGD", "settled": 1, "who": "ann"}])
    assert (await beside(*settle)).code == USAGE

    ended = await beside("witness", "show", *where)
    (row,) = ended.json
    assert (ended.code, row["state"], row["disputes"], row["settled"]) == (DONE, "witnessed", 0, 1)
    assert (await beside("witness", "export", "--party", "KZ.KGD", "--out", out, *where)).code == DONE
    assert weigh(Dispute.of(out.read_bytes()), log.verifier) is Weight.REWRITTEN
    async with opened(load(by.folder)) as (store, _, _):
        (leaf,) = [json.loads(entry["body"]) for entry in await store.entries("", "settled", 10)]
    assert (leaf["party"], leaf["who"], leaf["why"], leaf["disputes"]) == (
        "KZ.KGD", "ann", "its backup was put back", [1]
    )  # fmt: skip

    assert await offered(by, fork.offer(9, 20).bytes(), fork.offer(9, 20).bytes()) == [422, 422]
    ended = await beside("witness", "show", *where)
    (row,) = ended.json
    assert (ended.code, row["disputes"], row["settled"]) == (FOUND, 1, 1)


async def test_a_dispute_with_a_partner_that_was_removed_is_still_shown(
    pair: tuple[House, House], logs: tuple[Log, Log], tmp_path: Path
) -> None:
    """And its proof written out, and settled."""
    by, (log, fork) = pair[1], logs
    assert await offered(by, log.offer(0, 9).bytes(), fork.offer(9, 20).bytes()) == [200, 422]
    for path in (by.folder / "parties").glob("KZ.KGD.*"):
        path.unlink()
    where = ("--config", by.folder, "--json")
    ended = await beside("witness", "show", *where)
    assert (ended.code, [(row["party"], row["state"]) for row in ended.json]) == (FOUND, [("KZ.KGD", "forked")])
    ended = await beside("witness", "export", "--party", "KZ.KGD", "--out", tmp_path / "d", *where)
    assert (ended.code, ended.json["by_the_key_in_its_file"]) == (DONE, "unknown")
    assert (await beside("witness", "settle", "--party", "KZ.KGD", "--why", "it is gone", *where)).code == DONE
    assert (await beside("witness", "show", *where)).json == []


async def test_a_demand_is_no_proof(pair: tuple[House, House], logs: tuple[Log, Log], tmp_path: Path) -> None:
    """It is shown; there is nothing to write out."""
    by, (log, _) = pair[1], logs
    offer = log.offer(9, 20)
    assert await offered(
        by, log.offer(0, 9).bytes(), offer.bytes().replace(b"old 9\n", b"old 9\n" + b"A" * 43 + b"=\n")
    ) == [200, 422]
    ended = await beside("witness", "show", "--config", by.folder, "--json")
    assert (ended.code, [row["state"] for row in ended.json]) == (FOUND, ["inconsistent"])
    ended = await beside("witness", "export", "--party", "KZ.KGD", "--out", tmp_path / "x", "--config", by.folder)
    assert (ended.code, (tmp_path / "x").exists()) == (USAGE, False)
