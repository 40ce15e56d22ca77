"""What the rounds come to: medians, ratios with their spread, beside the targets."""

import math
import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from rich.box import SIMPLE
from rich.table import Table

from gateway.cli.bench import outsider
from gateway.cli.bench.rounds import Plan, Round
from gateway.cli.output import console, print_json

# (end to end, KB) ► the highest ratio of CPU per message, gateway to floor, that is aimed at.
TARGETS: Mapping[tuple[bool, int], float] = {
    (False, 4): 2.0,
    (False, 20): 1.5,
    (False, 200): 1.3,
    (True, 4): 2.0,
    (True, 20): 1.6,
}
COSTS = ("path", "security", "KB", "beside µs", "gateway µs", "ratio", "range", "target", "noise")
SPEEDS = ("path", "security", "KB", "subject", "msg/s", "accept p50", "p99", "deliv. p50", "p99", "MB")
NOTES = """\
{plan.rounds} rounds of {plan.seconds:g} s, {plan.concurrency} connections, {cores} cores; medians of the rounds.
CPU: all processes and threads of the subject, with deliver (end to end) both servers,
until all is delivered and logged. Beside: {beside}. Noise: spread of its own rounds.
Security: of messages and receipts between two gateways (profile ics2, or plain-tls), and between two floors.
MB: memory at the peak. Latencies in ms; deliveries run under full load, so theirs contain the queue."""
FLOOR = "floor"
BESIDE = {
    FLOOR: "a bare floor that does only what every gateway must",
    "alone": "this gateway, where partners exchange no checkpoints, numbers and cosignatures",
}
PATHS = {False: "accept", True: "deliver"}
MEASURES: tuple[Callable[[Round], float], ...] = (
    lambda row: row.rate,
    lambda row: row.accept_p50,
    lambda row: row.accept_p99,
    lambda row: row.delivery_p50,
    lambda row: row.delivery_p99,
    lambda row: row.memory,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The gateway and what is beside it on one path at one size, round by round."""

    delivers: bool
    security: str
    size: int
    beside: tuple[Round, ...]
    gateway: tuple[Round, ...]

    @property
    def ratios(self) -> list[float]:
        """CPU per message, gateway to what is beside it, of every round."""
        return [ours.cpu / bare.cpu for ours, bare in zip(self.gateway, self.beside, strict=True)]

    @property
    def target(self) -> float | None:
        """The ratio that is aimed at; None where nobody named one."""
        return TARGETS.get((self.delivers, self.size))


def show(plan: Plan, found: Sequence[Round], checked: tuple[outsider.Checked, ...], *, as_json: bool) -> None:
    """The table on standard output, or everything as JSON."""
    compared = list(_compared(plan, found))
    if as_json:
        print_json({**_everything(plan, found, compared), "evidence": [asdict(each) for each in checked]})
        return
    console.print(_costs(compared))
    console.print(_speeds(compared))
    if checked:
        console.print(outsider.table(checked))
    console.print(
        NOTES.format(plan=plan, cores=os.cpu_count(), beside=BESIDE[plan.beside]),
        style="dim",
        highlight=False,
        soft_wrap=True,
    )


def _compared(plan: Plan, found: Sequence[Round]) -> Iterator[Comparison]:
    for delivers, security in plan.wanted:
        for size in plan.sizes:
            rows = [row for row in found if (row.delivers, row.security, row.size) == (delivers, security, size)]
            beside = tuple(row for row in rows if row.subject == plan.beside)
            yield Comparison(delivers, security, size, beside, tuple(row for row in rows if row.subject == "gateway"))


def _costs(compared: Sequence[Comparison]) -> Table:
    table = _titled("CPU per message, gateway beside another", COSTS)
    for pair in compared:
        other, ours = (_median(rows, lambda row: row.cpu) for rows in (pair.beside, pair.gateway))
        low, high = min(pair.ratios), max(pair.ratios)
        ratios = (f"{median(pair.ratios):.2f}", f"{low:.1f}-{high:.1f}")
        noise = f"{_spread([row.cpu for row in pair.beside]):.0%}"
        costs = (f"{other:,.0f}", f"{ours:,.0f}", *ratios, _target(pair), noise)
        table.add_row(PATHS[pair.delivers], pair.security, str(pair.size), *costs)
    return table


def _speeds(compared: Sequence[Comparison]) -> Table:
    table = _titled("Throughput and latency", SPEEDS)
    for pair in compared:
        for rows in (pair.beside, pair.gateway):
            values = (_median(rows, of) for of in MEASURES)
            shown = ("" if math.isnan(value) else f"{value:,.0f}" for value in values)
            table.add_row(PATHS[pair.delivers], pair.security, str(pair.size), rows[0].subject, *shown)
    return table


def _titled(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for name in columns:
        table.add_column(
            name, no_wrap=True, justify="left" if name in {"path", "security", "subject", "target"} else "right"
        )
    return table


def _target(pair: Comparison) -> str:
    if pair.target is None or pair.beside[0].subject != FLOOR:
        return ""
    return f"{'met' if median(pair.ratios) <= pair.target else 'above'} {pair.target:.1f}"


def _median(rows: Sequence[Round], of: Callable[[Round], float]) -> float:
    return median(of(row) for row in rows)


def _spread(values: Sequence[float]) -> float:
    return (max(values) - min(values)) / median(values)


def _everything(plan: Plan, found: Sequence[Round], compared: Sequence[Comparison]) -> dict[str, object]:
    return {
        "plan": asdict(plan),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "summary": [_summary(pair) for pair in compared],
        "rounds": [_plain(row) for row in found],
    }


def _summary(pair: Comparison) -> dict[str, object]:
    ratios = pair.ratios
    return {
        "path": PATHS[pair.delivers],
        "security": pair.security,
        "size": pair.size,
        "ratio": median(ratios),
        "lowest": min(ratios),
        "highest": max(ratios),
        "target": pair.target,
        "beside_cpu": _median(pair.beside, lambda row: row.cpu),
        "gateway_cpu": _median(pair.gateway, lambda row: row.cpu),
        "beside_spread": _spread([row.cpu for row in pair.beside]),
        "gateway_spread": _spread([row.cpu for row in pair.gateway]),
    }


def _plain(row: Round) -> dict[str, object]:
    """JSON knows no nan."""
    facts = {**asdict(row), "rate": row.rate}
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in facts.items()}
