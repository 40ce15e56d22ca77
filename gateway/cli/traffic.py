"""`gateway traffic`: make seeded traffic, record real traffic."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from gateway.cli.output import USAGE, Json, console, errors, fail, new_folder, print_json
from gateway.cli.traffic_record import record_traffic
from gateway.config.units import size
from gateway.traffic.conversations import CONVERSATIONS, MIX
from gateway.traffic.make import PARTIES, START, Plan, make
from gateway.traffic.sample import LINES, Sample, Writer
from gateway.traffic.words import COUNTRIES


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Make or record test traffic (docs/traffic.md).", no_args_is_help=True)
    group.command("make")(make_traffic)
    group.command("record")(record_traffic)
    app.add_typer(group, name="traffic")


def make_traffic(  # noqa: PLR0913, PLR0917 - what traffic is wanted
    out: Annotated[Path, typer.Option(help="the folder that is written; it must be new or empty")],
    seed: Annotated[str, typer.Option(help="the same seed and options: the same bytes")] = "1",
    messages: Annotated[int, typer.Option(help="how many", min=1)] = 1_000,
    rate: Annotated[float, typer.Option(help="messages a second instead of --messages", min=0)] = 0,
    days: Annotated[float, typer.Option(help="within which the conversations begin", min=0.001)] = 1,
    party: Annotated[list[str] | None, typer.Option(help="PartyId; repeat it: any two converse")] = None,
    mix: Annotated[str, typer.Option(help=f"kinds and weights; kinds: {', '.join(CONVERSATIONS)}")] = "",
    invalid: Annotated[float, typer.Option(help="share that is refused, and corrected after", min=0, max=1)] = 0.05,
    restricted: Annotated[float, typer.Option(help="share with restricted fields", min=0, max=1)] = 0.3,
    large: Annotated[float, typer.Option(help="share of the conversations that are large", min=0, max=1)] = 0.005,
    largest: Annotated[str, typer.Option(help="size of the largest documents, about")] = "3 MB",
    start: Annotated[datetime | None, typer.Option(help="when it begins, UTC", formats=["%Y-%m-%d"])] = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Write traffic with its expected outcomes; one message after another, so that any number fits in memory."""
    plan = Plan(
        seed=seed,
        messages=round(rate * days * 86_400) or messages,
        days=days,
        parties=_parties(party),
        mix=_mix(mix),
        invalid=invalid,
        restricted=restricted,
        large=large,
        largest=_size(largest),
        start=start.replace(tzinfo=UTC) if start else START,
    )
    new_folder(out)
    facts = _written(out, plan)
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        console.print(f"{name.replace('_', ' ')}: {value}", highlight=False, markup=False, soft_wrap=True)


def _written(out: Path, plan: Plan) -> dict[str, object]:
    """The traffic lies in the folder; what it is in figures."""
    outcomes: Counter[str] = Counter()
    types: Counter[str] = Counter()
    volume, last = 0, 0.0
    about = {"seed": plan.seed, "messages": plan.messages, "start": plan.start.isoformat()}
    with Writer(out, **about) as writer, Progress(console=errors, transient=True) as progress:
        task = progress.add_task("making", total=plan.messages)
        for sample in make(plan):
            writer.add(sample)
            outcomes[_outcome(sample)] += 1
            types[sample.type] += 1
            volume, last = volume + len(sample.body), sample.at
            progress.advance(task)
    return {
        "file": str(out / LINES),
        "messages": plan.messages,
        "outcomes": dict(sorted(outcomes.items())),
        "types": dict(sorted(types.items())),
        "bytes": volume,
        "seconds_from_first_to_last": round(last, 3),
    }


def _outcome(sample: Sample) -> str:
    return "stripped" if sample.removed else sample.outcome


def _parties(names: list[str] | None) -> tuple[str, ...]:
    """At least two, each of a member whose way of writing is known."""
    found = tuple(dict.fromkeys(names or PARTIES))
    unknown = [name for name in found if name[:2] not in COUNTRIES]
    if len(found) < 2 or unknown:  # noqa: PLR2004 - a conversation
        fail(USAGE, f"--party: expected two or more that begin with {', '.join(COUNTRIES)}")
    return found


def _mix(text: str) -> Mapping[str, int]:
    """`transit=5,verification=2` as weights."""
    if not text:
        return MIX
    rows = dict(part.partition("=")[::2] for part in text.split(","))
    if not rows.keys() <= CONVERSATIONS.keys() or not all(value.isdecimal() and int(value) for value in rows.values()):
        fail(USAGE, f"--mix: expected kind=weight,…; kinds: {', '.join(CONVERSATIONS)}")
    return {name: int(value) for name, value in rows.items()}


def _size(text: str) -> int:
    try:
        return size(text)
    except ValueError as error:
        fail(USAGE, f"--largest: {error}")
