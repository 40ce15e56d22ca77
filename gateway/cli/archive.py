"""`gateway archive`: messages as verifiable bundles, written before their content goes, and put back from them."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NoReturn, TypeVar

import typer

from gateway.boot import numbered, opened
from gateway.cli.appearing import appearing
from gateway.cli.evidence import authority, digest, written
from gateway.cli.operators import Who, Why, acting, asked_for, told
from gateway.cli.output import FOUND, HERE, REFUSED, USAGE, Folder, Json, fail, print_json, run, show
from gateway.config.load import Settings, load
from gateway.core import retention
from gateway.core.errors import Rejected
from gateway.core.evidence import archive
from gateway.core.evidence.asice import is_container
from gateway.core.evidence.checks.run import check_file
from gateway.core.evidence.container import Container
from gateway.core.evidence.finding import Report, State
from gateway.core.evidence.trust import Misread, Trust, TrustedLog
from gateway.core.retention import Terms
from gateway.equip import equipped
from gateway.flow.archiving import SLICE, ArchiveStore, Archiving, Restored, Restoring
from gateway.flow.exporting import Exporter, Gathered
from gateway.flow.ports import Clock, Operator
from gateway.flow.ports_retention import Old, Purge
from gateway.flow.retention import Retention

T = TypeVar("T")
COLUMNS = ["file", "messages", "sha256"]
Out = Annotated[Path, typer.Option(help="the file that is written; more than 500 messages: NAME-0001, NAME-0002 …")]


class FaultyError(Exception):
    """An archive that is not what it must be: every fault."""

    def __init__(self, path: Path, faults: Sequence[str]) -> None:
        """Say which file."""
        super().__init__("; ".join(faults))
        self.rows = [f"{path}: {fault}" for fault in faults]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Archives: messages in verifiable bundles.", no_args_is_help=True)
    group.command("write")(write)
    group.command("restore")(restore)
    app.add_typer(group, name="archive")


def write(  # noqa: PLR0913, PLR0917 - which messages, where to, who, why
    out: Out,
    why: Why,
    proposal: Annotated[int, typer.Option(help="the messages of this approved removal")] = 0,
    before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="accepted before this day (UTC)")
    ] = None,
    agreement: Annotated[str, typer.Option(help="only under this agreement: id or id:version")] = "",
    who: Who = "",
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Write settled messages with their content into archives; each is verified before it appears."""
    if bool(proposal) == (before is not None):
        fail(USAGE, "expected one of --proposal, --before")

    async def work() -> list[dict[str, Any]]:
        settings = equipped(load(config))
        async with opened(settings) as (store, _, clock):
            await numbered(settings, store, clock)
            files = Files(out, settings, archiving(settings, store, clock), acting(who, why))
            if proposal:
                return await files.of_removal(await Retention(lambda: settings.register, store, clock).ready(proposal))
            return await files.before(retention.before(settings.register, asked_for(agreement, before)))

    rows = ended(work)
    show(rows, COLUMNS, as_json=as_json)
    if not rows:
        raise typer.Exit(FOUND)


def restore(  # noqa: PLR0913, PLR0917 - which file, by whose keys, who, why
    file: Annotated[Path, typer.Argument(help="the archive")],
    why: Why,
    trust: Annotated[Path | None, typer.Option(help="whose keys count, else this gateway's own log's")] = None,
    who: Who = "",
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Put the content of removed messages back from an archive of this gateway; again, it does nothing twice."""

    async def work() -> Restored:
        settings = load(config)
        trusted = Trust.of(trust.read_text()) if trust else own(settings)
        async with opened(settings) as (store, _, clock):
            with file.open("rb") as source:
                container = verified(file, source, trusted)
                steps = Restoring(store, clock).restore(container, acting(who, why))
                return [found async for found in steps][-1]

    try:
        found = ended(work)
    except Misread as wrong:
        fail(USAGE, *(f"{trust}: {fault}" for fault in wrong.faults))
    facts = {"restored": found.restored, "already_there": found.there, "not_in_the_archive": found.lacking}
    if as_json:
        print_json(facts)
    else:
        show([facts], list(facts), as_json=False)


class Files:
    """Writes archives, one for each slice of messages."""

    def __init__(self, out: Path, settings: Settings, archiving: Archiving, operator: Operator) -> None:
        """Nothing is written yet."""
        if not out.parent.is_dir():
            fail(USAGE, f"{out.parent}: expected a folder that is there")
        self._out, self._settings, self._archiving, self._operator = out, settings, archiving, operator

    async def of_removal(self, found: Purge) -> list[dict[str, Any]]:
        """A row for each archive of the messages that are in none so far; only what is in one may go from now on."""
        return await self._write(found, self._archiving.chosen(found))

    async def before(self, terms: Terms) -> list[dict[str, Any]]:
        """A row for each archive of the settled messages of a time."""
        return await self._write(None, self._archiving.older(terms))

    async def _write(self, found: Purge | None, slices: AsyncIterator[Sequence[Old]]) -> list[dict[str, Any]]:
        """A row for each archive, which was verified and is in the log."""
        rows: list[dict[str, Any]] = []
        earlier = len(found.archive) if found else 0
        async for messages in slices:
            alone = not earlier and not rows and len(messages) < SLICE
            path = self._out if alone else self._numbered(earlier + len(rows) + 1)
            digest = await self._one(path, messages)
            await self._archiving.written(found, messages, path.name, digest, self._operator)
            rows.append({"file": str(path), "messages": len(messages), "sha256": digest.hex()})
        return rows

    def _numbered(self, number: int) -> Path:
        return self._out.with_name(f"{self._out.stem}-{number:04}{self._out.suffix}")

    async def _one(self, path: Path, messages: Sequence[Old]) -> bytes:
        """The digest of the archive; one that a command left behind that was cut off is taken where it is whole."""
        gathered = await self._archiving.gather(path.name, messages)
        wanted = {each.leaf: each.message_id for each in messages if each.leaf is not None}
        if await asyncio.to_thread(path.exists):
            found = self._required(path, path, wanted, gathered)
        else:
            with appearing(path) as file:
                written(file, gathered, self._settings.register)
                file.flush()
                found = self._required(path, Path(file.name), wanted, gathered)
        if _digest(path) != found:
            raise FaultyError(path, ["another file has taken the place of the one that was verified"])
        return found

    def _required(self, path: Path, there: Path, wanted: Mapping[int, str], gathered: Gathered) -> bytes:
        """SHA-256 of the archive, which has all of the messages, each as it is stored now."""
        with there.open("rb") as file:
            container = verified(path, file, own(self._settings))
            if lacking := archive.missing(container, wanted):
                raise FaultyError(path, [f"{message_id} is not in it" for message_id in lacking])
            facts = {name: b"".join(each()) for name, each in gathered.members.items() if archive.FACTS.fullmatch(name)}
            if other := [name for name, content in facts.items() if not archive.holds(container, name, content)]:
                raise FaultyError(path, [f"{name}: it is not what is stored now; give another name" for name in other])
            file.seek(0)
            return hashlib.file_digest(file, "sha256").digest()


def archiving(settings: Settings, store: ArchiveStore, clock: Clock) -> Archiving:
    """What gathers archives of this configuration's database."""
    exporter = Exporter(lambda: settings.register, store, clock, authority(settings))
    return Archiving(lambda: settings.register, store, clock, exporter)


def verified(path: Path, file: BinaryIO, trust: Trust) -> Container:
    """The archive in the file, checked by the verifier's own steps; FaultyError with all faults."""
    container, report = Container.of(file), Report()
    check_file(container, trust, report)
    faults = [f"step {int(each.step)}, {each.where}: {each.text}" for each in report.verdict().of(State.FAULT)]
    if faults or is_container(container):
        raise FaultyError(path, faults or ["expected the bundle itself, without the container around it"])
    return container


def own(settings: Settings) -> Trust:
    """This gateway's own log."""
    register = settings.register
    return Trust((TrustedLog(register.own.id, register.notary.signer.verifier),))


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return digest(file)


def ended(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The work's result; a refusal, an archive with faults, or a disk that takes or gives nothing ends the command."""
    try:
        return run(work)
    except OSError as error:
        fail(USAGE, f"{error.filename or 'the disk'}: {error.strerror}")
    except Rejected as refusal:
        fail(REFUSED, *told(refusal))
    except FaultyError as wrong:
        _faulty(wrong)


def _faulty(wrong: FaultyError) -> NoReturn:
    fail(FOUND, *wrong.rows)
