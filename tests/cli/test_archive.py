"""`gateway archive`: what goes is in a verified archive first, and comes back from it byte for byte."""

import asyncio
import errno
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from gateway.cli.archive import verified
from gateway.cli.output import DONE, FOUND, PARTLY, REFUSED, USAGE
from gateway.core.evidence.container import Container
from gateway.core.evidence.trust import Trust
from gateway.flow.dossier import Dossier, dossier
from gateway.flow.ports_exhibits import Exhibited
from tests.api.edge import TRN, Service, change, entries, rows
from tests.cli.command import Ended, gateway
from tests.house import House, build, eventually, of_movement, sample

AGREEMENT = "agreements/eurasec-customs.toml"
MESSAGES = 3
STORED = """
    SELECT p.message, p.position, b.data FROM payloads p JOIN bodies b ON b.id = p.body
    WHERE p.body > 0 ORDER BY p.message, p.position
"""
SIGNED = """
    SELECT message, pack FROM deliveries WHERE kind = 'partner' AND pack IS NOT NULL
    UNION ALL SELECT message, soap FROM envelopes ORDER BY 1
"""


async def exchange(pair: tuple[House, House]) -> None:
    """Messages from KZ to BY, delivered and taken over, all in the tree of both."""
    kz, by = pair
    async with kz.running() as one, by.running() as other, kz.client() as client, by.client() as reader:
        service = Service(kz, one, client)
        for number in range(MESSAGES):
            document = of_movement(sample(TRN), number)
            assert (await client.post(document, {"message_id": f"{number}@kz.example"})).status == 202
            await service.became(f"{number}@kz.example", "delivered")
        for item in await Service(by, other, reader).leased(MESSAGES):
            await reader.read(item)
            await reader.acknowledge(item)
        for house in pair:
            await eventually(lambda house=house: not rows(house, "SELECT 1 FROM log_pending"))
    await asyncio.sleep(1.1)  # the agreed second


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, House]:
    """Two gateways, stopped, whose exchange is longer ago than both keep messages."""
    kz, by = build(tmp_path_factory.mktemp("past"), "KZ.KGD", "BY.GTK")
    for house in (kz, by):
        house.edit(AGREEMENT, 'retain = "5 years"', 'retain = "1 second"')
    asyncio.run(exchange((kz, by)))
    return kz, by


@pytest.fixture
def past(once: tuple[House, House], tmp_path: Path) -> tuple[House, House]:
    """Copies of them."""
    kz, by = (replace(house, folder=shutil.copytree(house.folder, tmp_path / house.party)) for house in once)
    return kz, by


def on(house: House, *arguments: object) -> Ended:
    """The command, on that gateway's database."""
    return gateway(*arguments, "--config", house.folder, "--json")


def approved(house: House) -> None:
    """Everything old is proposed by one and approved by another."""
    assert on(house, "retention", "propose", "--who", "Alma", "--why", "old").code == DONE
    assert on(house, "retention", "approve", "1", "--who", "Bolat", "--why", "agreed").code == DONE


def archived(house: House, file: Path) -> list[dict[str, Any]]:
    """What is written before everything old goes."""
    approved(house)
    ended = on(house, "retention", "run", "1", "--archive", file)
    assert (ended.code, ended.json["purged"]) == (DONE, MESSAGES), ended.err
    return list(ended.json["archives"])


def test_what_goes_is_archived_first_and_comes_back_byte_for_byte(past: tuple[House, House], tmp_path: Path) -> None:
    """On both sides; the archive verifies, its digest is in the log before the removal, and again it does nothing twice."""
    for house in past:
        bodies, signed = rows(house, STORED), rows(house, SIGNED)
        assert (len(bodies), len(signed)) == (MESSAGES * len(bodies) // MESSAGES, MESSAGES)
        file = tmp_path / f"{house.party}.zip"
        (row,) = archived(house, file)
        assert rows(house, STORED) == rows(house, SIGNED) == []
        ((told,), kinds) = entries(house, "archived"), rows(house, "SELECT kind FROM log_entries ORDER BY id")
        assert (told["digest"], told["messages"]) == (row["sha256"], MESSAGES)
        assert kinds.index(("archived",)) < kinds.index(("purged",))
        assert gateway("verify", file).code in (DONE, PARTLY)
        restored = on(house, "archive", "restore", file, "--who", "Vera", "--why", "a court asks")
        assert (restored.code, restored.json["restored"]) == (DONE, MESSAGES), restored.err
        assert (rows(house, STORED), rows(house, SIGNED)) == (bodies, signed)
        again = on(house, "archive", "restore", file, "--why", "twice")
        assert (again.json["restored"], again.json["already_there"]) == (0, MESSAGES)
        assert [entry["who"] for entry in entries(house, "restored")] == ["Vera"] * MESSAGES
        assert on(house, "log", "verify").code == DONE


def test_what_was_restored_goes_again_only_by_another_removal(past: tuple[House, House], tmp_path: Path) -> None:
    """And a body that vanishes after it was put back is found, though an earlier entry names it as removed."""
    house, file = past[0], tmp_path / "kz.zip"
    archived(house, file)
    ((entry,),) = rows(house, "SELECT purged_in FROM messages WHERE id = 1")
    assert on(house, "archive", "restore", file, "--why", "asked").code == DONE
    assert on(house, "log", "verify").code == DONE
    change(house, "UPDATE payloads SET body = 0 WHERE message = 1")
    change(house, "UPDATE messages SET purged_at = 1, purged_in = ? WHERE id = 1", entry)
    found = on(house, "log", "verify").json["faults"]
    assert any("removed, but no log entry says so" in fault for fault in found), found


def test_only_a_whole_archive_of_this_gateway_is_restored(past: tuple[House, House], tmp_path: Path) -> None:
    """One of a partner's, one with a changed byte and no archive at all are refused, and change nothing."""
    kz, by = past
    mine, theirs = tmp_path / "kz.zip", tmp_path / "by.zip"
    archived(kz, mine)
    archived(by, theirs)
    changed = tmp_path / "changed.zip"
    content = bytearray(mine.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    (tmp_path / "none.zip").write_bytes(b"PK")
    for file in (theirs, changed, tmp_path / "none.zip"):
        ended = on(kz, "archive", "restore", file, "--why", "try")
        assert (ended.code, ended.err != "") == (FOUND, True), file
    assert on(kz, "archive", "restore", tmp_path / "absent.zip", "--why", "try").code == USAGE
    assert rows(kz, STORED) == []
    assert on(kz, "archive", "restore", mine, "--why", "the right one").code == DONE


def test_without_the_archive_nothing_goes_once_it_was_demanded(
    past: tuple[House, House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that was cut off behind the file takes the file over; another file of that name is no archive."""
    house, file = past[0], tmp_path / "kz.zip"
    approved(house)

    def cut_off(*_: object) -> None:
        raise RuntimeError("cut off")

    with monkeypatch.context() as broken:
        broken.setattr("gateway.flow.archiving.Archiving.written", cut_off)
        with pytest.raises(RuntimeError, match="cut off"):
            on(house, "retention", "run", "1", "--archive", file)
    refused = on(house, "retention", "run", "1")
    assert (refused.code, "--archive" in refused.err) == (REFUSED, True)
    assert len(rows(house, STORED)) > 0
    kept = file.read_bytes()
    file.write_bytes(b"another file")
    assert on(house, "retention", "run", "1", "--archive", file).code == FOUND
    file.write_bytes(kept)
    done = on(house, "retention", "run", "1", "--archive", file)
    assert (done.code, done.json["purged"], file.read_bytes() == kept) == (DONE, MESSAGES, True)


def test_an_archive_with_less_than_is_stored_is_not_taken_over(
    past: tuple[House, House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older one, say, from before the envelope was there: it would be nowhere afterwards."""
    house, file = past[0], tmp_path / "kz.zip"
    approved(house)

    def bare(number: int, message: Exhibited, *rest: Any) -> Dossier:
        return dossier(number, replace(message, envelope=b""), *rest)

    with monkeypatch.context() as older:
        older.setattr("gateway.flow.exporting.dossier", bare)
        assert on(house, "archive", "write", "--out", file, "--before", "2099-01-01", "--why", "early").code == DONE
    signed = rows(house, SIGNED)
    refused = on(house, "retention", "run", "1", "--archive", file)
    assert (refused.code, "stored now" in refused.err) == (FOUND, True), refused.err
    assert rows(house, SIGNED) == signed


@pytest.mark.parametrize("left", [True, False])
def test_what_was_verified_is_what_the_log_names(
    past: tuple[House, House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, left: bool
) -> None:
    """A file that takes its place meanwhile is found before anything goes, and is not in the log."""
    house, file = past[0], tmp_path / "kz.zip"
    approved(house)
    if left:
        assert on(house, "archive", "write", "--out", file, "--before", "2099-01-01", "--why", "left").code == DONE

    def swapped(path: Path, source: BinaryIO, trust: Trust) -> Container:
        found = verified(path, source, trust)
        other = tmp_path / "other"
        other.write_bytes(b"nothing")
        other.replace(source.name)
        return found

    signed = rows(house, SIGNED)
    with monkeypatch.context() as quick:
        quick.setattr("gateway.cli.archive.verified", swapped)
        assert on(house, "retention", "run", "1", "--archive", file).code == FOUND
    assert (rows(house, SIGNED), len(entries(house, "archived"))) == (signed, int(left))


def test_a_disk_that_is_full_is_said_and_nothing_goes(
    past: tuple[House, House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No half of an archive is left; with space again, the removal goes on."""
    house, file = past[0], tmp_path / "kz.zip"
    approved(house)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(file))

    with monkeypatch.context() as disk:
        disk.setattr("gateway.cli.archive.written", full)
        ended = on(house, "retention", "run", "1", "--archive", file)
    assert (ended.code, "No space left" in ended.err, [*tmp_path.glob("*.zip*")]) == (USAGE, True, [])
    assert on(house, "retention", "run", "1", "--archive", file).json["purged"] == MESSAGES


def test_many_messages_are_many_archives(
    past: tuple[House, House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each numbered, each in the log, all restored."""
    monkeypatch.setattr("gateway.flow.archiving.SLICE", 2)
    monkeypatch.setattr("gateway.cli.archive.SLICE", 2)
    rows_of = archived(past[0], tmp_path / "kz.zip")
    assert [(Path(row["file"]).name, row["messages"]) for row in rows_of] == [("kz-0001.zip", 2), ("kz-0002.zip", 1)]
    for row in rows_of:
        assert on(past[0], "archive", "restore", row["file"], "--why", "asked").code == DONE
    assert len(rows(past[0], "SELECT 1 FROM messages WHERE purged_at > 0")) == 0


def test_an_archive_can_be_written_without_a_removal(past: tuple[House, House], tmp_path: Path) -> None:
    """Of settled messages before a day; nothing goes. One of the two choices must be made."""
    file = tmp_path / "kz.zip"
    ended = on(past[0], "archive", "write", "--out", file, "--before", "2099-01-01", "--why", "audit")
    assert (ended.code, ended.json[0]["messages"]) == (DONE, MESSAGES)
    assert entries(past[0], "archived")[0]["why"] == "audit"
    assert len(rows(past[0], SIGNED)) == MESSAGES
    assert on(past[0], "archive", "write", "--out", tmp_path / "x", "--why", "?").code == USAGE
    empty = on(past[0], "archive", "write", "--out", tmp_path / "x", "--before", "2001-01-01", "--why", "?")
    assert empty.code == FOUND


def test_evidence_about_a_removed_message_still_verifies(past: tuple[House, House], tmp_path: Path) -> None:
    """Leaves, proofs and the receipt are there; of the content it says that it was removed, and when."""
    for number, house in enumerate(past):
        archived(house, tmp_path / f"{house.party}.zip")
        file = tmp_path / f"{number}.zip"
        ended = gateway(
            *("evidence", "export", "--message", "1@kz.example", "--out", file, "--why", "asked"),
            *("--config", house.folder),
        )
        assert ended.code == DONE, ended.err
        checked = gateway("verify", file, "--json")
        assert (checked.code, checked.json["faults"]) in ((DONE, []), (PARTLY, [])), checked.out
        with zipfile.ZipFile(file) as bundle:
            facts = json.loads(bundle.read("messages/1/facts.json"))
        assert {part["why"] for part in facts["parts"]} == {"purged"}
