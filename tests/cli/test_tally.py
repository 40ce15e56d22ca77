"""The tally of an exchange sees each thing that can go wrong, and nothing where nothing does."""

import json

import pytest

from gateway.cli.client import Reply
from gateway.cli.samples import Posted
from gateway.cli.tally import PROBLEMS, Tally
from gateway.traffic.sample import Sample


def accept(tally: Tally, name: str, sha256: str = "aa", began: float = 0.0, kind: str = "Ordered") -> None:
    """KZ's gateway answers 202."""
    message = {"message_id": f"r.{name}@replay", "recipient": "BY.GTK", "sha256": sha256, "removed": []}
    sample = Sample(name, side="KZ.KGD", to=("BY.GTK",), movement="m1")
    reply = Reply(202, {}, json.dumps({"type": kind, "messages": [message]}).encode())
    tally.answer(sample, "m1", Posted(sample, message["message_id"], reply, 0.25, 1), began)


def arrive(tally: Tally, name: str, item: int, sha256: str = "aa") -> None:
    """BY's inbox has it."""
    tally.arrive(f"r.{name}@replay", item, sha256, 1.5)


FAULTS = ("lost", "duplicates", "never_accepted", "damaged", "out_of_order", "differences")


@pytest.mark.parametrize(
    ("arrivals", "fault", "named"),
    [
        ((("1", 1, "aa"), ("2", 2, "aa")), "", []),
        ((("1", 1, "aa"), ("1", 1, "aa"), ("2", 2, "aa")), "", []),  # its acknowledgement was lost: the same item
        ((("1", 1, "aa"),), "lost", ["2"]),
        ((("1", 1, "aa"), ("2", 2, "aa"), ("2", 3, "aa")), "duplicates", ["r.2@replay"]),
        ((("1", 1, "aa"), ("2", 2, "bb")), "damaged", ["2"]),
        ((("1", 1, "aa"), ("2", 2, "aa"), ("3", 3, "aa")), "never_accepted", ["r.3@replay"]),
        ((("2", 1, "aa"), ("1", 2, "aa")), "out_of_order", ["m1: from KZ.KGD to BY.GTK"]),
        ((("2", 2, "aa"), ("1", 1, "aa")), "", []),  # read in another order than it came in
    ],
)
def test_each_fault_is_told_alone(arrivals: tuple[tuple[str, int, str], ...], fault: str, named: list[str]) -> None:
    """Two messages are accepted; what arrives of them decides."""
    tally = Tally(ordered=frozenset({"Ordered"}))
    accept(tally, "1")
    accept(tally, "2")
    for arrival in arrivals:
        arrive(tally, *arrival)
    facts = tally.facts(1.0)
    assert {name: facts[name] for name in FAULTS} == {name: named if name == fault else [] for name in FAULTS}


@pytest.mark.parametrize(
    ("kinds", "faults"),
    [(("Ordered", "Ordered"), ["m1: from KZ.KGD to BY.GTK"]), (("Ordered", "Free"), []), (("Free", "Free"), [])],
)
def test_order_is_a_fault_where_it_was_agreed(kinds: tuple[str, str], faults: list[str]) -> None:
    """Between messages whose types keep it, and only there; every overtaking is told."""
    assert "out_of_order" in PROBLEMS
    tally = Tally(ordered=frozenset({"Ordered"}))
    for name, kind in zip("12", kinds, strict=True):
        accept(tally, name, kind=kind)
    for item, name in enumerate("21"):
        arrive(tally, name, item)
    facts = tally.facts(1.0)
    assert (facts["out_of_order"], facts["overtaken"]) == (faults, ["m1: from KZ.KGD to BY.GTK"])


def test_latency_is_measured_to_the_reading() -> None:
    """Posting as it was answered; end to end from the posting's beginning to the arrival."""
    tally = Tally()
    assert tally.facts(1.0)["latency_ms"] == {
        which: {"p50": 0.0, "p90": 0.0, "p99": 0.0} for which in ("posting", "end_to_end")
    }
    accept(tally, "1", began=0.5)
    arrive(tally, "1", 1)
    assert tally.facts(1.0)["latency_ms"] == {
        "posting": {"p50": 250.0, "p90": 250.0, "p99": 250.0},
        "end_to_end": {"p50": 1000.0, "p90": 1000.0, "p99": 1000.0},
    }
