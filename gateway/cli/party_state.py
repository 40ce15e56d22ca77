"""`gateway party state`: which way messages go between us and each partner, and what holds that up now."""

from collections.abc import Mapping

import typer

from gateway.boot import opened
from gateway.cli.client import Told, readers
from gateway.cli.output import DONE, FOUND, HERE, Folder, Json, run, show
from gateway.cli.party_take import usable
from gateway.config.load import Settings
from gateway.core.agreement import Party
from gateway.core.errors import BY_CODE
from gateway.core.language import Language
from gateway.core.pulling import channels, pulls
from gateway.core.texts import told
from gateway.flow.ports import Row

COLUMNS = ["party", "exchange", "channel", "every", "waits_because", "failures", "since_at", "next_attempt_at"]


def state(
    config: Folder = HERE,
    language: Told = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Every partner: pushed to or pulling, pulled from or not; end with 1 where one as a whole fails now."""
    settings = usable(config)

    async def work() -> Mapping[str, Row]:
        async with opened(settings) as (store, _, _):
            return {row["target"]: row for row in await store.gates()}

    rows = _rows(settings, run(work), language or readers())
    show(rows, COLUMNS, as_json=as_json)
    raise typer.Exit(FOUND if any(row["code"] for row in rows) else DONE)


def _rows(settings: Settings, gates: Mapping[str, Row], language: Language) -> list[dict[str, object]]:
    register = settings.register
    partners = [party for party in register.parties.values() if party.id != register.own.id]
    return [
        {
            "party": party.id,
            "exchange": exchange,
            "channel": channel,
            "every": every,
            **_held(gates.get(gate), language),
        }
        for party in partners
        for gate, exchange, channel, every in _ways(party)
    ]


def _ways(party: Party) -> list[tuple[str, str, str, str]]:
    """Gate, what happens, channel and how often: to the party, and from it where we come for messages."""
    to = ("pulls from us", ", ".join(channels(party))) if pulls(party) else ("is pushed to", "")
    found = [(f"party:{party.id}", *to, "")]
    if party.pull is not None:
        found.append((f"pull:{party.id}", "is pulled from", party.pull.mpc, str(party.pull.every)))
    return found


def _held(gate: Row | None, language: Language) -> dict[str, object]:
    if gate is None:
        return {"code": "", "waits_because": "", "failures": 0, "since_at": 0, "next_attempt_at": 0}
    row = BY_CODE.get(gate["code"])
    return {
        "code": gate["code"],
        "waits_because": f"{gate['code']} {told(row.meaning, language) if row else ''}".strip(),
        "failures": gate["failures"],
        "since_at": gate["since"],
        "next_attempt_at": gate["next_attempt_at"],
    }
