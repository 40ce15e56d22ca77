"""The gateways on which traffic is replayed: a small TOML file, one table for each party."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.cli.output import USAGE, fail


class Endpoint(BaseModel):
    """One party's gateway as its national system reaches it, and where its delivery log is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    party: str
    url: str
    token: str = ""
    ca: Path | None = None
    log: Path | None = None  # configuration folder, or a file that `gateway log show --json` printed


class Endpoints(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: tuple[Endpoint, ...]


def read_endpoints(file: Path) -> dict[str, Endpoint]:
    """Each party's endpoint; paths count from the file. A file that cannot be used ends the command."""
    try:
        found = Endpoints.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).endpoint
    except (OSError, ValueError) as error:
        fail(USAGE, *_faults(file, error))
    if len({row.party for row in found}) != len(found):
        fail(USAGE, f"{file}: endpoint: each party once")
    return {row.party: row.model_copy(update=_beside(file.parent, row)) for row in found}


def _beside(folder: Path, row: Endpoint) -> dict[str, Path | None]:
    return {"ca": row.ca and folder / row.ca, "log": row.log and folder / row.log}


def _faults(file: Path, error: Exception) -> list[str]:
    """Each fault by key; never a value, for it may be a token."""
    if isinstance(error, ValidationError):
        return [f"{file}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
    return [f"{file}: {error}"]
