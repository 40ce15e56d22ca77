"""Rules about dates and times: only what is wrong in every time zone is a fault, where one is missing."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.rules.reading import Node, Operand, Scope
from gateway.core.rules.values import Moment


@dataclass(frozen=True, slots=True)
class Order:
    """Parameters of `order`."""

    first: Operand
    then: Operand
    tolerance: int  # nanoseconds


@dataclass(frozen=True, slots=True)
class Within:
    """Parameters of `within`."""

    path: Operand
    of: Operand
    before: int | None  # nanoseconds; None: no bound
    after: int | None


def order(demand: Order, scope: Scope) -> Iterator[Node]:
    """Every `then` that is earlier than the latest `first`."""
    firsts = [when for _, when in _moments(demand.first, scope)]
    for node, then in _moments(demand.then, scope) if firsts else ():
        if any(first.after(then, demand.tolerance) for first in _latest(firsts)):
            yield node


def within(demand: Within, scope: Scope) -> Iterator[Node]:
    """Every time that lies too far before or after the first `of`."""
    for _, base in _moments(demand.of, scope)[:1]:
        for node, when in _moments(demand.path, scope):
            early = demand.before is not None and base.after(when, demand.before)
            if early or (demand.after is not None and when.after(base, demand.after)):
                yield node


def _moments(operand: Operand, scope: Scope) -> list[tuple[Node, Moment]]:
    """Those that are dates or dateTimes: what is neither is the schema's fault."""
    return [(node, when) for node, text in scope.texts(operand) if (when := scope.reading.moment(text)) is not None]


def _latest(found: list[Moment]) -> list[Moment]:
    """The latest with a zone and the latest without: one of them decides, however many there are."""
    kinds = ([when for when in found if when.zoned is zoned] for zoned in (True, False))
    return [max(kind, key=lambda when: when.first) for kind in kinds if kind]
