"""What happens to the gateway itself stands in its log: starts, configuration, operators' commands, security events."""

import asyncio

import pytest

from gateway import __version__
from gateway.config.fingerprints import build
from gateway.flow import watch
from tests.api.edge import TRN, Service, entries
from tests.cli.command import beside
from tests.house import House, eventually, sample


async def test_a_start_says_which_software_under_which_configuration(pair: tuple[House, House]) -> None:
    """Version, build, log keys and each part's digest; the next start says what changed in between, by name."""
    house = pair[0]
    async with house.running():
        pass
    (first,) = entries(house, "started")
    assert (first["version"], first["build"]) == (__version__, build())
    assert set(first["parties"]) == {"KZ.KGD", "BY.GTK"}
    assert {"log", "witness", "redaction", "messages"} == set(first["keys"])
    assert "changed" not in first
    house.unsigned("BY.GTK")
    async with house.running():
        pass
    assert entries(house, "started")[1]["changed"] == {"parties": {"changed": ["BY.GTK"]}}
    assert len(entries(house, "stopped")) == 2


async def test_what_an_operator_configures_is_named_twice(pair: tuple[House, House]) -> None:
    """Who did what by which command, and at the reload which parts changed; without a log the start says it."""
    house = pair[0]
    assert (await beside("party", "remove", "BY.GTK", "--config", house.folder)).code == 0
    assert not (house.folder / "data" / "gateway.sqlite3").exists()
    house.edit("gateway.toml", "[gateway]\n", '[gateway]\nreload_every = "1 seconds"\n')
    async with house.running():
        ended = await beside("party", "add", pair[1].folder / "parties" / "BY.GTK.toml", "--config", house.folder)
        assert ended.code == 0
        (leaf,) = entries(house, "configured")
        assert (leaf["what"], leaf["subject"], leaf["who"][:9]) == ("gateway party add", "BY.GTK", "operator:")
        await eventually(lambda: entries(house, "reloaded"))
    assert entries(house, "reloaded")[0]["changed"] == {"parties": {"added": ["BY.GTK"]}}


async def test_a_code_list_that_comes_and_goes_is_named(pair: tuple[House, House], kz: Service) -> None:
    """Import and removal, with the edition; never a code."""
    rows = pair[0].folder / "rows.csv"
    rows.write_text("code,name_en\nQX,secret code\n")
    told = ("--id", "9", "--version", "2026", "--title", "T", "--source", "S", "--valid-from", "2026-01-01")
    assert (await beside("codelist", "import", rows, *told, "--config", pair[0].folder)).code == 0
    assert (await beside("codelist", "remove", "9", "--version", "2026", "--config", pair[0].folder)).code == 0
    found = kz.entries("configured")
    assert [(leaf["what"], leaf["subject"]) for leaf in found] == [
        ("gateway codelist import", "9-2026"),
        ("gateway codelist remove", "9-2026"),
    ]
    assert "QX" not in str(found)


async def test_strangers_are_counted_by_what_they_showed(kz: Service) -> None:
    """A wrong token and none: an entry each, with the number, once a minute."""
    async with kz.house.stranger() as nobody:
        for token in ("wrong", "wrong", ""):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with nobody._session.post(f"{kz.house.url}/messages", data=sample(TRN), headers=headers) as reply:
                assert reply.status == 401
    await kz.gateway.watch.flush()
    found = {leaf["reason"]: leaf["count"] for leaf in kz.entries("security")}
    assert found == {"wrong-token": 2, "no-credentials": 1}


async def test_an_oversize_body_of_a_known_system_is_an_event(pair: tuple[House, House]) -> None:
    """Refused before it is read, and in the log all the same: the refusal, and the event with who it was."""
    house = pair[0]
    path = house.folder / "gateway.toml"
    path.write_text(f'{path.read_text()}\n[limits]\nbody = "1 KB"\n')
    async with house.running() as running, house.client() as client:
        kz = Service(house, running, client)
        assert (await kz.post()).status == 413
        (refused,), (event,) = kz.entries("refused"), kz.entries("security")
        assert refused["faults"][0]["code"] == "GW:1004"
        assert (event["reason"], event["caller"], event["edge"]) == ("oversize", "system:national", "national")
        assert (await kz.client.call("POST", "/messages", {"dry-run": ""}, sample(TRN))).status == 413
        assert len(kz.entries("refused")) == 1


async def test_a_burst_of_unreadable_requests_is_an_event(kz: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a refusal; as many as that in a minute are an event, too; fewer are none."""
    monkeypatch.setattr(watch, "BURST", 3)
    for count in (2, 3):
        await asyncio.gather(*(kz.client.call("POST", "/messages", None, b"<a>") for _ in range(count)))
        await kz.gateway.watch.flush()
    (event,) = kz.entries("security")
    assert (event["reason"], event["count"], event["caller"]) == ("malformed-burst", 3, "system:national")
    assert len(kz.entries("refused")) == 5


async def test_a_type_that_a_system_may_not_send_is_an_event(pair: tuple[House, House]) -> None:
    """The refusal, and who tried."""
    house = pair[0]
    house.edit("gateway.toml", 'may_send = ["*"]', 'may_send = ["ProcessingResult"]')
    async with house.running() as running, house.client() as client:
        kz = Service(house, running, client)
        assert (await kz.post()).status == 403
        (event,) = kz.entries("security")
        assert (event["reason"], event["caller"]) == ("unauthorised", "system:national")
