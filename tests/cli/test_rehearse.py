"""`gateway rehearse`, beside a gateway that runs on the same database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.cli.output import CONFIG, DONE, FOUND, USAGE
from tests import next_version
from tests.api.edge import Service
from tests.cli.command import beside, gateway
from tests.house import House

BARE = "valid/TransitReleaseNotice--only-what-is-mandatory"
TIR = "valid/TransitReleaseNotice--tir-carnet-two-shipments"


@pytest.fixture
async def kz(pair: tuple[House, House]) -> AsyncIterator[Service]:
    """KZ runs and has taken two notices and refused something."""
    async with pair[0].running() as running, pair[0].client() as client:
        service = Service(pair[0], running, client)
        await service.accepted(TIR)
        await service.accepted(BARE, message_id="bare@kz.example")
        await client.post(b"<a/>", {})
        yield service


async def test_what_would_fail_is_shown_with_places_and_examples(kz: Service, tmp_path: Path) -> None:
    """Exit 1, in the reader's language, with what is not tried; never a value from a message."""
    file = next_version.write(tmp_path / "next")
    options = ("rehearse", "--agreement", file, "--config", kz.house.folder)
    told, ended = await beside(*options, "--language", "kk"), await beside(*options, "--json")

    (fault,) = ended.json["faults"]
    assert (ended.code, told.code) == (FOUND, FOUND)
    assert ended.json["types"] == [{"type": "TransitReleaseNotice", "would_pass": 1, "would_fail": 1}]
    assert (fault["code"], fault["path"]) == ("GW:5002", "/trn:TransitReleaseNotice")
    assert fault["expected"] == "casdo:TransitLimitDate"
    assert (fault["messages"], fault["examples"]) == (1, ["bare@kz.example"])
    assert ended.json["refused_and_not_stored"] == 1
    assert ended.json["left_out"] == {}
    for text in ("міндетті элемент жоқ", "bare@kz.example", "refused in this time: 1", "eurasec-customs:2.0"):
        assert text in told.out
    looks = kz.entries("looked")
    assert {(leaf["what"], leaf["message_id"]) for leaf in looks} == {("gateway rehearse", "bare@kz.example")}


async def test_without_an_agreement_the_newest_versions_in_the_configuration_are_tried(kz: Service) -> None:
    """Or a named one: 1.1 demands more than 1.0, under which the traffic was exchanged; its days do not matter."""
    options = ("rehearse", "--config", kz.house.folder, "--json")
    newest, old = await beside(*options), await beside(*options, "--to-version", "1.0")
    then = await beside(*options, "--since", "2020-01-01", "--until", "2020-12-31")

    assert (newest.code, [row["would_fail"] for row in newest.json["types"]]) == (FOUND, [1])
    assert (old.code, old.json["types"]) == (DONE, [{"type": "TransitReleaseNotice", "would_pass": 2, "would_fail": 0}])
    assert (then.code, then.json["types"], then.json["refused_and_not_stored"]) == (DONE, [], 0)
    assert (await beside(*options, "--to-version", "9.9")).code == USAGE
    typed = await beside(*options, "--type", "ProcessingResult")
    assert (typed.code, typed.json["types"]) == (DONE, [])


async def test_question_that_nothing_can_answer_is_refused(kz: Service) -> None:
    """A type that does not exist, days that end before they begin: nothing found would read as nothing wrong."""
    options = ("rehearse", "--config", kz.house.folder)
    typed = await beside(*options, "--type", "TransitReleaseNotise")
    turned = await beside(*options, "--since", "2026-03-02", "--until", "2026-03-01")

    assert (typed.code, "TransitReleaseNotice" in typed.err) == (USAGE, True)
    assert (turned.code, "--since" in turned.err) == (USAGE, True)


def test_an_agreement_that_cannot_be_used_is_a_configuration_fault(pair: tuple[House, House], tmp_path: Path) -> None:
    """Named by file and key, as everywhere."""
    (tmp_path / "odd.toml").write_text('id = "odd"')
    odd = gateway("rehearse", "--agreement", tmp_path / "odd.toml", "--config", pair[0].folder)
    none = gateway("rehearse", "--agreement", tmp_path / "none.toml", "--config", pair[0].folder)

    assert (odd.code, "odd.toml: version" in odd.err) == (CONFIG, True)
    assert (none.code, "cannot be read" in none.err) == (CONFIG, True)
    assert gateway("rehearse", "--since", "yesterday").code == USAGE
