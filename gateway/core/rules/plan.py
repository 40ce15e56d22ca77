"""All rules of a message type as one plan, made once: a document is walked once, and each rule asked where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from lxml import etree

from gateway.core.names import Member
from gateway.core.rules.reading import NOTHING, Node, Reading, Scope, Steps
from gateway.core.rules.rule import Rule

Finding = tuple[Rule, Node]


@dataclass(slots=True)
class Plan:
    """An element that rules name: what is looked at in it, and which rules are asked there."""

    below: dict[str, "Plan"] = field(default_factory=dict)
    rules: list[tuple[int, Rule]] = field(default_factory=list)  # with their numbers in the agreement's order
    own: set[str] = field(
        default_factory=set
    )  # of what is below: read by rules that are asked here, by none further up
    read: bool = False  # by a rule that is asked further up

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> Self:
        """The root's."""
        root = cls()
        for number, rule in enumerate(rules):
            context = root.at(rule.context)
            context.rules.append((number, rule))
            for steps in rule.reads:
                context.at(steps, read=True)
        return root

    def at(self, steps: Steps, *, read: bool = False) -> "Plan":
        """What is planned at the end of the steps; `read`: and all on the way is read from here."""
        found = self
        for depth, step in enumerate(steps):
            child = found.below.setdefault(step, Plan())
            if read and depth:
                found.own.discard(step)
            elif read and not child.read:
                found.own.add(step)
            child.read = child.read or read
            found = child
        return found

    def broken(self, root: etree._Element, members: frozenset[Member] | None, most: int) -> list[Finding]:
        """Every rule that the document breaks, with every place, in the agreement's order; the first `most` of each."""
        found: dict[int, list[Finding]] = {}
        _Asking(Reading(root), members, most, found).visit(root, self)
        return [finding for number in sorted(found) for finding in found[number]]


@dataclass(frozen=True, slots=True)
class _Asking:
    """The rules while they are asked of one document."""

    reading: Reading
    members: frozenset[Member] | None
    most: int
    found: dict[int, list[Finding]]

    def visit(self, element: etree._Element, plan: Plan) -> Node:
        """The element with what is looked at in it, after all rules in it were asked."""
        below = self._below(element, plan.below) if plan.below else {}
        node = Node(element, below or NOTHING)
        if plan.rules:
            scope, there = Scope(self.reading, node), below.keys()
            for number, rule in plan.rules:
                if there >= rule.needs:
                    self._ask(number, rule, scope)
            for name in plan.own:  # of half a million elements, no more is kept than is still to be read
                below.pop(name, None)
        return node

    def _below(self, element: etree._Element, planned: Mapping[str, Plan]) -> dict[str, list[Node]]:
        """Its children by name, those that rules further up read."""
        found: dict[str, list[Node]] = {}
        for child in element:
            name: str = child.tag  # type: ignore[assignment]  # a copy for mypy would cost as much as the look
            plan = planned.get(name)
            if plan is not None:
                node = self.visit(child, plan)
                if plan.read:
                    found.setdefault(name, []).append(node)
        return found

    def _ask(self, number: int, rule: Rule, scope: Scope) -> None:
        for place in rule.faults(scope, self.members):
            rows = self.found.setdefault(number, [])
            rows.append((rule, place))
            if len(rows) >= self.most:
                break
