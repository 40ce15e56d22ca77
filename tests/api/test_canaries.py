"""What a law keeps out is nowhere afterwards: in no file of either service, in no document, in no log line."""

import contextlib
import gzip
import json
import logging
import sqlite3
import tempfile
from pathlib import Path

import pytest

from tests.api.edge import Service
from tests.house import SAMPLES, House, canaries, eventually

NAMES = sorted(f"restricted/{path.stem}" for path in (SAMPLES / "restricted").glob("*.xml"))
CHURN = (
    ("PRAGMA wal_checkpoint(TRUNCATE)",),
    ("DELETE FROM payloads", "DELETE FROM business_ids", "DELETE FROM ids", "DELETE FROM bodies"),
    ("PRAGMA incremental_vacuum", "VACUUM"),
    ("PRAGMA wal_checkpoint(TRUNCATE)",),
)
TELLING = 7  # bytes: a shorter canary may stand in a hex digest or a time by chance; documents are searched for all


def forms(canary: bytes) -> set[bytes]:
    """As it is, and as JSON and XML may escape it."""
    text = canary.decode()
    return {
        canary,
        json.dumps(text)[1:-1].encode(),
        text.encode("ascii", "xmlcharrefreplace"),
        text.encode("utf-16-le"),
    }


def found_in_files(folder: Path, needles: set[bytes]) -> list[tuple[str, str]]:
    """Each file under the folder that holds a needle; configuration and the schema cache are no traffic."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix in {".sqlite3", ".lock", ""}]
    files += list(folder.rglob("*.sqlite3-*"))
    assert any(path.name == "gateway.sqlite3" for path in files)
    return [
        (path.name, needle.decode("utf-8", "replace"))
        for path in files
        for needle in needles
        if needle in path.read_bytes()
    ]


def documents(service: Service) -> dict[str, bytes]:
    """Every stored document, unpacked, by its MessageId."""
    statement = (
        "SELECT m.message_id, b.data FROM messages m JOIN payloads p ON p.message = m.id JOIN bodies b ON b.id = p.body"
        " WHERE p.position = 0"
    )
    return {message_id: gzip.decompress(data) for message_id, data in service.rows(statement)}


async def test_no_restricted_value_is_left_anywhere(  # noqa: PLR0913, PLR0917 - two services and where to look
    pair: tuple[House, House],
    kz: Service,
    by: Service,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All restricted samples posted, rehearsed, delivered and read: no canary in documents, databases, WALs or logs.

    Nor in temporary files, and not after rows were deleted, the WAL was written back and the file was made anew.
    """
    caplog.set_level(logging.DEBUG)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("SQLITE_TMPDIR", str(temporary))
    answers = b""
    for number, name in enumerate(NAMES):
        document = (SAMPLES.parent / "eurasec-customs" / f"{name}.xml").read_bytes()
        rehearsed = await kz.client.call("POST", "/messages?dry-run", None, document, "application/xml")
        reply = await kz.client.post(document, {"message_id": f"{number}@kz.example"})
        assert (rehearsed.status, reply.status) == (200, 202), name
        answers += rehearsed.body + reply.body
    for _ in NAMES:  # one after another: some are of one movement
        (item,) = await by.leased()
        answers += (await by.client.read(item)).body
        answers += b"".join(each.body for each in await by.client.manifests(item))
        await by.client.acknowledge(item)
    delivered = "SELECT 1 FROM messages m JOIN deliveries d ON d.message = m.id AND d.state = 'delivered' WHERE m.message_id LIKE ?"
    await eventually(lambda: len(kz.rows(delivered, "%@kz.example")) == len(NAMES))

    for service in (kz, by):
        stored = documents(service)
        assert {f"{number}@kz.example" for number in range(len(NAMES))} <= stored.keys()
        for number, name in enumerate(NAMES):
            document = stored[f"{number}@kz.example"]
            assert [canary.decode() for canary in canaries(name) if canary in document] == [], name
    # An element's name is a canary in documents only: rules and removed paths name it.
    telling = {c for name in NAMES for c in canaries(name) if len(c) >= TELLING and c != b"OffenceIndicator"}
    needles = {form for canary in telling for form in forms(canary)}
    assert found_in_files(pair[0].folder, needles) == found_in_files(pair[1].folder, needles) == []
    assert [needle for needle in needles if needle in answers] == []
    assert [path.name for path in temporary.rglob("*") if path.is_file()] == []
    for service in (kz, by):
        packed = service.rows("SELECT data FROM bodies")
        assert len(packed) >= 2 * len(NAMES)  # a document and its manifest each
        unpacked = b"".join(gzip.decompress(data) for (data,) in packed)
        assert [needle for needle in needles if needle in unpacked] == []
    logged = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert [canary.decode() for canary in telling if canary.decode() in logged] == []
    await kz.check()
    await by.check()
    for house in pair:
        for statements in CHURN:
            for statement in statements:
                with contextlib.closing(
                    sqlite3.connect(house.folder / "data" / "gateway.sqlite3", timeout=10)
                ) as database:
                    database.execute(statement)
                    database.commit()
            assert found_in_files(house.folder, needles) == [], statements


async def test_the_search_finds_what_is_there(kz: Service) -> None:
    """Control: a value that may be sent is found by the same search, in the document and in the file."""
    await kz.accepted(NAMES[0], message_id="control-1@kz.example")
    assert found_in_files(kz.house.folder, {b"control-1@kz.example"})
    assert b"EDocHeader" in documents(kz)["control-1@kz.example"]
    assert not any(canary in documents(kz)["control-1@kz.example"] for canary in canaries(NAMES[0]))


async def test_a_refused_document_is_nowhere(kz: Service, by: Service, caplog: pytest.LogCaptureFixture) -> None:
    """Of what is refused nothing is stored: neither its restricted values nor any other."""
    caplog.set_level(logging.DEBUG)
    for path in sorted((SAMPLES / "invalid").glob("*.xml")):
        stated = json.loads(path.with_suffix(".json").read_text()).get("metadata", {})
        assert (await kz.client.post(path.read_bytes(), stated)).status >= 400
    assert kz.rows("SELECT 1 FROM bodies UNION ALL SELECT 1 FROM messages UNION ALL SELECT 1 FROM ids") == []
    assert by.rows("SELECT 1 FROM bodies") == []
    assert found_in_files(kz.house.folder, {"Өте құпия".encode(), "Секретно".encode(), b"YV2RT40A5HB812604"}) == []
