"""`gateway evidence`: bundles taken beside a running gateway or without one, checked by `gateway verify` and nothing else."""

import asyncio
import zipfile
from pathlib import Path

import pytest

from gateway.boot import Gateway
from gateway.cli.keys import Kind
from gateway.cli.output import DONE, FOUND, PARTLY, USAGE
from gateway.core.evidence import asice
from gateway.store import tree
from tests.api.edge import Service
from tests.cli.command import Ended, beside, gateway
from tests.house import House, build, eventually, sha256

MESSAGE = "evidence-1@kz.example"
WHY = ("--why", "a court asks, case 7", "--who", "A. Operator")
FORMS = {"a.zip": (), "b.asice": ("--format", "asice"), "c.zip": ("--without-bodies",)}
UNSEEN = ("none is cosigned", "are in no tree that enough trusted cosigners have seen")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, House]:
    """A message went from KZ to BY; three bundles were taken beside the running KZ; both have stopped."""
    where = tmp_path_factory.mktemp("evidence")
    houses = build(where, "KZ.KGD", "BY.GTK")
    for house in houses:
        house.edit("gateway.toml", "\n[api]", '\n[log]\ncosign_every = "0 seconds"\n\n[api]')
        assert gateway("evidence", "trust", "--out", trust(house), "--config", house.folder).code == DONE
    asyncio.run(exchange(*houses))
    return houses[0], houses[1]


async def exchange(kz: House, by: House) -> None:
    """The message, and a bundle in each form, every entry of which BY has cosigned."""
    async with by.running(), kz.running() as running, kz.client() as client:
        service = Service(kz, running, client)
        await service.accepted(message_id=MESSAGE)
        await service.became(MESSAGE, "delivered")
        for name, more in FORMS.items():
            await eventually(lambda: seen(running))
            ended = await beside(*command(kz, kz.folder / name, "--message", MESSAGE, *more))
            assert ended.code == DONE, ended.err


async def seen(running: Gateway) -> bool:
    """Whether BY has cosigned a tree with every entry about the message."""
    places = [row["position"] for row in await running.store.entries_about(MESSAGE)]
    if None in places:
        return False
    heads = await running.store.checkpoints_from(max(places) + 1)
    return any([await running.store.cosignatures(row["size"]) for row in heads])


def trust(house: House) -> Path:
    """The file that the house hands over."""
    return house.folder.parent / f"{house.party}.trust.toml"


def command(house: House, out: Path, *arguments: str) -> tuple[object, ...]:
    """The command's words."""
    return ("evidence", "export", "--out", out, *WHY, "--config", house.folder, *arguments)


def export(house: House, out: Path, *arguments: str) -> Ended:
    """The command without a running gateway."""
    return gateway(*command(house, out, *arguments))


def verified(bundle: Path, *whose: House) -> tuple[int, list[str]]:
    """What `gateway verify` ends with, and every fault it finds."""
    ended = gateway("verify", bundle, *(each for house in whose for each in ("--trust", trust(house))), "--json")
    return ended.code, [row["text"] for row in ended.json["faults"]]


@pytest.mark.parametrize("name", FORMS)
def test_a_bundle_verifies_by_what_is_handed_over_apart_from_it(scene: tuple[House, House], name: str) -> None:
    """By either side's trust file; by its own word alone it is partly verified."""
    bundle = scene[0].folder / name

    assert [verified(bundle, house) for house in scene] == [(DONE, [])] * 2
    assert verified(bundle) == (PARTLY, [])


@pytest.mark.parametrize("name", FORMS)
def test_a_changed_bundle_does_not_verify(scene: tuple[House, House], tmp_path: Path, name: str) -> None:
    """The control: one bit in the middle of the facts."""
    content = bytearray((scene[0].folder / name).read_bytes())
    content[content.index(b'"conversation_id"') + 2] ^= 1
    (tmp_path / name).write_bytes(content)

    assert verified(tmp_path / name, scene[0])[0] == FOUND


def test_an_asice_container_opens_as_one(scene: tuple[House, House]) -> None:
    """By any ZIP tool: the type first, then manifest and signature, then the bundle."""
    with zipfile.ZipFile(scene[0].folder / "b.asice") as container:
        assert container.namelist() == ["mimetype", asice.MANIFEST, asice.SIGNATURES, asice.BUNDLE]
        assert container.read("mimetype") == asice.MIMETYPE


def test_without_a_gateway_entries_get_their_places_by_the_command(scene: tuple[House, House], tmp_path: Path) -> None:
    """On either side, again and again; what nobody has cosigned so far is all that a verifier misses."""
    for number in range(2):
        for house in scene:
            out = tmp_path / f"{house.party}-{number}.zip"
            ended = export(house, out, "--message", MESSAGE)
            assert ended.code == DONE, ended.err
            assert number == 0 or "cosigned" in ended.err, "the first export left entries behind that nobody has seen"
            faults = verified(out, scene[0])[1]
            assert [each for each in faults if not any(told in each for told in UNSEEN)] == []


def test_the_log_says_who_took_what_and_why(scene: tuple[House, House]) -> None:
    """Each entry has the digest of the very file."""
    kz = scene[0]
    leaves = gateway("log", "show", "--kind", "exported", "--json", "--config", kz.folder).json
    found = {leaf["digest"]: leaf for leaf in leaves}

    for name in FORMS:
        leaf = found[sha256((kz.folder / name).read_bytes())]
        assert (leaf["who"], leaf["why"], leaf["message_id"]) == ("A. Operator", "a court asks, case 7", MESSAGE)
        assert leaf["form"] == name.partition(".")[2]


def test_the_whole_log_is_exported_and_verified(scene: tuple[House, House], tmp_path: Path) -> None:
    """As far as BY has cosigned it, then all of it; a folder of something else is left alone."""
    kz, out = scene[0], tmp_path / "log"
    ended = gateway("log", "export", "--out", out, "--cosigned", "--config", kz.folder)
    assert ended.code == DONE, ended.err
    assert verified(out, scene[0]) == (DONE, [])
    (out / "leaves" / "000.jsonl").write_bytes(b"{}\n")
    assert verified(out, scene[0])[0] == FOUND
    assert ended.err == ""
    ended = gateway("log", "export", "--out", out, "--config", kz.folder)
    assert (ended.code, "With --cosigned the export ends before them" in ended.err) == (DONE, True)
    assert [each for each in verified(out, scene[0])[1] if not any(told in each for told in UNSEEN)] == []

    refused = gateway("log", "export", "--out", kz.folder, "--config", kz.folder)
    assert (refused.code, "empty folder" in refused.err) == (FOUND, True)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), USAGE),
        (("--message", MESSAGE, "--conversation", "c"), USAGE),
        (("--movement", "10005020"), USAGE),
        (("--message", MESSAGE, "--format", "pdf"), USAGE),
        (("--message", MESSAGE, "--why", ""), USAGE),
        (("--message", MESSAGE, "--why", " "), USAGE),
        (("--message", "nobody@knows"), FOUND),
        (("--movement", "declaration=0"), FOUND),
    ],
)
def test_what_is_not_clear_or_not_known_is_refused(
    scene: tuple[House, House], tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    """With a word about it, and without a file."""
    ended = export(scene[0], tmp_path / "out.zip", *arguments)

    assert (ended.code, bool(ended.err), [*tmp_path.iterdir()]) == (code, True, [])


def test_nothing_is_written_over(scene: tuple[House, House], tmp_path: Path) -> None:
    """A file that is there stays; a folder that is not there is not made."""
    (tmp_path / "out.zip").write_bytes(b"before")

    assert export(scene[0], tmp_path / "out.zip", "--message", MESSAGE).code == USAGE
    assert export(scene[0], tmp_path / "no" / "out.zip", "--message", MESSAGE).code == USAGE
    assert (tmp_path / "out.zip").read_bytes() == b"before"


async def test_with_ed25519_keys_there_is_no_asice_and_that_is_said(tmp_path: Path) -> None:
    """XAdES by signxml knows no EdDSA; the ZIP is there as ever."""
    kz, by = build(tmp_path, "KZ.KGD", "BY.GTK", kind=Kind.ED25519)
    for house, other in ((kz, by), (by, kz)):
        path = house.folder / "parties" / f"{other.party}.toml"
        path.write_text(f'{path.read_text()}\n[pmode]\nprofile = "edelivery-2.0"\n')
    async with by.running(), kz.running() as running, kz.client() as client:
        service = Service(kz, running, client)
        await service.accepted(message_id=MESSAGE)
        await service.became(MESSAGE, "delivered")
        await eventually(lambda: not running.store._engine.read(tree.pending))
        words = [
            command(kz, tmp_path / f"x.{form}", "--message", MESSAGE, "--format", form) for form in ("asice", "zip")
        ]
        refused, taken = [await beside(*each) for each in words]

    assert (refused.code, "Ed25519" in refused.err, (tmp_path / "x.asice").exists()) == (FOUND, True, False)
    assert (taken.code, verified(tmp_path / "x.zip")) == (DONE, (PARTLY, []))
