"""`replay` on both sides of two running gateways: what it reports, and that it would see each thing that goes wrong."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli.ledgers import Ledger, differ
from gateway.cli.output import DONE, FOUND, UNREACHABLE, USAGE
from gateway.traffic.make import Plan, make
from gateway.traffic.sample import Sample, Writer
from tests.cli.command import beside, gateway
from tests.house import House

PLAN = Plan(messages=120, days=0.5, invalid=0.1, restricted=0.5, large=0)
CLEAN = ("unanswered", "not_posted", "lost", "duplicates", "never_accepted", "damaged", "differences", "logs_differ")


def traffic(folder: Path, samples: list[Sample]) -> Path:
    """The samples as a folder of traffic."""
    with Writer(folder) as writer:
        for sample in samples:
            writer.add(sample)
    return folder


def endpoints(folder: Path, *houses: House, logs: bool = True) -> Path:
    """The file that names the houses' gateways."""
    rows = [
        f'[[endpoint]]\nparty = "{house.party}"\nurl = "{house.url}"\ntoken = "{house.token}"\nca = "{house.pem}"\n'
        + (f'log = "{house.folder}"\n' if logs else "")
        for house in houses
    ]
    file = folder / "endpoints.toml"
    file.write_text("\n".join(rows))
    return file


@pytest.fixture
async def both(pair: tuple[House, House]) -> AsyncIterator[tuple[House, House]]:
    """KZ and BY run."""
    async with pair[0].running(), pair[1].running():
        yield pair


async def test_made_traffic_passes_both_gateways_whole(both: tuple[House, House], tmp_path: Path) -> None:
    """Nothing lost, twice, damaged or other than expected; answers follow their requests; the logs agree."""
    made = list(make(PLAN))
    folder = traffic(tmp_path / "t", made)
    ended = await beside("replay", folder, "--endpoints", endpoints(tmp_path, *both), "--wait", "10", "--json")
    found = ended.json
    assert (ended.code, {name: found[name] for name in CLEAN}) == (DONE, {name: [] for name in CLEAN})
    accepted = [sample for sample in made if sample.outcome == "accepted"]
    assert (found["posted"], found["accepted"], found["arrived"]) == (len(made), len(accepted), len(accepted))
    assert found["logs_compared"] == ["BY.GTK", "KZ.KGD"]
    assert sum(found["refused"].values()) == len(made) - len(accepted)
    assert found["stripped"] == {rule: sum(s.removed.get(rule, 0) for s in made) for rule in found["stripped"]}
    assert 0 < found["latency_ms"]["posting"]["p50"] <= found["latency_ms"]["end_to_end"]["p99"]


async def test_an_answer_names_the_request_that_arrived(both: tuple[House, House], tmp_path: Path) -> None:
    """RefToMessageId and ConversationId of the answer are those of the request, on the other side's database, too."""
    made = list(make(Plan(messages=4, mix={"verification": 1}, invalid=0, days=0.01)))
    folder = traffic(tmp_path / "t", made)
    ended = await beside("replay", folder, "--endpoints", endpoints(tmp_path, *both), "--json")
    assert ended.code == DONE, ended.json
    for house in both:
        rows = (await beside("messages", "--config", house.folder, "--json")).json
        by_id = {row["message_id"]: row for row in rows}
        answers = [row for row in rows if row["type"] == "DocumentVerificationResponse"]
        assert len(answers) == 2
        for row in answers:
            request = by_id[row["ref_to_message_id"]]
            assert (request["type"], request["conversation_id"]) == (
                "DocumentVerificationRequest",
                row["conversation_id"],
            )


async def test_time_is_scaled(both: tuple[House, House], tmp_path: Path) -> None:
    """Ten seconds of traffic at speed 5 take two seconds, and at speed 0 less."""
    first = next(make(Plan(messages=1, invalid=0)))
    made = [replace(first, name=f"n-{n}", movement=f"m{n}", conversation="", at=n * 10.0) for n in range(2)]
    file, where = traffic(tmp_path / "t", made), endpoints(tmp_path, *both)
    slow = await beside("replay", file, "--endpoints", where, "--speed", "5", "--json")
    fast = await beside("replay", file, "--endpoints", where, "--json")
    assert slow.json["seconds"] >= 2 > fast.json["seconds"]


async def test_what_does_not_arrive_is_lost(pair: tuple[House, House], tmp_path: Path) -> None:
    """Control: BY's gateway does not run; what KZ accepted for it is told as lost."""
    made = [sample for sample in make(PLAN) if sample.side == "KZ.KGD" and not sample.answers][:3]
    made = [replace(sample, movement=f"m{n}") for n, sample in enumerate(made)]
    folder = traffic(tmp_path / "t", made)
    async with pair[0].running():
        where = endpoints(tmp_path, pair[0])
        ended = await beside("replay", folder, "--endpoints", where, "--wait", "0.5", "--json")
    accepted = sorted(sample.name for sample in made if sample.outcome == "accepted")
    assert (ended.code, ended.json["lost"]) == (FOUND, accepted)


async def test_a_wrong_expectation_is_a_difference_here_too(both: tuple[House, House], tmp_path: Path) -> None:
    """Control: an accepted message that the traffic says is refused, an answer to nothing, a rule too many."""
    made = [replace(sample, movement=sample.name) for sample in make(Plan(messages=3, invalid=0, restricted=0, days=2))]
    wrong = [
        replace(made[0], outcome="refused", faults=[{"code": "GW:1001"}]),
        replace(made[1], removed={"driver": 1}, answers=""),
        replace(made[2], answers="nobody"),
    ]
    folder = traffic(tmp_path / "t", wrong)
    ended = await beside("replay", folder, "--endpoints", endpoints(tmp_path, *both), "--wait", "5", "--json")
    assert ended.code == FOUND
    assert [text.partition(":")[0] for text in ended.json["differences"]] == [made[0].name, made[1].name]
    assert ended.json["not_posted"] == [made[2].name]


async def test_what_waits_for_an_arrival_is_not_posted_without_it(pair: tuple[House, House], tmp_path: Path) -> None:
    """Control: the request never arrives, so nobody answers it; and a gateway that does not run is told."""
    made = list(make(Plan(messages=2, mix={"verification": 1}, invalid=0)))
    folder, where = traffic(tmp_path / "t", made), endpoints(tmp_path, *pair)
    assert (await beside("replay", folder, "--endpoints", where)).code == UNREACHABLE
    for house, other in (pair, pair[::-1]):  # each calls a port where nobody is
        known = f"parties/{other.party}.toml"
        (line,) = (line for line in (house.folder / known).read_text().splitlines() if line.startswith("endpoint"))
        house.edit(known, line, 'endpoint = "https://127.0.0.1:1/msh"')
    async with pair[0].running(), pair[1].running():
        ended = await beside("replay", folder, "--endpoints", where, "--wait", "1", "--json")
    assert (ended.code, ended.json["lost"], ended.json["not_posted"]) == (FOUND, [made[0].name], [made[1].name])


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    """Exit 2: no endpoint for a side, unknown keys, a party twice, no TOML, lines that are no traffic; no token is shown."""
    folder = traffic(tmp_path / "t", list(make(Plan(messages=3))))
    file = tmp_path / "e.toml"
    row = '[[endpoint]]\nparty = "{}"\nurl = "https://127.0.0.1:1"\ntoken = "hidden-token"\n'
    for text, said in (
        (row.format("XX.YY"), "no endpoint for side"),
        (row.format("KZ.KGD") + 'tokens = "hidden-token"\n', "endpoint.0.tokens"),
        (row.format("KZ.KGD") * 2, "each party once"),
        ("[[endpoint", "e.toml"),
    ):
        file.write_text(text)
        ended = gateway("replay", folder, "--endpoints", file)
        assert (ended.code, said in ended.err, "hidden-token" in ended.err) == (USAGE, True, False), ended.err
    assert gateway("replay", folder, "--endpoints", tmp_path / "none.toml").code == USAGE
    file.write_text(row.format("KZ.KGD") + row.format("BY.GTK"))
    assert gateway("replay", tmp_path / "none", "--endpoints", file).code == USAGE
    assert "--endpoints" in gateway("replay", folder).err
    for broken in ("[]\n", '{"format": "other"}\n', "not JSON\n"):
        (tmp_path / "t" / "traffic.jsonl").write_text(broken)
        assert "line 1" in gateway("replay", folder).err


def test_exported_logs_are_compared() -> None:
    """Files of `gateway log show --json`, with each difference planted once; the control has none."""
    accepted = {"kind": "accepted", "message_id": "r.1@replay", "recipient": "B", "digest_out": "aa"}
    received = {"kind": "received", "message_id": "r.1@replay", "sender": "A", "digest_out": "aa"}
    delivered = {"kind": "delivered", "message_id": "r.1@replay"}

    def said(first: list[dict[str, object]], second: list[dict[str, object]]) -> list[str]:
        ledgers = {"A": Ledger(), "B": Ledger()}
        for name, rows in (("A", first), ("B", second)):
            for leaf in json.loads(json.dumps(rows)):
                ledgers[name].add(leaf)
        return list(differ(ledgers))

    assert said([accepted, delivered], [received]) == []
    assert said([accepted, delivered], [{**received, "digest_out": "bb", "removed": [1]}]) == []
    for first, second, word in (
        ([accepted, delivered], [], "but not received"),
        ([accepted], [received], "0 times delivered"),
        ([accepted, delivered, delivered], [received], "2 times delivered"),
        ([accepted, delivered], [{**received, "digest_out": "bb"}], "another there"),
        ([accepted, delivered], [received, received], "received twice"),
        ([], [received], "but not accepted"),
    ):
        (found,) = said(first, second)
        assert word in found
