"""Which of its type's rules a document breaks: faults with the agreement's own code, path, line, column, what is demanded."""

from collections.abc import Iterator

from lxml import etree

from gateway.core.agreement import MessageType
from gateway.core.errors import MAX_FAULTS, Fault
from gateway.core.locate import Locator, positions
from gateway.core.names import Member
from gateway.core.rules.reading import Node, Reading, Scope
from gateway.core.rules.rule import Rule

Finding = tuple[Rule, Node]


def judge(locator: Locator, kind: MessageType, members: frozenset[Member] | None, body: bytes) -> list[Fault]:
    """Every broken rule with every place that breaks it, MAX_FAULTS + 1 at most.

    `members`: between whom the message has passed and was stripped; None: it comes from its producer.
    """
    found = _findings(locator.root, kind.rules, members)
    at = positions(body, locator.root, {node.element for _, node in found}) if found else {}
    return [_fault(locator, rule, node, *at.get(node.element, (0, 0))) for rule, node in found]


def _findings(root: etree._Element, rules: tuple[Rule, ...], members: frozenset[Member] | None) -> list[Finding]:
    found: list[Finding] = []
    for finding in _broken(Reading(root), rules, members):
        found.append(finding)
        if len(found) > MAX_FAULTS:
            break
    return found


def _broken(reading: Reading, rules: tuple[Rule, ...], members: frozenset[Member] | None) -> Iterator[Finding]:
    for rule in rules:
        for context in reading.contexts(rule.context):
            for node in rule.faults(Scope(reading, context), members):
                yield rule, node


def _fault(locator: Locator, rule: Rule, node: Node, line: int, column: int) -> Fault:
    path = locator.path(node.element) + (f"/@{locator.spell_attribute(node.attribute)}" if node.attribute else "")
    return Fault(rule.code, path, line, column, rule.text, rule=rule.id, control=rule.control)
