"""`gateway ping`: whether a partner's gateway answers our test messages, how, and how fast."""

from typing import Annotated

import typer

from gateway.boot import pinging
from gateway.cli.client import Told, readers
from gateway.cli.output import CONFIG, FOUND, HERE, UNREACHABLE, USAGE, Folder, Json, console, fail, print_json, run
from gateway.cli.party_take import usable
from gateway.config.load import Settings
from gateway.core.agreement import Party
from gateway.core.errors import Rejected
from gateway.core.language import Language
from gateway.core.names import PartyId
from gateway.core.texts import told
from gateway.flow.ping import Ping, Result, ping

PartyName = Annotated[str, typer.Argument(metavar="PARTY", help="PartyId")]
Agreement = Annotated[str, typer.Option(help="under the agreement with this reference (id:version); else under none")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ping")(command)


def command(  # noqa: PLR0913, PLR0917 - what is asked and how it is shown
    party_id: PartyName,
    count: Annotated[int, typer.Option(help="how often it is asked, one after the other", min=1, max=1000)] = 1,
    agreement: Agreement = "",
    config: Folder = HERE,
    language: Told = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Ask a partner's test service; end with 0: receipts, 1: another answer, 5: no answer at all. Nothing is delivered."""
    settings, partner = known(config, party_id)
    try:
        answers = run(lambda: _asked(settings, partner, count, agreement))
    except Rejected as refusal:
        fail(CONFIG, f"{partner.id}: {unfit(refusal)}")
    rows = [_row(number, answer, language or readers()) for number, answer in enumerate(answers, 1)]
    if as_json:
        print_json(
            {
                "party": party_id,
                "endpoint": partner.endpoint,
                "pings": rows,
                "receipts": _receipts(answers),
                "milliseconds": _times(answers),
            }
        )
    else:
        _print(partner, rows, answers)
    if all(answer.result is Result.NO_ANSWER for answer in answers):
        raise typer.Exit(UNREACHABLE)
    if any(answer.result is not Result.RECEIPT for answer in answers):
        raise typer.Exit(FOUND)


def known(config: Folder, party_id: str) -> tuple[Settings, Party]:
    """The configuration and a partner in it; a name that is no partner's ends the command."""
    settings = usable(config)
    partner = settings.register.parties.get(PartyId(party_id))
    if partner is None or partner.id == settings.register.own.id:
        others = sorted(set(settings.register.parties) - {settings.register.own.id})
        fail(USAGE, f"{party_id} is no partner; there are: {', '.join(others) or 'none'}")
    return settings, partner


def unfit(refusal: Rejected) -> str:
    """Why no message to the partner can be made: a key or certificate that its P-Mode wants is not there."""
    fault = refusal.faults[0]
    return f"{fault.path}: expected {fault.expected}"


async def _asked(settings: Settings, partner: Party, count: int, agreement: str) -> list[Ping]:
    async with pinging(settings) as pinger:
        return [await ping(partner, pinger, agreement) for _ in range(count)]


def _row(number: int, answer: Ping, language: Language) -> dict[str, object]:
    return {
        "number": number,
        "message_id": answer.message_id,
        "result": answer.result.value,
        "code": answer.code.code if answer.code else "",
        "meaning": told(answer.code.meaning, language) if answer.code else "",
        "detail": answer.detail,
        "milliseconds": round(answer.seconds * 1000, 1),
    }


def _receipts(answers: list[Ping]) -> int:
    return sum(answer.result is Result.RECEIPT for answer in answers)


def _times(answers: list[Ping]) -> dict[str, float]:
    """Milliseconds, of receipts alone: an error is answered at another speed."""
    times = [answer.seconds * 1000 for answer in answers if answer.result is Result.RECEIPT]
    if not times:
        return {}
    figures = {"min": min(times), "mean": sum(times) / len(times), "max": max(times)}
    return {name: round(value, 1) for name, value in figures.items()}


def _print(partner: Party, rows: list[dict[str, object]], answers: list[Ping]) -> None:
    for row in rows:
        words = " ".join(str(row[name]) for name in ("result", "code", "meaning") if row[name])
        line = f"{partner.id} {row['number']}: {words}, {row['milliseconds']} ms"
        console.print(line, highlight=False, markup=False, soft_wrap=True)
        if row["detail"]:
            console.print(f"      {row['detail']}", highlight=False, markup=False, soft_wrap=True)
    if len(rows) > 1:
        times = ", ".join(f"{name} {value} ms" for name, value in _times(answers).items())
        console.print(f"{_receipts(answers)} of {len(rows)} with a receipt; {times or 'no times'}", highlight=False)
    if any(answer.result is not Result.RECEIPT for answer in answers):
        console.print(f"`gateway doctor {partner.id}` looks for the cause", highlight=False, markup=False)
