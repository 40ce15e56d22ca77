"""A plan of rules: one walk, each rule asked where it stands, in the agreement's order."""

from dataclasses import replace

import pytest
from lxml import etree

from gateway.core.errors import ErrorCode
from gateway.core.language import Language
from gateway.core.names import Member
from gateway.core.rules.figures import Sum, sums
from gateway.core.rules.plan import Plan
from gateway.core.rules.presence import Present, Values, forbidden, required, value
from gateway.core.rules.reading import Condition, Operand
from gateway.core.rules.rule import Rule
from gateway.core.rules.values import Form
from gateway.core.texts import Text
from tests.core.rules.asking import at, number

KZ = frozenset({Member("KZ")})
TEXT = Text(dict.fromkeys(Language, "agreed"))


def forbids(name: str, path: str, *context: str, needs: frozenset[str] = frozenset()) -> Rule:
    """A rule that nothing stands at the path."""
    operand = at(path)
    reads = frozenset({operand.steps} - {()})
    demand = Present(operand)
    return Rule(name, ErrorCode.FORBIDDEN_BY_RULE, TEXT, "EA-4.3", context, reads, None, demand, forbidden, needs, ())


def broken(document: str, *rules: Rule, members: frozenset[Member] | None = None, most: int = 99) -> list[str]:
    """Which rule is broken, and by what."""
    found = Plan.of(rules).broken(etree.fromstring(document), members, most)
    return [f"{rule.id} {node.element.get('n')}{node.attribute}" for rule, node in found]


def test_faults_stand_in_the_order_of_the_rules_then_of_the_document() -> None:
    """Although the document is walked once, and what is deeper is asked first."""
    document = "<r><a n='1'><b n='2'/></a><c n='3'/><a n='4'><b n='5'/></a></r>"
    rules = (
        forbids("first", "b", "a"),
        forbids("second", "a/b"),
        forbids("third", "c"),
        forbids("fourth", ".", "a", "b"),
    )

    assert broken(document, *rules) == [
        *("first 2", "first 5", "second 2", "second 5"),
        *("third 3", "fourth 2", "fourth 5"),
    ]


def test_each_rule_is_told_so_often_and_no_more() -> None:
    """Its first places; another rule's are not lost by it."""
    document = "<r>" + "".join(f"<a n='{n}'/>" for n in range(9)) + "</r>"

    assert broken(document, forbids("x", "a"), forbids("y", "."), most=2) == ["x 0", "x 1", "y None"]


def test_no_more_is_kept_than_rules_further_up_still_read() -> None:
    """In whatever order the rules are agreed."""
    inner, outer = forbids("x", "b", "a"), forbids("y", "a/b")
    other = forbids("z", "c", "a")

    assert Plan.of([inner, other]).below["a"].own == {"b", "c"}
    assert Plan.of([inner, outer, other]).below["a"].own == {"c"}
    assert Plan.of([outer, inner, other]).below["a"].own == {"c"}
    assert Plan.of([outer]).own == {"a"}
    assert broken("<r><a><b n='1'/><c n='2'/></a></r>", inner, outer, other) == ["x 1", "y 1", "z 2"]


def test_rule_reads_nothing_that_only_another_one_reads() -> None:
    """What a rule further down looks at is not kept for those further up."""
    root = Plan.of([forbids("x", "b", "a")])

    assert not root.below["a"].read
    assert root.below["a"].below["b"].read
    assert broken("<r><a><b n='1'/></a></r>", forbids("x", "b", "a"), forbids("y", "c")) == ["x 1"]


@pytest.mark.parametrize(
    ("document", "wrong"), [("<r/>", []), ("<r><a/></r>", ["x None"]), ("<r><a/><b>1</b></r>", [])]
)
def test_rule_is_not_asked_without_what_it_needs(document: str, wrong: list[str]) -> None:
    """Only asked where the child is there."""
    rule = forbids("x", "b", needs=frozenset({"a"}))
    asked = replace(rule, judge=required, reads=frozenset({("a",), ("b",)}))

    assert broken(document, asked) == wrong


def test_condition_and_what_was_stripped_end_the_question() -> None:
    """The condition does not hold; or a law may have taken out what is missed."""
    operand = at("b", stripped_by=(KZ,))
    rule = replace(forbids("x", "b"), demand=Present(operand), judge=required, strippable=(operand,))
    asked = replace(rule, condition=Condition(at("a"), frozenset({"1"})), reads=frozenset({("a",), ("b",)}))

    assert broken("<r><a>1</a></r>", asked) == ["x None"]
    assert broken("<r><a>2</a></r>", asked) == []
    assert broken("<r><a>1</a></r>", asked, members=KZ) == []
    assert broken("<r><a>1</a></r>", asked, members=frozenset({Member("BY")})) == ["x None"]


def test_absolute_paths_are_read_from_the_root() -> None:
    """Wherever the rule is asked, and whatever stands before; their attributes, too."""
    rule = forbids("x", "/c/@n", "a")

    assert broken("<r><a/><c n='1'/><a/></r>", rule) == ["x 1n", "x 1n"]


def test_items_are_read_with_what_is_in_them() -> None:
    """A sum reads each item's figure."""
    demand = Sum(number("t"), at("i"), number("v"), "")
    reads = frozenset({("t",), ("i",), ("i", "v")})
    rule = replace(forbids("x", "."), demand=demand, judge=sums, reads=reads)

    assert broken("<r><t n='1'>3</t><i><v>1</v></i><i><v>2</v></i></r>", rule) == []
    assert broken("<r><t n='1'>4</t><i><v>1</v></i><i><v>2</v></i></r>", rule) == ["x 1"]


def test_value_of_nothing_is_empty() -> None:
    """An element of elements only has no value, whatever blanks stand in it."""
    operand = Operand("a", ("a",), form=Form.NOTHING)
    rule = replace(forbids("x", "a"), demand=Values(operand, frozenset({""})), judge=value)

    assert broken("<r><a n='1'> <b/> </a></r>", rule) == []
