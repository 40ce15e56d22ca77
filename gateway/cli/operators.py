"""Who runs a command, and why, as the delivery log has it; and how a refusal is told to them."""

import getpass
import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.core.errors import Rejected
from gateway.core.names import SECOND, Micros
from gateway.core.retention import Asked
from gateway.flow.ports import Operator

Who = Annotated[str, typer.Option(help="the operator; stands in the delivery log")]


def _reason(param: typer.CallbackParam, why: str) -> str:
    """It says something, unless the command needs none."""
    if not why.strip() and (why or param.required):
        raise typer.BadParameter("expected a reason")
    return why


Why = Annotated[str, typer.Option(help="the reason; stands in the delivery log", callback=_reason)]


def acting(who: str, why: str) -> Operator:
    """Who says that it is they, and whom the operating system knows."""
    return Operator(who or account(), why, account())


def account() -> str:
    """The operating system's name for whoever runs the command: behind sudo, the one who called it."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def asked_for(agreement: str, before: datetime | None) -> Asked:
    """The messages under an agreement before a day (UTC)."""
    moment = Micros(int(before.replace(tzinfo=UTC).timestamp()) * SECOND) if before else None
    return Asked(agreement, moment)


def told(refusal: Rejected) -> list[str]:
    """Every fault of a refusal in a line."""
    return [f"{each.code.code} {each.code.meaning}: {each.path}: expected {each.expected}" for each in refusal.faults]
