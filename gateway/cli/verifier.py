"""`gateway verifier`: the verifier as one file, for those who have no gateway."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.output import USAGE, console, fail
from gateway.verifier.selfcontained import packed


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verifier")(write)


def write(out: Annotated[Path, typer.Option(help="the file to write")] = Path("verify.pyz")) -> None:
    """Write the verifier as one file, the same bytes each time: python3 with cryptography runs it."""
    content = packed()
    try:
        out.write_bytes(content)
        out.chmod(0o755)
    except OSError as error:
        fail(USAGE, f"{out}: cannot be written: {error.strerror}")
    console.print(
        f"{out}: {len(content)} bytes; python3 {out} BUNDLE --trust trust.toml", highlight=False, soft_wrap=True
    )
