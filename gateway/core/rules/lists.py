"""Rules about several values together: numbered through, unlike each other, alike, in a code list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gateway.core.rules.reading import Node, Operand, Scope
from gateway.core.rules.values import DAY, Moment, days, moment


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parameters of `sequence`."""

    path: Operand
    start: int


@dataclass(frozen=True, slots=True)
class Unique:
    """Parameters of `unique`."""

    items: Operand
    key: tuple[Operand, ...]  # from each item


@dataclass(frozen=True, slots=True)
class Equal:
    """Parameters of `equal`."""

    first: Operand
    second: Operand


@dataclass(frozen=True, slots=True)
class ListVersion:
    """One version of a code list."""

    version: str
    valid_from: date
    valid_until: date | None  # None: no end is known
    codes: frozenset[str]
    subset: bool = False  # codes are missing: on its days nothing can be refused

    def valid(self, day: Moment) -> bool:
        """Whether it may be valid at that moment."""
        first = Moment(days(self.valid_from) * DAY, (days(self.valid_from) + 1) * DAY - 1, zoned=False)
        if first.after(day):
            return False
        until = self.valid_until
        return until is None or not day.after(Moment(days(until) * DAY, (days(until) + 1) * DAY - 1, zoned=False))


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list: every version that is known."""

    id: str
    versions: tuple[ListVersion, ...]

    @property
    def subset(self) -> bool:
        """Whether no version is the whole list: then it can refuse nothing."""
        return all(version.subset for version in self.versions)


@dataclass(frozen=True, slots=True)
class InList:
    """Parameters of `in_list`."""

    path: Operand
    codes: CodeList
    names: str  # attribute beside the value that names its list; empty: none does
    on: Operand | None  # the date that says which version counts


def sequence(demand: Sequence, scope: Scope) -> Iterator[Node]:
    """The first ordinal that does not follow the one before it."""
    for due, node in enumerate(scope.read(demand.path), demand.start):
        if node.text != str(due):
            yield node
            return


def unique(demand: Unique, scope: Scope) -> Iterator[Node]:
    """Every item whose key has stood before; an item without a key is like no other."""
    seen: set[tuple[str, ...]] = set()
    for item in scope.read(demand.items):
        inner = scope.within(item.element)
        found = [inner.read(part) for part in demand.key]
        key = tuple("\0".join(node.text for node in part) for part in found)
        if any(found) and key in seen:
            yield item
        seen.add(key)


def equal(demand: Equal, scope: Scope) -> Iterator[Node]:
    """Every second value that is not among the first ones, where there are any."""
    firsts = {node.text for node in scope.read(demand.first)}
    yield from (node for node in scope.read(demand.second) if firsts and node.text not in firsts)


def in_list(demand: InList, scope: Scope) -> Iterator[Node]:
    """Every value that its list does not hold on that day, or that another list is named for."""
    found = scope.read(demand.path)
    versions = _versions(demand, scope) if found else ()
    for node in () if any(version.subset for version in versions) else found:
        named = node.element.get(demand.names) if demand.names else None
        other = named is not None and str(named).strip(" ") != demand.codes.id
        if other or not any(node.text in version.codes for version in versions):
            yield node


def _versions(demand: InList, scope: Scope) -> tuple[ListVersion, ...]:
    """The versions that may count: those valid on the date, or all where no date can be read."""
    dates = scope.read(demand.on) if demand.on else []
    when = next((found for node in dates if (found := moment(node.text)) is not None), None)
    return tuple(each for each in demand.codes.versions if when is None or each.valid(when))
