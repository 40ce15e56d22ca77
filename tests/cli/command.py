"""The `gateway` command, run in this process."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from gateway.cli import application
from tests.house import House


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command printed and ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output, which is JSON and nothing else."""
        return json.loads(self.out)


def gateway(*arguments: object) -> Ended:
    """The command has run; an exception that left it is raised here."""
    result = CliRunner().invoke(application(), [str(each) for each in arguments], env={"COLUMNS": "400"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


async def beside(*arguments: object) -> Ended:
    """The same, in a thread: a gateway of this process goes on serving."""
    return await asyncio.to_thread(gateway, *arguments)


def edge(house: House) -> tuple[object, ...]:
    """The options by which a command reaches the house's national edge."""
    return ("--url", house.url, "--token", house.token, "--ca", house.pem)
