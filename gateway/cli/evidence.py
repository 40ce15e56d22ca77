"""`gateway evidence`: what was sent, received, removed and confirmed, in one file that anybody can check."""

from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, BinaryIO

import typer
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.boot import numbered, opened
from gateway.cli import trust
from gateway.cli.appearing import appearing
from gateway.cli.operators import Who, Why, acting, told
from gateway.cli.output import FOUND, HERE, USAGE, Folder, console, errors, fail, run
from gateway.config.load import Settings, load
from gateway.core.agreement import Register
from gateway.core.attest import able, attest
from gateway.core.errors import Rejected
from gateway.core.evidence import asice, bundle
from gateway.core.evidence.container import measured
from gateway.core.evidence.note import Malformed
from gateway.equip import equipped
from gateway.flow.exporting import Exporter, Gathered
from gateway.flow.ports_exhibits import Subject

FORMATS = ("zip", "asice")
PIECE = 1024 * 1024
ALONE = """No partner has cosigned a checkpoint over these entries so far: a verifier whose trust file asks for one finds fault with that.
A running gateway asks its partners every few seconds; export again then."""


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Evidence that anybody can check offline.", no_args_is_help=True)
    group.command("export")(export)
    group.command("trust")(trust.write)
    app.add_typer(group, name="evidence")


def export(  # noqa: PLR0913, PLR0917 - what, where to, how, who and why
    out: Annotated[Path, typer.Option(help="the file that is written; must not be there yet")],
    why: Why,
    message: Annotated[str, typer.Option(help="a MessageId")] = "",
    conversation: Annotated[str, typer.Option(help="a ConversationId: all of its messages")] = "",
    movement: Annotated[str, typer.Option(help="a business id, NAME=VALUE: all messages about it")] = "",
    form: Annotated[
        str, typer.Option("--format", help="zip, or asice: the ZIP in a container signed by XAdES")
    ] = "zip",
    without_bodies: Annotated[bool, typer.Option("--without-bodies", help="digests instead of the parts")] = False,  # noqa: FBT002
    who: Who = "",
    config: Folder = HERE,
) -> None:
    """Write an evidence bundle about a message, a conversation or a movement; the delivery log says that it was taken."""
    subject = _subject(message, conversation, movement)
    _require(out, form)
    operator = acting(who, why)

    async def work() -> Gathered:
        settings = equipped(load(config))
        async with opened(settings) as (store, _, clock):
            await numbered(settings, store, clock)
            exporter = Exporter(lambda: settings.register, store, clock, authority(settings))
            gathered = await exporter.gather(subject, bodies=not without_bodies)
            with appearing(out) as file:
                if form == "asice":
                    signed(file, out.parent, gathered, settings.register.at(gathered.made))
                else:
                    written(file, gathered, settings.register)
                await exporter.tell(gathered, operator, form, digest(file))
            return gathered

    try:
        gathered = run(work)
    except Rejected as refusal:
        fail(FOUND, *told(refusal))
    except Malformed as damage:
        fail(FOUND, f"the delivery log is damaged: {damage}; `gateway log verify` tells everything")
    sizes = ", ".join(map(str, gathered.sizes))
    counts = f"messages: {len(gathered.message_ids)}, log entries: {gathered.entries}, checkpoints of size {sizes}"
    console.print(f"{out}: {counts}", highlight=False, soft_wrap=True)
    if not gathered.cosigned:
        errors.print(ALONE, highlight=False, soft_wrap=True)


def _require(out: Path, form: str) -> None:
    if form not in FORMATS:
        fail(USAGE, f"--format {form}: expected {' or '.join(FORMATS)}")
    if out.exists() or not out.parent.is_dir():
        fail(USAGE, f"{out}: expected a new file in a folder that is there")


def _subject(message: str, conversation: str, movement: str) -> Subject:
    name, equals, value = movement.partition("=")
    if movement and not (name and equals and value):
        fail(USAGE, "--movement: expected NAME=VALUE, such as declaration=10005020/150126/0001234")
    given = {"message": message, "conversation": conversation, "movement": value}
    chosen = [(kind, each) for kind, each in given.items() if each]
    if len(chosen) != 1:
        fail(USAGE, "expected one of --message, --conversation, --movement")
    return Subject(*chosen[0], name=name)


def authority(settings: Settings) -> str:
    """SHA-256 of the time-stamp authority's certificate; empty where there is none."""
    return settings.authority.certificates[0].fingerprint(SHA256()).hex() if settings.authority else ""


def written(file: BinaryIO, gathered: Gathered, register: Register) -> None:
    """The bundle stands in the file."""
    bundle.write(file, gathered.members, gathered.subject, gathered.made, register.notary.signer)


def signed(file: BinaryIO, folder: Path, gathered: Gathered, register: Register) -> None:
    """The bundle in an ASiC-E container stands in the file, signed with our key for messages."""
    signer = able(register.signers)
    with TemporaryFile(dir=folder) as plain:
        written(plain, gathered, register)
        source = partial(_pieces, plain)
        known = measured(source)
        signatures = attest({asice.BUNDLE: known.digest}, signer, bundle.instant(gathered.made))
        asice.write(file, signatures, (known, source))


def digest(file: BinaryIO) -> bytes:
    """SHA-256 of all that was written."""
    found = sha256()
    with Path(file.name).open("rb") as again:
        file.flush()
        for piece in iter(partial(again.read, PIECE), b""):
            found.update(piece)
    return found.digest()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    return iter(partial(file.read, PIECE), b"")
