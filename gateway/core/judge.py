"""Which of its type's rules a document breaks: faults with the agreement's own code, path, line, column, what is demanded."""

from gateway.core.agreement import MessageType
from gateway.core.errors import MAX_FAULTS, Fault
from gateway.core.locate import Locator, positions
from gateway.core.names import Member
from gateway.core.rules.reading import Node
from gateway.core.rules.rule import Rule


def judge(locator: Locator, kind: MessageType, members: frozenset[Member] | None, body: bytes) -> list[Fault]:
    """Every broken rule with every place that breaks it, MAX_FAULTS + 1 at most.

    `members`: between whom the message has passed and was stripped; None: it comes from its producer.
    """
    found = kind.plan.broken(locator.root, members, MAX_FAULTS + 1)[: MAX_FAULTS + 1]
    at = positions(body, locator.root, (node.element for _, node in found))
    return [_fault(locator, rule, node, *at.get(node.element, (0, 0))) for rule, node in found]


def _fault(locator: Locator, rule: Rule, node: Node, line: int, column: int) -> Fault:
    path = locator.path(node.element) + (f"/@{locator.spell_attribute(node.attribute)}" if node.attribute else "")
    return Fault(rule.code, path, line, column, rule.text, rule=rule.id, control=rule.control)
