"""The demo's result in a customs officer's words."""

from collections import Counter
from dataclasses import asdict

from rich.table import Table

from gateway.cli.demo_pair import Outcome, Side
from gateway.cli.output import console
from gateway.core.patterns import SIGNALS, Giver, State

VERIFIED = "verified"
MESSAGES = frozenset({Giver.GATEWAY, Giver.INBOX, Giver.SYSTEM})  # who gives a signal as a message of its own


def problems(outcome: Outcome) -> list[str]:
    """Everything that should not have happened."""
    rows = [
        (len(outcome.lost()), "accepted messages were lost"),
        (len(outcome.listed_twice()), "messages were taken over twice"),
    ]
    for side in outcome.sides:
        who = side.service.party
        rows += [
            (len(side.report.differences), f"{who}: outcomes differ from the samples'"),
            (len(side.report.unanswered), f"{who}: postings were never answered"),
            (side.repeats_differ, f"{who}: repeats got another answer"),
            (len(side.service.damaged), f"{who}: documents differ from their digest"),
            (len(side.unproved), f"{who}: what arrived is not the original minus exactly the listed parts"),
            (len(side.verdict.faults), f"{who}: faults in the delivery log"),
            (
                _outsider(side).count(VERIFIED) != len(_outsider(side)),
                f"{who}: an outsider could not verify log and evidence",
            ),
            (_transactions(side)["late"], f"{who}: transactions are late"),
            (_transactions(side)["cancelled"], f"{who}: transactions were cancelled"),
            (sum(side.deliveries.values()) - side.deliveries.get("delivered", 0), f"{who}: deliveries without receipt"),
        ]
    return [f"{count} {text}" for count, text in rows if count]


def facts(outcome: Outcome, seconds: float) -> dict[str, object]:
    """The result for programs."""
    return {
        "seconds": round(seconds, 1),
        "killed": outcome.killed,
        "serving_again_after": round(outcome.serving_again, 2),
        "problems": problems(outcome),
        "services": {side.service.party: _side(side) for side in outcome.sides},
    }


def _side(side: Side) -> dict[str, object]:
    return {
        "sent": len(side.report.posted),
        "accepted": len(side.report.with_status(202)),
        "refused": dict(side.report.refusals()),
        "stripped": dict(side.report.stripped()),
        "delivered": side.deliveries.get("delivered", 0),
        "taken_over": len(side.service.got),
        "proved_against_originals": side.proved,
        "removed_parts_opened": side.removed,
        "transactions": _transactions(side),
        "duplicates_suppressed": side.entries.get("duplicate", 0),
        "log_entries": side.verdict.entries,
        "log_root": side.verdict.root.hex(),
        "log_faults": side.verdict.faults,
        "outsider": asdict(side.checked) if side.checked else None,
        "differences": side.report.differences,
    }


def print_summary(outcome: Outcome, seconds: float) -> None:
    """The result for people."""
    table = Table(title="Two customs services exchanged messages", title_justify="left", show_lines=False)
    table.add_column("")
    for side in outcome.sides:
        table.add_column(f"{side.service.party}\n{side.service.authority}", justify="right", overflow="fold")
    for label, values in _rows(outcome):
        table.add_row(label, *values)
    console.print(table)
    _print_counts("Refused, and why", [side.report.refusals() for side in outcome.sides], outcome)
    _print_counts(
        "Stripped before leaving (fields), by rule", [side.report.stripped() for side in outcome.sides], outcome
    )
    console.print(
        f"{outcome.killed} was killed with SIGKILL under load and served again after {outcome.serving_again:.1f} s.",
        highlight=False,
    )
    for side in outcome.sides[:1]:
        console.print("What an outsider can prove about one message, offline:", highlight=False)
        for text in side.checked.proven if side.checked else ():
            console.print(f"  {text}", highlight=False, soft_wrap=True)
    found = problems(outcome)
    for problem in found:
        console.print(f"PROBLEM {problem}", style="red", highlight=False)
    for side in outcome.sides:
        for line in [
            *side.report.differences[:10],
            *side.unproved[:10],
            *side.verdict.faults[:10],
            *(side.checked.faults if side.checked else ()),
        ]:
            console.print(f"  {line}", style="red", highlight=False, markup=False)
    verdict = (
        "Something is wrong."
        if found
        else "Nothing was lost, nothing arrived twice, both delivery logs verify, here and elsewhere."
    )
    console.print(f"{verdict} ({seconds:.0f} s)", style="red" if found else "green", highlight=False)


def _rows(outcome: Outcome) -> list[tuple[str, list[str]]]:
    first, second = outcome.sides
    pairs = ((first, second), (second, first))
    return [
        ("messages sent by its national system", [str(len(side.report.posted)) for side, _ in pairs]),
        ("accepted (202 after the commit)", [str(len(side.report.with_status(202))) for side, _ in pairs]),
        ("refused with all faults listed", [str(sum(side.report.refusals().values())) for side, _ in pairs]),
        ("delivered, receipt checked digest by digest", [str(side.deliveries.get("delivered", 0)) for side, _ in pairs]),
        ("taken over by the partner's national system", [str(len(other.service.got)) for _, other in pairs]),
        ("arrived as the original minus exactly the listed parts", [f"{side.proved} of {len(side.accepted())}" for side, _ in pairs]),
        ("removed parts in them, each opened by its salt", [str(side.removed) for side, _ in pairs]),
        *_conversations(pairs),
        ("posted again on purpose: identical answers", [f"{side.repeats - side.repeats_differ} of {side.repeats}" for side, _ in pairs]),
        ("duplicates suppressed (both edges)", [str(side.entries.get("duplicate", 0)) for side, _ in pairs]),
        ("delivery log: entries, all in the tree", [str(side.verdict.entries) for side, _ in pairs]),
        ("delivery log: stored bodies equal to their digests", [str(side.verdict.bodies) for side, _ in pairs]),
        ("delivery log: faults", [str(len(side.verdict.faults)) for side, _ in pairs]),
        ("exported log, checked offline by an outsider", [_outsider(side)[0] for side, _ in pairs]),
        ("evidence of one message, checked offline", [_outsider(side)[1] for side, _ in pairs]),
    ]  # fmt: skip


def _outsider(side: Side) -> list[str]:
    """What came of log and evidence in the hands of somebody who trusts the partner's word for the keys."""
    return [side.checked.log, side.checked.message] if side.checked else ["not checked", "not checked"]


def _conversations(pairs: tuple[tuple[Side, Side], ...]) -> list[tuple[str, list[str]]]:
    """Where transactions stand, opened by either side."""
    counts = [_transactions(side) for side, _ in pairs]
    return [
        ("transactions completed, as agreed", [str(found["completed"]) for found in counts]),
        ("transactions that await an answer or signal, in time", [str(found["open"]) for found in counts]),
        ("transactions late, cancelled", [f"{found['late']}, {found['cancelled']}" for found in counts]),
        ("signals «received» and «accepted» exchanged in them", [str(found["signals"]) for found in counts]),
    ]


def _transactions(side: Side) -> dict[str, int]:
    """How many stand where, and how many of their signals were messages."""
    ended = [found for found in side.transactions if found.awaited is None]
    completed = sum(found.state is State.COMPLETED for found in ended)
    return {
        "completed": completed,
        "cancelled": len(ended) - completed,
        "open": len(side.transactions) - len(ended),
        "late": sum(found.late_at > 0 for found in side.transactions),
        "signals": sum(
            event in found.seen and found.regulation.giver(event) in MESSAGES
            for found in side.transactions
            for event in SIGNALS
        ),
    }


def _print_counts(title: str, counts: list[Counter[str]], outcome: Outcome) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for side in outcome.sides:
        table.add_column(f"by {side.service.party}", justify="right")
    for name in sorted({name for counter in counts for name in counter}):
        table.add_row(name, *(str(counter[name]) for counter in counts))
    console.print(table)
