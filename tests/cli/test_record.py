"""`traffic record`: what a gateway delivered becomes traffic that replays, and tells nothing of what it was made from."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lxml import etree

from gateway.cli.output import DONE, USAGE
from gateway.traffic.fields import Handling, handling
from gateway.traffic.make import Plan, make
from gateway.traffic.sample import Sample, read
from tests.cli.command import beside, gateway
from tests.cli.test_exchange import CLEAN, endpoints, traffic
from tests.house import House, build

PLAN = Plan(messages=150, days=0.5, invalid=0.05, restricted=0.5, large=0)
NAMED = ("--party", "KZ.KGD=KZ.KGD", "--party", "BY.GTK=BY.GTK")


@pytest.fixture
async def played(pair: tuple[House, House], tmp_path: Path) -> AsyncIterator[tuple[House, list[Sample]]]:
    """KZ's gateway after made traffic has gone both ways, and what that traffic was."""
    made = list(make(PLAN))
    async with pair[0].running(), pair[1].running():
        where = endpoints(tmp_path, *pair, logs=False)
        ended = await beside("replay", traffic(tmp_path / "made", made), "--endpoints", where, "--json")
        assert ended.code == DONE, ended.json
        yield pair[0], [sample for sample in made if sample.outcome == "accepted"]


def values(samples: list[Sample], *kinds: Handling) -> set[str]:
    """Every value of so handled elements."""
    found = set()
    for sample in samples:
        for element in etree.fromstring(sample.content()).iter("*"):
            text = (element.text or "").strip()
            if text and handling(str(element.tag)) in kinds:
                found.add(text)
    return found


async def test_recorded_traffic_replays_and_tells_nothing(played: tuple[House, list[Sample]], tmp_path: Path) -> None:
    """On two other gateways every message is accepted unchanged; no identifying value of the originals is in it."""
    house, made = played
    ended = await beside("traffic", "record", "--config", house.folder, "--out", tmp_path / "r", *NAMED, "--json")
    assert (ended.code, ended.json["messages"], ended.json["left_out"]) == (DONE, len(made), 0)
    recorded = list(read(tmp_path / "r"))
    text = "\n".join("\n".join(etree.fromstring(sample.content()).itertext()) for sample in recorded)
    moments = {value for value in values(made, Handling.SHIFTED) if "T" in value}  # a day may be another's, shifted
    secret = moments | values(made, Handling.MASKED, Handling.TEXT, Handling.UUID)
    assert len(secret) > 500
    assert [value for value in secret if len(value) >= 6 and value in text] == []
    assert re.search("@replay", (tmp_path / "r" / "traffic.jsonl").read_text()) is None
    others = build(tmp_path / "others", "KZ.KGD", "BY.GTK")
    async with others[0].running(), others[1].running():
        where = endpoints(tmp_path, *others)
        again = await beside("replay", tmp_path / "r", "--endpoints", where, "--json")
    assert {name: again.json[name] for name in CLEAN} == {name: [] for name in CLEAN}
    assert again.json["accepted"] == len(recorded) == len(made)


async def test_a_recording_keeps_what_traffic_is_about(played: tuple[House, list[Sample]], tmp_path: Path) -> None:
    """Types, sides, order, answers, sizes; one pseudonym for one value; codes as they were; sums still right."""
    house, made = played
    ended = await beside("traffic", "record", "--config", house.folder, "--out", tmp_path / "r", *NAMED)
    assert ended.code == DONE
    recorded = list(read(tmp_path / "r"))
    times = [sample.at for sample in recorded]
    assert times == sorted(times)
    assert sorted(row.type for row in recorded) == sorted(row.type for row in made)
    assert {row.side for row in recorded} == {"KZ.KGD", "BY.GTK"}
    assert len({row.conversation for row in recorded}) == len({row.conversation for row in made})
    by_name = {row.name: row for row in recorded}
    assert sum(bool(row.answers) for row in recorded) == sum(bool(row.answers) for row in made)
    for row in recorded:
        if row.answers:
            assert by_name[row.answers].conversation == row.conversation
    assert values(recorded, Handling.KEPT) <= values(made, Handling.KEPT)  # some went with what was stripped
    assert len(values(recorded, Handling.KEPT)) > 50
    for gross in (sample for sample in recorded if sample.type == "TransitReleaseNotice"):
        root = etree.fromstring(gross.content())
        masses = [float(found) for found in root.xpath("//*[local-name() = 'UnifiedGrossMassMeasure']/text()")]
        assert sum(masses) == pytest.approx(float(root.xpath("string(//*[local-name() = 'TotalGrossMassMeasure'])")))


async def test_two_recordings_have_nothing_in_common(played: tuple[House, list[Sample]], tmp_path: Path) -> None:
    """The key is thrown away: the same messages get other pseudonyms each time; parties, too, where nobody names them."""
    found = []
    for name in ("a", "b"):
        await beside("traffic", "record", "--config", played[0].folder, "--out", tmp_path / name)
        found.append(list(read(tmp_path / name)))
    assert {row.side[:4] for row in found[0]} == {"KZ.p", "BY.p"}
    first, second = (values(rows, Handling.UUID) for rows in found)
    assert len(first) > 100
    assert first & second == set()


async def test_only_the_stretch_is_recorded(played: tuple[House, list[Sample]], tmp_path: Path) -> None:
    """Nothing before --since, nothing from --until on."""
    for number, (option, moment) in enumerate((("--since", "2200-01-01"), ("--until", "2020-01-01T12:00:00"))):
        out = tmp_path / str(number)
        ended = await beside("traffic", "record", "--config", played[0].folder, "--out", out, option, moment, "--json")
        assert (ended.code, ended.json["messages"]) == (DONE, 0)
        assert list(read(out)) == []


def test_a_folder_that_holds_something_is_not_written(tmp_path: Path) -> None:
    """Exit 2 for both, before anything is read or made; and for options that say nothing."""
    (tmp_path / "there").write_text("")
    for words in (("traffic", "record"), ("traffic", "make")):
        assert gateway(*words, "--out", tmp_path).code == USAGE
    for words in (
        ("record", "--party", "KZ.KGD"),
        ("make", "--party", "KZ.KGD"),
        ("make", "--party", "XX.1", "--party", "KZ.KGD"),
        ("make", "--mix", "transit=0"),
        ("make", "--mix", "unknown=1"),
        ("make", "--largest", "much"),
        ("record", "--since", "2026-03-02", "--until", "2026-03-01"),
    ):
        assert gateway("traffic", *words, "--out", tmp_path / "new").code == USAGE, words


@pytest.mark.parametrize("words", [("traffic", "make"), ("traffic", "record")])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    """In one line, without a traceback."""
    (tmp_path / "file").write_text("")
    ended = gateway(*words, "--out", tmp_path / "file" / "new")
    assert (ended.code, "file/new: cannot be made" in ended.err) == (USAGE, True)


def test_make_says_what_it_made(tmp_path: Path) -> None:
    """Counts by outcome and type; the file is what the options ask for."""
    options = ("--messages", "60", "--mix", "verification=1,value=2", "--invalid", "0.2", "--start", "2026-01-05")
    ended = gateway("traffic", "make", "--out", tmp_path / "t", *options, "--json")
    assert (ended.code, ended.json["messages"], sum(ended.json["outcomes"].values())) == (DONE, 60, 60)
    assert set(ended.json["types"]) == {
        "DocumentVerificationRequest",
        "DocumentVerificationResponse",
        "CustomsValueRequest",
        "CustomsValueInfo",
    }
    assert ended.json["outcomes"]["refused"] > 0
    lines = (tmp_path / "t" / "traffic.jsonl").read_text().splitlines()
    assert (len(lines), json.loads(lines[0])["start"]) == (61, "2026-01-05T00:00:00+00:00")
    shown = gateway("traffic", "make", "--out", tmp_path / "u", "--rate", "0.001", "--days", "1")
    assert "messages: 86" in shown.out
