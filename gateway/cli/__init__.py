"""The commands: one file each, one row each."""

import sys
from importlib import import_module

import typer

from gateway.cli.guarded import Guarded
from gateway.cli.output import EXIT_CODES

# Command ► module. A module's function `register` adds its command or group to the application.
COMMANDS = (
    "demo",
    "serve",
    "check",
    "init",
    "party",
    "ping",
    "doctor",
    "codelist",
    "send",
    "inbox",
    "messages",
    "conversations",
    "operate",
    "log",
    "verify",
    "verifier",
    "witness",
    "sequences",
    "reconcile",
    "evidence",
    "retention",
    "archive",
    "redaction",
    "traffic",
    "replay",
    "rehearse",
    "bench",
    "reference",
)


def application() -> typer.Typer:
    """Every command, wired."""
    app = typer.Typer(
        name="gateway",
        cls=Guarded,
        help="A message gateway between customs services.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        epilog="Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()),
    )
    for name in COMMANDS:
        import_module(f"gateway.cli.{name}").register(app)
    return app


def main() -> None:
    """Run the command line."""
    sys.exit(application()())
