"""`gateway log export`: the whole delivery log in a folder that `gateway verify` checks."""

import contextlib
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.boot import numbered, opened
from gateway.cli.appearing import appearing
from gateway.cli.operators import Who, Why, acting, told
from gateway.cli.output import FOUND, HERE, Folder, console, errors, fail, run
from gateway.config.load import load
from gateway.core.errors import Rejected
from gateway.core.evidence.container import Measured, measured
from gateway.flow.log_folder import LogFolder, Shelved

PIECE = 1024 * 1024
ALONE = """No partner has cosigned the newest entries so far ({}): a verifier whose trust file asks for that finds fault with them.
With --cosigned the export ends before them."""


def export(
    out: Annotated[
        Path, typer.Option(help="an empty folder, or one of an earlier export: only what is new is written")
    ],
    why: Why = "",
    cosigned: Annotated[bool, typer.Option("--cosigned", help="only as far as a partner has cosigned")] = False,  # noqa: FBT002
    who: Who = "",
    config: Folder = HERE,
) -> None:
    """Write the whole log: every entry, hash tiles, checkpoints, stamps; an auditor checks it with `gateway verify`."""
    operator = acting(who, why)

    async def work() -> Shelved:
        settings = load(config)
        authority = settings.authority.certificates[0].fingerprint(SHA256()).hex() if settings.authority else ""
        async with opened(settings) as (store, _, clock):
            await numbered(settings, store, clock)
            folder = LogFolder(lambda: settings.register, store, clock, authority)
            return await folder.export(FolderShelf(out), operator, cosigned=cosigned)

    try:
        found = run(work)
    except Rejected as refusal:
        fail(FOUND, *told(refusal))
    summary = f"{found.size} entries; {found.written} files written, {found.kept} were there"
    console.print(f"{out}: {summary}", highlight=False, soft_wrap=True)
    if found.cosigned < found.size:
        errors.print(ALONE.format(found.size - found.cosigned), highlight=False, soft_wrap=True)


class FolderShelf:
    """A folder of files."""

    def __init__(self, root: Path) -> None:
        """It is made with the first file."""
        self._root = root

    def names(self) -> list[str]:
        """See Shelf."""
        return [str(each.relative_to(self._root)) for each in self._root.rglob("*") if each.is_file()]

    def read(self, name: str) -> bytes:
        """See Shelf."""
        with contextlib.suppress(FileNotFoundError):
            return (self._root / name).read_bytes()
        return b""

    def measured(self, name: str) -> Measured | None:
        """See Shelf."""
        try:
            with (self._root / name).open("rb") as file:
                return measured(lambda: iter(partial(file.read, PIECE), b""))
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> None:
        """See Shelf."""
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with appearing(path) as file:
            file.write(content)

    def drop(self, name: str) -> None:
        """See Shelf."""
        path = self._root / name
        path.unlink(missing_ok=True)
        for folder in path.relative_to(self._root).parents[:-1]:
            with contextlib.suppress(OSError):  # it holds others
                (self._root / folder).rmdir()
