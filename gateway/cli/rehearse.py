"""`gateway rehearse`: what of the stored traffic would fail under another version of the agreement."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from gateway.boot import opened
from gateway.cli.client import Told, readers
from gateway.cli.looking import looked
from gateway.cli.output import FOUND, HERE, USAGE, Folder, Json, console, errors, fail, print_json, run, show
from gateway.config.load import load, unused_agreement
from gateway.core.agreement import Agreement, Register
from gateway.core.language import Language
from gateway.core.names import SECOND, Micros
from gateway.core.texts import told
from gateway.core.trial import Trial
from gateway.flow.ports import RehearsalStore
from gateway.flow.rehearse import Period, Rehearsal, rehearse

DAY = 86_400 * SECOND
EVERY = 100


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rehearse")(command)


def command(  # noqa: PLR0913, PLR0917 - which traffic, under what, told how
    config: Folder = HERE,
    agreement: Annotated[Path | None, typer.Option(help="an agreement file to try; else the configured ones")] = None,
    to_version: Annotated[str, typer.Option(help="of the message types; else the newest of each")] = "",
    type_: Annotated[str, typer.Option("--type", help="only this message type")] = "",
    days: Annotated[int, typer.Option(help="how many days back, up to now", min=1)] = 31,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="first day (UTC), instead")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day (UTC)")] = None,
    examples: Annotated[int, typer.Option(help="MessageIds shown for each kind of fault", min=0)] = 3,
    language: Told = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Try stored messages under another version or agreement; end with 1 where some would fail. No message is touched."""

    async def work() -> tuple[Mapping[str, Trial], Rehearsal]:
        settings = load(config)
        async with opened(settings) as (store, _, clock):
            tried = (unused_agreement(settings, agreement),) if agreement else settings.register.agreements
            trials = _trials(tried, settings.register, clock.now(), to_version)
            _check_type(type_, settings.register, trials)
            period = replace(_period(clock.now(), days, since, until), type=type_, version=to_version)
            found = await _watched(store, trials, period, examples)
            shown = [name for seen in found.faults.values() for name in seen.examples]
            await looked((store, clock), "rehearse", shown)
            return trials, found

    trials, found = run(work)
    facts = report(trials, found, language or readers())
    if as_json:
        print_json(facts)
    else:
        _print(facts)
    if found.failing:
        raise typer.Exit(FOUND)


def _trials(tried: Iterable[Agreement], register: Register, now: Micros, version: str) -> Mapping[str, Trial]:
    """By agreement id; of several versions of one agreement, the newest."""
    oldest_first = sorted(tried, key=lambda agreement: agreement.valid_from)
    trials = {agreement.id: Trial.of(agreement, register, now, version) for agreement in oldest_first}
    if not any(trial.into for trial in trials.values()):
        fail(USAGE, f"--to-version {version}: no message type of {_refs(trials)} has it")
    return trials


def _check_type(name: str, register: Register, trials: Mapping[str, Trial]) -> None:
    """A type that no agreement knows ends the command: nothing found would read as nothing wrong."""
    kinds = [kind for agreement in register.agreements for kind in agreement.messages.values()]
    known = {kind.type for kind in kinds}
    if name and name not in known:
        fail(USAGE, f"--type {name}: no message type of {_refs(trials)}; there are: {', '.join(sorted(known))}")


def _refs(trials: Mapping[str, Trial]) -> str:
    return ", ".join(trial.ref for trial in trials.values())


def _period(now: Micros, days: int, since: datetime | None, until: datetime | None) -> Period:
    """From the first day's beginning to the last one's end, or so many days back from now."""
    end = _micros(until + timedelta(days=1)) if until else Micros(now + 1)
    begin = _micros(since) if since else Micros(end - days * DAY)
    if begin >= end:
        fail(USAGE, "--since: expected a day that has begun, and none after --until")
    return Period(begin, end)


def _micros(day: datetime) -> Micros:
    return Micros(int(day.replace(tzinfo=UTC).timestamp()) * SECOND)


async def _watched(store: RehearsalStore, trials: Mapping[str, Trial], period: Period, examples: int) -> Rehearsal:
    """The complete rehearsal, its progress shown."""
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=errors, transient=True) as progress:
        task = progress.add_task("rehearsing")
        async for found in rehearse(store, trials, period, examples):
            done = found.passing.total() + found.failing.total()
            if done % EVERY == 0:
                progress.update(task, description=f"{done} messages, {found.failing.total()} would fail")
    return found


def report(trials: Mapping[str, Trial], found: Rehearsal, language: Language) -> dict[str, Any]:
    """The rehearsal in figures; places without positions, never a value."""
    kinds = sorted(found.passing.keys() | found.failing.keys())
    return {
        "agreement": _refs(trials),
        "types": [
            {"type": kind, "would_pass": found.passing[kind], "would_fail": found.failing[kind]} for kind in kinds
        ],
        "faults": [
            {
                "type": kind,
                "code": code.code,
                "name": code.short,
                "meaning": told(code.meaning, language),
                "path": path,
                "expected": told(expected, language),
                "messages": seen.messages,
                "examples": seen.examples,
            }
            for (kind, code, path, expected), seen in sorted(found.faults.items(), key=lambda row: -row[1].messages)
        ],
        "left_out": {told(reason, language): number for reason, number in found.left_out.items()},
        "refused_and_not_stored": found.refused,
    }


def _print(facts: dict[str, Any]) -> None:
    show(facts["types"], ["type", "would_pass", "would_fail"], as_json=False, title=facts["agreement"])
    if facts["faults"]:
        rows = [{**row, "examples": " ".join(row["examples"])} for row in facts["faults"]]
        show(rows, ["type", "code", "meaning", "path", "expected", "messages", "examples"], as_json=False)
    for reason, number in facts["left_out"].items():
        console.print(f"left out: {number}: {reason}", highlight=False, soft_wrap=True)
    console.print(
        f"refused in this time: {facts['refused_and_not_stored']}; nothing of them is stored, so they are not tried",
        highlight=False,
        soft_wrap=True,
    )
