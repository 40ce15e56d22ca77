"""`gateway replay`: post traffic on one side or all, and compare what comes of it with what must."""

import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from rich.progress import Progress

from gateway.cli.client import HERE_URL, Authority, NationalClient, Token, Url, unreachable
from gateway.cli.endpoints import Endpoint, read_endpoints
from gateway.cli.exchange import Exchange, Pace, lane_of
from gateway.cli.ledgers import settled
from gateway.cli.output import FOUND, REFUSED, USAGE, Json, console, errors, fail, print_json, run
from gateway.cli.samples import Report, replay
from gateway.cli.tally import PROBLEMS
from gateway.config.load import load
from gateway.traffic.sample import Sample, TrafficError, read


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(command)


def command(  # noqa: PLR0913, PLR0917 - how the traffic is to be
    path: Annotated[Path, typer.Argument(help="a folder of traffic or with samples, traffic.jsonl, or one XML file")],
    endpoints: Annotated[Path | None, typer.Option(help="TOML: the gateways of all sides (docs/traffic.md)")] = None,
    speed: Annotated[
        float, typer.Option(help="with --endpoints: 1: in real time; 60: an hour in a minute; 0: at once", min=0)
    ] = 0,
    wait: Annotated[
        float, typer.Option(help="with --endpoints: seconds without arrivals until what is missing is lost", min=0)
    ] = 60,
    rate: Annotated[float, typer.Option(help="messages a second; 0: as fast as it goes")] = 0,
    concurrency: Annotated[int, typer.Option(help="requests at once", min=1)] = 8,
    repeat: Annotated[int, typer.Option(help="how many times each sample is posted", min=1)] = 1,
    patience: Annotated[float, typer.Option(help="seconds to repeat a posting that is not answered")] = 0,
    to: Annotated[str, typer.Option(help="recipient's PartyId")] = "",
    url: Url = HERE_URL,
    token: Token = "",
    ca: Authority = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Post traffic to gateways of a test environment; end with 1 where anything differs from what must come of it."""
    if endpoints is not None:
        facts = exchanged(path, endpoints, Pace(speed, concurrency, patience, wait))
    else:
        samples = _samples(path) * repeat
        facts = run(
            lambda: _one_gateway(samples, NationalClient(url, token, ca), url, Manner(rate, concurrency, patience, to))
        )
    if as_json:
        print_json(facts)
    else:
        _print(facts)
    if any(facts.get(name) for name in PROBLEMS):
        raise typer.Exit(FOUND)


@dataclass(frozen=True, slots=True)
class Manner:
    """How samples are posted to one gateway."""

    rate: float
    concurrency: int
    patience: float
    to: str


def _samples(path: Path) -> list[Sample]:
    """All of them; traffic of several sides needs all its gateways."""
    samples = list(_read(path)) if path.exists() else []
    if not samples:
        fail(USAGE, f"{path}: no XML file there")
    sides = sorted({sample.side for sample in samples if sample.side})
    if len(sides) > 1:
        fail(USAGE, f"{path}: traffic of {', '.join(sides)}: name their gateways with --endpoints")
    return samples


def _read(path: Path) -> Iterator[Sample]:
    try:
        yield from read(path)
    except TrafficError as error:
        fail(USAGE, str(error))


async def _one_gateway(samples: list[Sample], one: NationalClient, url: str, manner: Manner) -> dict[str, object]:
    async with one as client:
        await _require_test(client, url)
        with Progress(console=errors, transient=True) as progress:
            task = progress.add_task("replaying", total=len(samples))
            began = time.monotonic()
            report = await replay(
                client,
                samples,
                concurrency=manner.concurrency,
                rate=manner.rate,
                patience=manner.patience,
                to=manner.to,
                progress=lambda: progress.advance(task),
            )
        return summary(samples, report, time.monotonic() - began)


def exchanged(path: Path, endpoints: Path, pace: Pace) -> dict[str, object]:
    """The traffic posted on all sides, what arrived, and what the delivery logs say about it."""
    there = read_endpoints(endpoints)
    sizes = Counter(lane_of(sample) for sample in _checked(path, set(there)))
    name = uuid.uuid4().hex[:12]  # noqa: TID251 - a producer's id

    async def work() -> dict[str, object]:
        async with AsyncExitStack() as stack:
            clients = {
                party: await stack.enter_async_context(NationalClient(row.url, row.token, row.ca))
                for party, row in there.items()
            }
            for party, client in clients.items():
                await _require_test(client, there[party].url)
            exchange = Exchange(clients, name, replace(pace, ordered=_ordered(there.values())), sizes)
            began = time.monotonic()
            with Progress(console=errors, transient=True) as progress:
                task = progress.add_task("replaying", total=sizes.total())
                tally = await exchange.play(_read(path), lambda: progress.advance(task))
            facts = tally.facts(time.monotonic() - began)
        logs = {party: row.log for party, row in there.items() if row.log}
        return {**facts, "logs_compared": sorted(logs), "logs_differ": await settled(logs, name, pace.wait)}

    return run(work)


def _ordered(endpoints: Iterable[Endpoint]) -> frozenset[str]:
    """The types that keep the order of their movement, as the configuration folders say."""
    registers = [load(row.log).register for row in endpoints if row.log and row.log.is_dir()]
    agreements = [agreement for register in registers for agreement in register.agreements]
    return frozenset(kind.type for agreement in agreements for kind in agreement.messages.values() if kind.ordered_by)


def _checked(path: Path, parties: set[str]) -> Iterator[Sample]:
    """The samples, each of which is posted by a party that has an endpoint."""
    found = 0
    for sample in _read(path) if path.exists() else ():
        found += 1
        if sample.side not in parties:
            fail(USAGE, f"{path}: {sample.name}: no endpoint for side {sample.side!r}")
        yield sample
    if not found:
        fail(USAGE, f"{path}: no traffic there")


def summary(samples: list[Sample], report: Report, seconds: float) -> dict[str, object]:
    """The replay in figures."""
    return {
        "posted": len(samples),
        "accepted": len(report.with_status(202)),
        "refused": dict(report.refusals()),
        "stripped": dict(report.stripped()),
        "unanswered": report.unanswered,
        "seconds": round(seconds, 3),
        "latency_ms": {f"p{percent}": round(report.latency(percent) * 1000, 1) for percent in (50, 90, 99)},
        "differences": report.differences,
    }


async def _require_test(client: NationalClient, url: str) -> None:
    """Sample traffic never goes to production."""
    try:
        environment = (await client.call("GET", "/health")).json.get("environment")
    except (aiohttp.ClientError, TimeoutError) as error:
        unreachable(url, error)
    if environment != "test":
        fail(REFUSED, f"{url} is a {environment} gateway; sample traffic goes to test gateways only")


def _print(facts: dict[str, object]) -> None:
    for name, value in facts.items():
        lines = [f"{key}: {found}" for key, found in value.items()] if isinstance(value, dict) else value
        if isinstance(lines, list):
            console.print(f"{name}: {'none' if not lines else ''}", highlight=False)
            for line in lines:
                console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
        else:
            console.print(f"{name.replace('_', ' ')}: {lines}", highlight=False)
