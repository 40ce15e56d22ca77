"""A redaction key can be replaced: old repeats get their old answers for as long as the old key is kept."""

import json

import pytest

from gateway.boot import Gateway
from gateway.config.faults import ConfigError
from gateway.config.load import load
from tests.api.edge import rows
from tests.house import House, eventually, sample

STRIPPED = sample("restricted/TransitReleaseNotice--drivers-and-a-representative")


def rotate(house: House, *, keep: bool) -> None:
    """A new redaction key; the old one is kept beside it, or gone."""
    key = house.folder / "keys" / "redaction.key"
    key.rename(key.with_name("old.key"))
    key.write_text("ab" * 32)
    if keep:
        house.edit("gateway.toml", "[gateway]\n", '[gateway]\nolder_redaction_keys = ["keys/old.key"]\n')


async def answers(house: House, *ids: str) -> list[bytes]:
    """The answers to the same document under these MessageIds."""
    async with house.running(), house.client() as client:
        replies = [await client.post(STRIPPED, {"to": "BY.GTK", "message_id": each}) for each in ids]
    assert {reply.status for reply in replies} == {202}
    return [reply.body for reply in replies]


async def test_repeat_after_a_rotation_gets_the_identical_answer(pair: tuple[House, House]) -> None:
    """Salts and commitments under the old key; new messages rest on the new one."""
    house = pair[0]
    (before,) = await answers(house, "a@kz.example")
    rotate(house, keep=True)

    again, other = await answers(house, "a@kz.example", "b@kz.example")

    assert again == before
    keys = {json.loads(body)["messages"][0]["redaction"]["key"] for body in (before, other)}
    assert len(keys) == 2
    assert keys == {row[0] for row in rows(house, "SELECT redaction_key FROM ids")}
    assert keys == {row[0] for row in rows(house, "SELECT id FROM redaction_keys")}


async def test_key_that_the_id_memory_needs_stops_the_start_where_it_is_missing(pair: tuple[House, House]) -> None:
    """Named by its id; control: a key under which nothing is remembered may go."""
    house = pair[0]
    async with house.running():
        pass
    rotate(house, keep=False)
    (body,) = await answers(house, "a@kz.example")
    key = json.loads(body)["messages"][0]["redaction"]["key"]
    (house.folder / "keys" / "redaction.key").write_text("cd" * 32)

    with pytest.raises(ConfigError, match=rf"older_redaction_keys: .* under the key {key}"):
        async with house.running():
            pass
    house.edit("keys/redaction.key", "cd" * 32, "ab" * 32)
    assert await answers(house, "a@kz.example") == [body]


async def test_reload_without_a_needed_key_keeps_the_old_configuration(pair: tuple[House, House]) -> None:
    """It is refused whole, and the log says so."""
    house = pair[0]
    async with house.running() as gateway, house.client() as client:
        assert (await client.post(STRIPPED, {"to": "BY.GTK", "message_id": "a@kz.example"})).status == 202
        rotate(house, keep=False)
        await gateway.reload()
        assert gateway.register().keys[0].id != load(house.folder).register.keys[0].id
        await eventually(lambda: rows(house, "SELECT 1 FROM log_entries WHERE kind = 'reload-refused'"))


async def test_older_key_that_is_the_newest_again_is_a_mistake(pair: tuple[House, House]) -> None:
    """Somebody meant another file."""
    house = pair[0]
    house.edit("gateway.toml", "[gateway]\n", '[gateway]\nolder_redaction_keys = ["keys/redaction.key"]\n')

    with pytest.raises(ConfigError, match="same redaction key"):
        Gateway(load(house.folder))


async def test_salts_are_in_the_answer_alone(pair: tuple[House, House]) -> None:
    """One for each removed part and one for the whole; a dry run returns none, the life cycle and the database have none."""
    house = pair[0]
    async with house.running(), house.client() as client:
        dry = await client.call("POST", "/messages?dry-run", {"to": "BY.GTK"}, STRIPPED, "application/xml")
        reply = await client.post(STRIPPED, {"to": "BY.GTK", "message_id": "a@kz.example"})
        life = await client.call("GET", "/messages/a@kz.example")
    answer = reply.json
    salts = [unit["salt"] for unit in answer["messages"][0]["redaction"]["units"]] + [answer["received"]["salt"]]
    files = b"".join(path.read_bytes() for path in (house.folder / "data").glob("*.sqlite3*"))

    assert len(set(salts)) == len(salts) > 2
    assert (dry.status, b"salt" in dry.body, b"redaction" in dry.body) == (200, False, False)
    assert [salt for salt in salts if salt.encode() in life.body + files or bytes.fromhex(salt) in files] == []
