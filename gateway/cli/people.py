"""What commands that several people share ask: who does it, why, about which messages; and how a refusal is told."""

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
Why = Annotated[str, typer.Option(help="the reason; stands in the delivery log")]


def operator(who: str, why: str) -> Operator:
    """Who says that it is they, and whom the operating system knows: behind sudo, the one who called it."""
    account = os.environ.get("SUDO_USER") or getpass.getuser()
    return Operator(who or account, why, account)


def asked_for(agreement: str, before: datetime | None) -> Asked:
    """The messages under an agreement before a day (UTC)."""
    moment = Micros(int(before.replace(tzinfo=UTC).timestamp()) * SECOND) if before else None
    return Asked(agreement, moment)


def told(refusal: Rejected) -> list[str]:
    """Every fault of a refusal in a line."""
    return [f"{each.code.code} {each.code.meaning}: {each.path}: expected {each.expected}" for each in refusal.faults]
