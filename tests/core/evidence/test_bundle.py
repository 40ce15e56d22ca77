"""A bundle has one form, and what is not in it is named."""

import io
import struct
import zipfile
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.evidence import bundle, container
from gateway.core.evidence.bundle import Index, Kind, Subject
from gateway.core.evidence.container import Container, Measured, whole
from gateway.core.evidence.note import Malformed, NoteSigner

SIGNER = NoteSigner("kz.example/log", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
ABOUT = Subject(Kind.MESSAGE, "m-1@kz.example")
MADE = 1_795_000_000_123_456
MEMBERS = {"leaves/0.json": b"{}", "keys": b"log x\n", "checkpoints/1": b"", "messages/1/parts/2": b"x" * 3000}


def written(members: Mapping[str, bytes] = MEMBERS, subject: Subject = ABOUT) -> bytes:
    """The bundle in memory."""
    target = io.BytesIO()
    bundle.write(target, {name: whole(content) for name, content in members.items()}, subject, MADE, SIGNER)
    return target.getvalue()


def opened(content: bytes) -> Container:
    """The container in these bytes."""
    return Container.of(io.BytesIO(content))


def test_the_same_members_give_the_same_bytes() -> None:
    """Whatever order they are given in."""
    assert written(MEMBERS) == written(dict(reversed(MEMBERS.items())))


def test_a_bundle_is_read_as_it_was_written() -> None:
    """Index first, then the names in order; nothing is wrong with it; the index lists all the others."""
    found = opened(written())
    assert found.misfits == ()
    assert list(found.names()) == ["index", *sorted(MEMBERS)]
    assert container.ordered(found.names(), "index")
    index, note = bundle.parsed(bundle.read(found, "index", bundle.LARGEST_INDEX))
    assert (index.origin, index.subject, index.made) == ("kz.example/log", ABOUT, "2026-11-18T11:06:40.123Z")
    assert SIGNER.verifier.signature_of(note) is not None
    assert {name: bundle.read(found, name, 3000) for name in index.members} == MEMBERS
    assert {name: found.size(name) for name in index.members} == {name: row.size for name, row in index.members.items()}


def test_other_tools_open_it() -> None:
    """The standard library's reader finds the members and their checksums right."""
    with zipfile.ZipFile(io.BytesIO(written())) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist() if name != "index"} == MEMBERS
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_every_changed_byte_of_its_structure_is_seen() -> None:
    """Of every header, the listing and the end; a changed byte of the contents is the index's business."""
    content = written()
    sound = opened(content)
    held = {at for name in sound.names() for at in range(_start(sound, name), _start(sound, name) + sound.size(name))}
    for at in set(range(len(content))) - held:
        changed = opened(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert changed.misfits, at
        assert len(changed.entries) >= len(sound.entries) - 1, at  # one telling or the other is read


@pytest.mark.parametrize("cut", [0, 1, 21, 22, 40, 3000, 4000])
def test_what_is_cut_short_is_seen(cut: int) -> None:
    """Wherever it ends."""
    assert opened(written()[:cut]).misfits


def test_what_stands_behind_or_before_it_is_seen() -> None:
    """Nothing may hide there."""
    assert opened(written() + b"x").misfits
    assert opened(b"#!/bin/sh\n" + written()).misfits


def test_another_zip_is_read_and_refused() -> None:
    """Compressed members are never inflated."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index", b"0" * 100_000)
    found = opened(target.getvalue())
    assert found.misfits
    assert not found.entries


def test_a_name_that_stands_twice_is_out_of_order() -> None:
    """The first of them is read."""
    target = io.BytesIO()
    rows = [("index", b"1"), ("keys", b"2"), ("keys", b"3")]
    container.write(target, [(name, container.measured(whole(content)), whole(content)) for name, content in rows])
    found = Container.of(target)
    assert found.misfits == ("keys stands twice",)
    assert bundle.read(found, "keys", 9) == b"2"


@pytest.mark.parametrize(
    ("names", "right"),
    [
        ("index", True),
        ("index a b", True),
        ("index b a", False),
        ("a index", False),
        ("", False),
        ("index index", False),
        ("index a a", False),
    ],
)
def test_the_order_of_names_is_one(names: str, *, right: bool) -> None:
    """The index, then all others sorted, each once."""
    assert container.ordered(names.split(), "index") is right


def test_sizes_beyond_4_gib_stand_in_the_zip64_fields() -> None:
    """Each of the three structures; the standard library reads the same from them."""
    entry = container.Entry("messages/1/parts/1", 5 << 30, 7, 6 << 30)
    listed = struct.unpack("<2H3Q", container._central(entry)[46 + len(entry.name) :])
    assert listed == (1, 24, 5 << 30, 5 << 30, 6 << 30)
    assert container._true(0xFFFFFFFF, container._local(entry)[30 + len(entry.name) :]) == 5 << 30
    assert container._end([entry], 11 << 30)[:4] == b"PK\x06\x06"
    with zipfile.ZipFile(io.BytesIO(_far(entry))) as archive:
        assert [(info.file_size, info.header_offset) for info in archive.infolist()] == [(5 << 30, 6 << 30)]


def test_more_members_than_two_bytes_count_are_read() -> None:
    """By us and by the standard library."""
    target, count, nothing = io.BytesIO(), 65_600, whole(b"")
    container.write(target, ((str(n), container.measured(nothing), nothing) for n in range(count)))
    found = Container.of(target)
    assert (found.misfits, len(found.entries)) == ((), count)
    assert container._listed(target, len(target.getvalue()))[-1] == found.entries[str(count - 1)]
    with zipfile.ZipFile(target) as archive:
        assert len(archive.namelist()) == count


def test_a_source_that_changes_is_not_written() -> None:
    """What was measured must be what stands there."""
    turns = iter([(b"first",), (b"other",)])
    with pytest.raises(ValueError, match="keys changed"):
        bundle.write(io.BytesIO(), {"keys": lambda: next(turns)}, ABOUT, MADE, SIGNER)


@pytest.mark.parametrize(
    "name",
    ["../keys", "keys/", "/keys", "KEYS", "leaves/01.json", "messages/0/facts.json", "cover/de.html", "index", ""],
)
def test_a_name_that_nobody_looks_for_is_not_written(name: str) -> None:
    """No path leads out of a folder, and no member is there that no step looks at."""
    with pytest.raises(Malformed, match="looked for"):
        written({name: b""})


def test_an_index_is_not_larger_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused when it is written, not years later."""
    monkeypatch.setattr(bundle, "LARGEST_INDEX", 100)
    with pytest.raises(Malformed, match="at most 100"):
        written()


GOOD = bundle.indexed({"keys": Measured(1, 0, b"\0" * 32)}, ABOUT, MADE, SIGNER).decode().partition("\n\n")[0] + "\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("evidence/v1", "evidence/v2"),
        ("subject message", "subject other"),
        ("m-1@kz.example", "\t"),
        ("made 2026-11-18T11:06:40.123Z", "made yesterday"),
        ("\nmade", "\n"),
        (" 1 keys", " 01 keys"),
        (" 1 keys", " 1 keys "),
        (" 1 keys\n", f" 1 keys\n{'0' * 64} 1 keys\n"),
        (" 1 keys\n", f" 1 keys\n{'0' * 64} 1 inclusion/1\n"),
        ("evidence/v1\n", ""),
    ],
)
def test_an_index_has_one_form(old: str, new: str) -> None:
    """Anything else is no index; as it was, it is."""
    assert Index.of(GOOD).text() == GOOD
    assert old in GOOD
    with pytest.raises(Malformed):
        Index.of(GOOD.replace(old, new))


def test_a_log_has_the_same_index_over_its_files() -> None:
    """Other names are looked for there."""
    log = Subject(Kind.LOG, "257")
    names = ("checkpoint", "keys", bundle.leaves_path(0), bundle.leaves_path(1234), "tile/0/001.p/1", "tile/0/x001/234")
    content = bundle.indexed(dict.fromkeys(names, Measured(0, 0, b"\0" * 32)), log, MADE, SIGNER)
    index, _ = bundle.parsed(content)
    assert index.subject == log
    assert list(index.members) == sorted(names)
    with pytest.raises(Malformed):
        bundle.indexed({"inclusion/0": Measured(0, 0, b"")}, log, MADE, SIGNER)


def test_what_is_missing_or_too_large_is_not_read() -> None:
    """Malformed says which."""
    found = opened(written())
    with pytest.raises(Malformed, match=r"1-1\.tsr is missing"):
        bundle.read(found, "stamps/1-1.tsr", 9)
    with pytest.raises(Malformed, match="at most 2999"):
        bundle.read(found, "messages/1/parts/2", 2999)


def _start(found: Container, name: str) -> int:
    return found.entries[name].start


def _far(entry: container.Entry) -> bytes:
    """The listing and the end of a container as if its contents stood before them."""
    listing = container._central(entry)
    end = container._end([entry], 0)
    return listing + end
