"""`gateway reconcile`: the days compared with partners, and a partner asked about one now."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import typer

from gateway.boot import opened, reconciling
from gateway.cli.looking import looked
from gateway.cli.output import DONE, FOUND, HERE, UNREACHABLE, USAGE, Folder, Json, console, fail, print_json, run, show
from gateway.cli.ping import known
from gateway.config.load import load
from gateway.core.evidence.note import Note
from gateway.flow.accounts import partner
from gateway.flow.ports_days import DIFFERS, RECONCILED, Day
from gateway.flow.sending import SendError

COLUMNS = ["party", "day", "state", "differences", "tried_at"]
PartyOption = Annotated[str, typer.Option("--party", help="PartyId")]
DayOption = Annotated[str, typer.Option("--day", help="UTC day, as 2026-11-20")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Compare with partners what was delivered on a day.", no_args_is_help=True)
    group.command("show")(show_days)
    group.command("run")(run_day)
    app.add_typer(group, name="reconcile")


def show_days(
    config: Folder = HERE,
    party: PartyOption = "",
    day: DayOption = "",
    limit: Annotated[int, typer.Option(help="how many at most")] = 50,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """The days, newest first; of a party's one day the whole result. End with 1 where one differs."""
    wanted = _day(day) if day else None

    async def work() -> list[Day]:
        async with opened(load(config)) as (store, _, clock):
            found = await store.days_with(party, wanted, limit)
            if as_json or (party and day):
                await looked((store, clock), "reconcile show", _named(found))
            return found

    found = run(work)
    if as_json:
        print_json([_row(each) for each in found])
    elif party and day and found:
        _print(found[0])
    else:
        show([{**_row(each), "differences": len(_rows(each))} for each in found], COLUMNS, as_json=False)
    raise typer.Exit(FOUND if any(each.state == DIFFERS for each in found) else DONE)


def run_day(
    party: Annotated[str, typer.Option("--party", help="PartyId of a partner that is running")],
    day: Annotated[str, typer.Option("--day", help="UTC day, as 2026-11-20; today: what there is until now")],
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Ask the partner now; end with 0: both signed the same, 1: they differ, 5: no answer."""
    settings, found = known(config, party)
    asked, wanted = partner(found), _day(day)
    if asked is None:
        fail(USAGE, f"{party} has no [log] in its file")

    async def work() -> Day:
        async with reconciling(settings) as reconciler:
            result = await reconciler.reconcile(asked, wanted)
        async with opened(settings) as (store, _, clock):
            await looked((store, clock), "reconcile run", _named([result]))
        return result

    try:
        result = run(work)
    except SendError as error:
        fail(UNREACHABLE, f"{settings.register.parties[found.id].id}: {error.code.code} {error.detail}")
    if as_json:
        print_json(_row(result))
    else:
        _print(result)
    raise typer.Exit(DONE if result.state == RECONCILED else FOUND)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(USAGE, f"{text} is no day; expected one as 2026-11-20")


def _rows(day: Day) -> list[str]:
    """The rows behind the signed head."""
    _, _, rest = day.differences.decode().partition("\n\n")
    return rest.partition("\n\n")[2].splitlines()


def _named(days: Sequence[Day]) -> list[str]:
    """The MessageIds of what differs: the last word of each row."""
    return [row.rpartition(" ")[2] for day in days for row in _rows(day)]


def _row(day: Day) -> dict[str, Any]:
    return {
        "party": day.party,
        "day": day.day.isoformat(),
        "state": day.state,
        "text": Note.parse(day.note).text.splitlines() if day.note else [],
        "note": day.note.decode(),
        "differences": _rows(day),
        "tried_at": day.tried_at,
    }


def _print(day: Day) -> None:
    """The state, then the note that both signed, then what differs."""
    for line in (f"{day.party} {day.day} {day.state}", *day.note.decode().splitlines(), *_rows(day)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
