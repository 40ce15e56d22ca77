"""`gateway doctor`: why a partner cannot be reached or does not answer as agreed, and what to do about it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import typer
from cryptography import x509

from gateway.boot import pinging
from gateway.cli.client import Told, readers
from gateway.cli.output import FOUND, HERE, UNREACHABLE, Folder, Json, console, print_json, run
from gateway.cli.party_export import own_keys
from gateway.cli.ping import Agreement, PartyName, known, unfit
from gateway.config.load import Settings
from gateway.core.agreement import Party
from gateway.core.errors import Rejected
from gateway.examine import examine as looked
from gateway.flow.ping import Ping, ping
from gateway.flow.probing import OURS
from gateway.flow.sending import Reply, SendError, Streamed, Transport
from gateway.onboarding.case import Case, Verdict
from gateway.onboarding.doctor import Row, examine
from gateway.onboarding.heard import Heard, heard

MARKS = {Verdict.FINE: "ok", Verdict.WARNING: "look", Verdict.FAULT: "FAULT", Verdict.SKIPPED: "-"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(command)


def command(
    party_id: PartyName,
    agreement: Agreement = "",
    config: Folder = HERE,
    language: Told = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Look for the usual faults with a partner; end with 0: none, 1: some, 5: it cannot be reached. Nothing is delivered."""
    settings, partner = known(config, party_id)
    case = run(lambda: _case(settings, partner, agreement))
    rows = examine(case, language or readers())
    if as_json:
        print_json(
            {"party": party_id, "endpoint": partner.endpoint, "checks": [_facts(row) for row in rows], **_said(case)}
        )
    else:
        _print(partner, rows, case)
    if any(row.verdict is Verdict.SKIPPED for row in rows):
        raise typer.Exit(UNREACHABLE)
    if any(row.verdict is not Verdict.FINE for row in rows):
        raise typer.Exit(FOUND)


async def _case(settings: Settings, partner: Party, agreement: str) -> Case:
    """Everything about the partner that can be observed from here: its address first, then a test message, twice."""
    met, keys = looked(settings, partner), own_keys(settings, partner)
    case = Case(
        settings.register.own,
        partner,
        met,
        datetime.now(UTC),  # noqa: TID251 - a command looks at the calendar
        settings.file.delivery.minimum_tls,
        keys.tls,
        keys.message,
        tuple(x509.load_pem_x509_certificate(pem.encode()) for pem in partner.certificates.values()),
        tuple(partner.messages.pinned.values()),
        keys.unfit,
    )
    if OURS not in met.shakes or not met.shakes[OURS].succeeded or met.page is None or met.page.fault:
        return case
    try:
        found, again = await _asked(settings, partner, agreement)
    except Rejected as refusal:
        return replace(case, unfit=unfit(refusal))
    now = datetime.now(UTC)  # noqa: TID251 - compared with the partner's clock
    return replace(case, ping=found, heard=_heard(found.answer), again=again, now=now)


async def _asked(settings: Settings, partner: Party, agreement: str) -> tuple[Ping, Heard | None]:
    """The test service's answer, and its answer to the same bytes once more."""
    async with pinging(settings) as pinger:
        recorder = Recorder(pinger.transport)
        found = await ping(partner, replace(pinger, transport=recorder), agreement)
        if found.answer is None:
            return found, None
        try:
            return found, _heard(await recorder.repeat())
        except SendError:
            return found, None


@dataclass(slots=True)
class Recorder:
    """A transport that keeps the last request, so that the very bytes can be sent again."""

    transport: Transport
    last: tuple[str, str, bytes | Streamed] | None = None

    async def send(self, target: str, content_type: str, body: bytes | Streamed) -> Reply:
        """The target's answer."""
        self.last = (target, content_type, body)
        return await self.transport.send(*self.last)

    async def repeat(self) -> Reply:
        """The answer to the last request, sent once more."""
        if self.last is None:
            message = "nothing has been sent yet"
            raise RuntimeError(message)
        return await self.transport.send(*self.last)


def _heard(reply: Reply | None) -> Heard | None:
    return heard(reply.body, reply.content_type) if reply else None


def _facts(row: Row) -> dict[str, str]:
    return {"check": row.check, "verdict": row.verdict.value, "finding": row.finding, "advice": row.advice}


def _said(case: Case) -> dict[str, str]:
    """What the partner itself said, for its operator."""
    words = case.heard.words if case.heard else ""
    page = case.met.page
    return {
        "message_id": case.ping.message_id if case.ping else "",
        "detail": words,
        "server": page.server if page else "",
    }


def _print(partner: Party, rows: list[Row], case: Case) -> None:
    for row in rows:
        line = f"{MARKS[row.verdict]:5} {row.check}"
        console.print(f"{line}: {row.finding}" if row.finding else line, highlight=False, markup=False, soft_wrap=True)
        if row.advice:
            console.print(f"      → {row.advice}", highlight=False, markup=False, soft_wrap=True)
    for name, value in _said(case).items():
        if value:
            console.print(f"{name.replace('_', ' ')}: {value}", highlight=False, markup=False, soft_wrap=True)
    faults = sum(row.verdict is Verdict.FAULT for row in rows)
    console.print(f"{partner.id}: {faults} faults", highlight=False, markup=False)
