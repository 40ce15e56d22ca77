"""Which units go, in which order, and what refuses a message because nothing can go."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from lxml import etree

from gateway.core import paths, removal
from gateway.core.agreement import Action, MessageType, Restriction
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.names import Direction
from gateway.core.redact import redact
from tests.core.making import BY, Gateway, posted, validated
from tests.core.probe import NAMESPACE, note

PREFIXES = {"p": NAMESPACE}


def restricting(gateway: Gateway, *patterns: str, index: Sequence[str] = ()) -> MessageType:
    """The probe's message type with a rule r0, r1, … for each path, and indexed by others."""
    rules = tuple(
        Restriction(f"r{number}", "k", "g", frozenset(), frozenset(Direction), Action.STRIP, path)
        for number, path in enumerate(paths.read(pattern, PREFIXES) for pattern in patterns)
    )
    places = tuple((f"i{number}", paths.read(pattern, PREFIXES)) for number, pattern in enumerate(index))
    return replace(gateway.kind("Note"), restrictions=rules, index=places)


def units(gateway: Gateway, inside: str, *patterns: str) -> list[tuple[str, list[str]]]:
    """Each unit's local name or attribute, and the rules that go with it."""
    kind = restricting(gateway, *patterns)
    hits = removal.find(etree.fromstring(note(inside)), kind, tuple(range(len(patterns))), gateway.register.prefixes)
    found = removal.outermost(hits)
    return [
        (
            f"@{unit.attribute}" if unit.attribute else etree.QName(unit.element).localname,
            [hit.rule.id for hit in unit.hits],
        )
        for unit in found
    ]


BOX = "<p:Box><p:Inner><p:Secret>1</p:Secret><p:Secret>2</p:Secret></p:Inner></p:Box>"
CODED = "<p:Coded agency='1' list='2'>x</p:Coded>"


@pytest.mark.parametrize(
    ("inside", "patterns", "expected"),
    [
        (BOX, ["//p:Secret"], [("Box", ["r0", "r0"])]),
        (BOX, ["//p:Secret", "//p:Box"], [("Box", ["r0", "r0", "r1"])]),
        (BOX, ["//p:Nothing", "//p:Inner", "//p:Secret"], [("Box", ["r1", "r2", "r2"])]),
        (CODED + BOX, ["//p:Secret", "//p:Coded/@list"], [("@list", ["r1"]), ("Box", ["r0", "r0"])]),
        (CODED, ["//p:Coded/@list", "//p:Coded"], [("Coded", ["r1", "r0"])]),
        (CODED, ["//p:Coded/@agency", "//p:Coded/@list"], [("Coded", ["r0", "r1"])]),
        ("<p:Text>a<p:Name/>b<p:Name/></p:Text>", ["//p:Name"], [("Name", ["r0"]), ("Name", ["r0"])]),
        ("<p:Text>a<p:Name/></p:Text>", ["//p:Name", "//p:Text"], [("Text", ["r1", "r0"])]),
        ("", ["//p:Name"], []),
    ],
    ids=[
        "lifted",
        "and named",
        "lifted twice",
        "attribute first",
        "owner goes",
        "owner lifted",
        "two",
        "around",
        "none",
    ],
)
def test_outermost_units_list_what_goes_with_them(
    inside: str, patterns: list[str], expected: list[tuple[str, list[str]]], probe: Gateway
) -> None:
    """The rule that takes the unit out first, then those that hit inside it."""
    assert units(probe, inside, *patterns) == expected


def test_attributes_of_one_owner_go_by_name(probe: Gateway) -> None:
    """Sorted by namespace and local name, whatever the order of rules and of the document."""
    kind = restricting(probe, "//p:Item/@b", "//p:Item/@p:a", "//p:Item/@a")
    document = etree.fromstring(note("<p:Item p:a='' b='' a=''/><p:Item b='' a=''/>"))

    found = removal.outermost(removal.find(document, kind, (0, 1, 2), probe.register.prefixes))

    assert [unit.attribute for unit in found] == ["a", "b", f"{{{NAMESPACE}}}a", "a", "b"]


def test_only_binding_rules_hit(probe: Gateway) -> None:
    """A rule of another member's law, or of the other direction, finds nothing."""
    kind = restricting(probe, "//p:Secret", "//p:Code")
    document = etree.fromstring(note("<p:Code/>" + BOX))

    assert {hit.number for hit in removal.find(document, kind, (1,), probe.register.prefixes)} == {1}
    assert removal.find(document, kind, (), probe.register.prefixes) == []


def test_field_around_which_nothing_is_optional_refuses_the_message(probe: Gateway) -> None:
    """The load refuses such a path; where a document has one all the same, nothing unstripped goes on."""
    received = posted(probe, note(BOX), to=(BY,), purpose="customs")
    seen = replace(validated(probe, received), message_type=restricting(probe, "//p:Secret", "/p:Note/p:Id"))

    with pytest.raises(Rejected) as refusal:
        redact(seen)

    (fault,) = refusal.value.faults
    assert (fault.code, fault.path) == (ErrorCode.RESTRICTED_AND_REFUSED, "/p:Note/p:Id")


def test_hits_without_a_unit_make_none(probe: Gateway) -> None:
    """They are refused, not stripped."""
    assert units(probe, BOX, "//p:Id", "//p:Secret") == [("Box", ["r1", "r1"])]


def test_root_is_never_taken_out() -> None:
    """There would be no document left."""
    with pytest.raises(ValueError, match="root"):
        removal.take_out([etree.fromstring(note())])


def test_index_may_be_by_attribute(probe: Gateway) -> None:
    """Its value, where the owner has one."""
    received = posted(probe, note(CODED), to=(BY,), purpose="customs")
    kind = restricting(probe, index=["//p:Coded/@list", "//p:Coded/@none"])

    (copy,) = redact(replace(validated(probe, received), message_type=kind)).copies

    assert copy.index == (("i0", "2"),)
