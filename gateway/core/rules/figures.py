"""Rules about figures: exact decimals, and never across units."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from gateway.core.rules.reading import Node, Operand, Scope
from gateway.core.rules.values import EXACT, collapsed, number, total


@dataclass(frozen=True, slots=True)
class Compare:
    """Parameters of `compare`."""

    larger: Operand
    smaller: Operand
    unit: str  # attribute that both must have with the same value; empty: none
    strictly: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """Parameters of `sum`."""

    total: Operand
    items: Operand
    value: Operand  # from each item
    unit: str


@dataclass(frozen=True, slots=True)
class Count:
    """Parameters of `count`."""

    number: Operand
    items: Operand


Figure = tuple[Node, Decimal]


def compare(demand: Compare, scope: Scope) -> Iterator[Node]:
    """Every smaller figure that exceeds the larger one, or has another unit."""
    larger = _figures(demand.larger, scope)
    for node, figure in _figures(demand.smaller, scope) if larger else ():
        against, most = larger[0]
        too_much = figure >= most if demand.strictly else figure > most
        if too_much or _unit(node, demand.unit) != _unit(against, demand.unit):
            yield node


def sums(demand: Sum, scope: Scope) -> Iterator[Node]:
    """Every total that is not the sum of its items; not asked where an item has no figure."""
    totals = _figures(demand.total, scope)
    items = scope.read(demand.items) if totals else []
    parts = [_figures(demand.value, scope.within(item)) for item in items]
    if not parts or not all(parts):
        return
    figures = [figure for part in parts for figure in part]
    units = {_unit(node, demand.unit) for node, _ in figures}
    due = total([figure for _, figure in figures])
    for node, figure in totals:
        if units != {_unit(node, demand.unit)} or EXACT.compare(figure, due):
            yield node


def count(demand: Count, scope: Scope) -> Iterator[Node]:
    """Every number that is not the number of the items."""
    found = _figures(demand.number, scope)
    there = len(scope.read(demand.items)) if found else 0
    yield from (node for node, figure in found if figure != there)


def _figures(operand: Operand, scope: Scope) -> list[Figure]:
    """Those that are numbers: what is none is the schema's fault."""
    found = scope.read(operand)
    return [(node, figure) for node in found if (figure := number(collapsed(node.text))) is not None]


def _unit(node: Node, attribute: str) -> str:
    return str(node.element.get(attribute, "")).strip(" ") if attribute else ""
