"""The rules' shapes: the settings of each kind, and the demand that they become."""

from abc import abstractmethod
from datetime import timedelta
from typing import Annotated, Literal, Protocol

from pydantic import Field, StringConstraints

from gateway.config.strict import Name, Strict
from gateway.config.units import Duration
from gateway.core.rules.digits import ALGORITHMS, CheckDigit
from gateway.core.rules.figures import Compare, Count, Sum
from gateway.core.rules.lists import CodeList, Equal, InList, Sequence, Unique
from gateway.core.rules.presence import OneOf, Present, Values
from gateway.core.rules.reading import Operand
from gateway.core.rules.times import Order, Within
from gateway.core.rules.values import Form

RulePath = Annotated[str, StringConstraints(min_length=1)]


class Resolver(Protocol):
    """Turns a rule's settings into what its demand is made of; faults are collected under the setting's key."""

    def path(self, key: str, path: str, form: Form | None = None) -> Operand:
        """What the path reads, which must have the form."""

    def inside(self, items: Operand, key: str, path: str, form: Form | None = None) -> Operand:
        """What the path reads from each of the items."""

    def attribute(self, key: str, name: str, *operands: Operand) -> str:
        """The attribute's name, which all the operands' elements must be able to have."""

    def codes(self, key: str, name: str) -> CodeList:
        """The code list of that id."""


class Wording(Strict):
    """What a rule demands, in the languages of the agreement."""

    en: str = Field(min_length=1, description="in English")
    ru: str = Field("", description="in Russian; absent: as in English")
    kk: str = Field("", description="in Kazakh; absent: as in English")


class RuleSection(Strict):
    """What every rule has."""

    id: Name = Field(description="the agreement's own stable code")
    text: Wording = Field(description="what is demanded: { en, ru, kk }; the fault says it")
    control: str = Field("EA-4.3", description="control that demands it")
    context: str = Field("", description="each such element is asked by itself, paths start there; absent: the root")
    when: str = Field("", description='asked only where this path is there: "path", or "path = value | value"')

    @abstractmethod
    def demand(self, at: Resolver) -> object:
        """The demand, its paths resolved."""


class RequiredIf(RuleSection):
    """`required_if`."""

    check: Literal["required_if"]
    when: str = Field(min_length=1, description="the condition, as in every rule; here it must be given")
    path: RulePath = Field(description="what must be there")

    def demand(self, at: Resolver) -> Present:
        """Something at the path."""
        return Present(at.path("path", self.path))


class ForbiddenIf(RuleSection):
    """`forbidden_if`."""

    check: Literal["forbidden_if"]
    when: str = Field(min_length=1, description="the condition, as in every rule; here it must be given")
    path: RulePath = Field(description="what must not be there")

    def demand(self, at: Resolver) -> Present:
        """Nothing at the path."""
        return Present(at.path("path", self.path))


class OneOfPaths(RuleSection):
    """`one_of`."""

    check: Literal["one_of"]
    paths: list[RulePath] = Field(min_length=1, description="what there is to choose from")
    at_least: int = Field(1, ge=0, description="how many of the paths must be there")
    at_most: int = Field(1, ge=1, description="how many may be there")

    def demand(self, at: Resolver) -> OneOf:
        """So many of the paths."""
        return OneOf(tuple(at.path("paths", path) for path in self.paths), self.at_least, self.at_most)


class ValueOf(RuleSection):
    """`value`."""

    check: Literal["value"]
    path: RulePath = Field(description="where the value stands")
    values: list[str] = Field(min_length=1, description="the values that were agreed")

    def demand(self, at: Resolver) -> Values:
        """One of the values."""
        return Values(at.path("path", self.path), frozenset(self.values))


class EqualTo(RuleSection):
    """`equal`."""

    check: Literal["equal"]
    first: RulePath = Field(description="the one place")
    second: RulePath = Field(description="the other place, where the fault is reported")

    def demand(self, at: Resolver) -> Equal:
        """The same at both."""
        return Equal(at.path("first", self.first), at.path("second", self.second))


class OrderOf(RuleSection):
    """`order`."""

    check: Literal["order"]
    first: RulePath = Field(description="the earlier date or dateTime")
    then: RulePath = Field(description="the later one, where the fault is reported")
    tolerance: Duration = Field(timedelta(0), description="how much earlier it may be all the same")

    def demand(self, at: Resolver) -> Order:
        """The one not after the other."""
        first, then = at.path("first", self.first, Form.MOMENT), at.path("then", self.then, Form.MOMENT)
        return Order(first, then, nanoseconds(self.tolerance))


class WithinOf(RuleSection):
    """`within`."""

    check: Literal["within"]
    path: RulePath = Field(description="the date or dateTime that is judged")
    of: RulePath = Field(description="the date or dateTime it is judged by; a rule never looks at the clock")
    before: Duration | None = Field(None, description="how long before it may lie; absent: any time")
    after: Duration | None = Field(None, description="how long after it may lie; absent: any time")

    def demand(self, at: Resolver) -> Within:
        """Near enough."""
        bounds = [None if bound is None else nanoseconds(bound) for bound in (self.before, self.after)]
        return Within(at.path("path", self.path, Form.MOMENT), at.path("of", self.of, Form.MOMENT), *bounds)


class CompareTo(RuleSection):
    """`compare`."""

    check: Literal["compare"]
    larger: RulePath = Field(description="the figure that is not smaller")
    smaller: RulePath = Field(description="the figure that is not larger, where the fault is reported")
    unit: str = Field("", description="attribute with the unit or currency, which must be the same")
    strictly: bool = Field(default=False, description="equal figures are a fault")

    def demand(self, at: Resolver) -> Compare:
        """The one not smaller than the other."""
        larger, smaller = at.path("larger", self.larger, Form.NUMBER), at.path("smaller", self.smaller, Form.NUMBER)
        return Compare(larger, smaller, at.attribute("unit", self.unit, larger, smaller), self.strictly)


class SumOf(RuleSection):
    """`sum`."""

    check: Literal["sum"]
    total: RulePath = Field(description="the total, where the fault is reported")
    items: RulePath = Field(description="the items")
    value: RulePath = Field(description="each item's figure, from the item; an item without one: not asked")
    unit: str = Field("", description="attribute with the unit or currency, which must be the same")

    def demand(self, at: Resolver) -> Sum:
        """The sum, exactly."""
        total, items = at.path("total", self.total, Form.NUMBER), at.path("items", self.items)
        value = at.inside(items, "value", self.value, Form.NUMBER)
        return Sum(total, items, value, at.attribute("unit", self.unit, total, value))


class CountOf(RuleSection):
    """`count`."""

    check: Literal["count"]
    number: RulePath = Field(description="the stated number, where the fault is reported")
    items: RulePath = Field(description="what is counted")

    def demand(self, at: Resolver) -> Count:
        """As many as stated."""
        return Count(at.path("number", self.number, Form.NUMBER), at.path("items", self.items))


class SequenceOf(RuleSection):
    """`sequence`."""

    check: Literal["sequence"]
    path: RulePath = Field(description="the ordinals, in the document's order")
    start: int = Field(1, description="the first one")

    def demand(self, at: Resolver) -> Sequence:
        """One after the other."""
        return Sequence(at.path("path", self.path, Form.NUMBER), self.start)


class UniqueItems(RuleSection):
    """`unique`."""

    check: Literal["unique"]
    items: RulePath = Field(description="what must differ")
    key: list[RulePath] = Field(["."], min_length=1, description="in what: paths from each item; absent: its own value")

    def demand(self, at: Resolver) -> Unique:
        """No key twice."""
        items = at.path("items", self.items)
        return Unique(items, tuple(at.inside(items, "key", path) for path in self.key))


class InCodeList(RuleSection):
    """`in_list`."""

    check: Literal["in_list"]
    path: RulePath = Field(description="where the code stands")
    list: str = Field(description="id of the code list, in codelists/")
    named_by: str = Field("", description="attribute beside the code that names its list and must name this one")
    on: str = Field("", description="the date or dateTime whose version of the list counts; absent: any version")
    optional: bool = Field(
        default=False, description="without the list the rule is not enforced, as `gateway check` says"
    )

    def demand(self, at: Resolver) -> InList:
        """A code of the list."""
        path = at.path("path", self.path)
        on = at.path("on", self.on, Form.MOMENT) if self.on else None
        return InList(path, at.codes("list", self.list), at.attribute("named_by", self.named_by, path), on)


class CheckDigitOf(RuleSection):
    """`check_digit`."""

    check: Literal["check_digit"]
    path: RulePath = Field(description="the identifiers")
    algorithm: Literal["vin", "vin-form", "container", "kz-bin-iin", "ru-inn", "by-unp", "rail-wagon", "imo-ship"] = (
        Field(description="the check digit's definition")
    )

    def demand(self, at: Resolver) -> CheckDigit:
        """The right digit."""
        return CheckDigit(at.path("path", self.path), ALGORITHMS[self.algorithm])


SECTIONS: tuple[type[RuleSection], ...] = (
    RequiredIf,
    ForbiddenIf,
    OneOfPaths,
    ValueOf,
    EqualTo,
    OrderOf,
    WithinOf,
    CompareTo,
    SumOf,
    CountOf,
    SequenceOf,
    UniqueItems,
    InCodeList,
    CheckDigitOf,
)
AnyRule = Annotated[
    RequiredIf
    | ForbiddenIf
    | OneOfPaths
    | ValueOf
    | EqualTo
    | OrderOf
    | WithinOf
    | CompareTo
    | SumOf
    | CountOf
    | SequenceOf
    | UniqueItems
    | InCodeList
    | CheckDigitOf,
    Field(discriminator="check"),
]


def nanoseconds(span: timedelta) -> int:
    """The span as moments count it."""
    return span // timedelta(microseconds=1) * 1_000
