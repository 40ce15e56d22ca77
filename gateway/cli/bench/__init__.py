"""`gateway bench`: what the gateway costs, beside a bare floor that does only what every gateway must."""

import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.progress import Progress

from gateway.cli.bench import large, outsider, report
from gateway.cli.bench.documents import Pool
from gateway.cli.bench.process import BenchError
from gateway.cli.bench.rounds import Plan, Round, rounds, segments
from gateway.cli.bench.signing import Security
from gateway.cli.bench.subjects import ALONE, running
from gateway.cli.output import FOUND, USAGE, Json, errors, fail

Evidence = tuple[outsider.Checked, ...]
LARGEST = 10_000  # KB
DOCUMENTS = 30
Large = Annotated[
    bool, typer.Option("--large", help="time and memory of one message of each size up to 100 MB and 1 GB instead")
]

Signed = Annotated[
    bool, typer.Option("--signed", help="delivering only: unsigned, signed with P-256 and signed with RSA-3072 keys")
]

WithEvidence = Annotated[
    bool, typer.Option("--evidence", help="delivering only, beside a gateway that exchanges no checkpoints")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(command)


def command(  # noqa: PLR0913, PLR0917 - a command line's options
    seconds: Annotated[float, typer.Option(help="seconds of load in every segment", min=0.1)] = 0.8,
    repeat: Annotated[int, typer.Option("--rounds", help="rounds; the median of them counts", min=1)] = 3,
    concurrency: Annotated[int, typer.Option(help="keep-alive connections of the load", min=1, max=1000)] = 32,
    sizes: Annotated[str, typer.Option(help="message sizes in KB")] = "4,20,200",
    signed: Signed = False,  # noqa: FBT002 - a command-line switch
    evidence: WithEvidence = False,  # noqa: FBT002 - a command-line switch
    large_ones: Large = False,  # noqa: FBT002 - a command-line switch
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Measure accepting and delivering, interleaved with a bare floor server: CPU, throughput, latency, ratios."""
    if large_ones:
        _large(as_json=as_json)
        return
    plan = Plan(_sizes(sizes), repeat, seconds, concurrency)
    if signed:
        plan = replace(plan, wanted=tuple((True, security) for security in Security))
    if evidence:
        plan = replace(plan, wanted=((True, Security.EC),), beside=ALONE)
    signal.signal(signal.SIGTERM, _stop)
    try:
        found, checked = _measured(plan)
    except BenchError as error:
        fail(FOUND, str(error))
    report.show(plan, found, checked, as_json=as_json)


def _large(*, as_json: bool) -> None:
    signal.signal(signal.SIGTERM, _stop)
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        try:
            found = list(large.measured(lambda what: bar.update(task, description=what)))
        except BenchError as error:
            fail(FOUND, str(error))
    large.show(found, as_json=as_json)


def _measured(plan: Plan) -> tuple[list[Round], Evidence]:
    """Every round's numbers, and what checking the evidence costs where it is asked for; no process and no file is left."""
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as name, Progress(console=errors, transient=True) as bar:
        folder = Path(name)
        task = bar.add_task("starting", total=segments(plan))
        pools = [Pool.write(folder / f"documents-{size}", size, DOCUMENTS) for size in plan.sizes]
        with running(folder, plan.concurrency, plan.wanted, plan.beside) as (load, subjects):
            found = list(
                rounds(plan, pools, subjects, load, lambda what: bar.update(task, advance=1, description=what))
            )
            if plan.beside != ALONE:
                return found, ()
            bar.update(task, description="checking the evidence")
            return found, outsider.measured(subjects[-1].folders[0], subjects[-1].folders[1], folder / "outsider")


def _sizes(text: str) -> tuple[int, ...]:
    pieces = text.split(",")
    if not all(piece.isascii() and piece.isdigit() and 0 < int(piece[:9]) <= LARGEST for piece in pieces):
        fail(USAGE, f"--sizes {text}: expected sizes in KB, from 1 to {LARGEST}, separated by commas")
    return tuple(dict.fromkeys(map(int, pieces)))


def _stop(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends the command in order, so that its processes end, too."""
    sys.exit(1)
