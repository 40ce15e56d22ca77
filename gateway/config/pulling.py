"""The [pull] section of a party's file: this gateway comes to the party for messages."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from pydantic import Field

from gateway.config.faults import Faults
from gateway.config.pmodes import Stated
from gateway.config.strict import Strict
from gateway.config.units import Duration
from gateway.core.agreement import Party
from gateway.core.names import PartyId
from gateway.core.pmode import DEFAULT_MPC, Pull


class PullSection(Strict):
    """Only in a partner's file: this gateway comes to its endpoint for messages (docs/pull.md)."""

    mpc: Stated = Field(DEFAULT_MPC, description="the channel that is pulled from, as the partner names it")
    every: Duration = Field(timedelta(seconds=10), description="wait after the channel was empty")


def pull(section: PullSection | None) -> Pull | None:
    """What the section says."""
    return None if section is None else Pull(section.mpc, section.every)


def check(folder: Path, parties: Mapping[PartyId, Party], own: str, faults: Faults) -> None:
    """Nobody pulls from himself, and a party either comes for all its messages or for none."""
    for name, party in parties.items():
        path = folder / "parties" / f"{name}.toml"
        if party.pull is not None and name == own:
            faults.add(path, "pull", "this is the file of this gateway itself; expected in a partner's")
        if party.pull is not None and party.pull.every < timedelta(seconds=1):
            faults.add(path, "pull.every", "expected at least 1 second")
        bindings = {pmode.binding for ref, pmode in party.pmodes.items() if ref}
        if len(bindings) > 1:
            faults.add(path, "pmode.binding", "push under one agreement and pull under another; expected one of them")
