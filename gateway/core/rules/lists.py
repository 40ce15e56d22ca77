"""Rules about several values together: numbered through, unlike each other, alike, in a code list."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from gateway.core.rules.reading import Node, Operand, Scope
from gateway.core.rules.values import DAY, Moment, days


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
    first: Moment = field(init=False, repr=False)
    last: Moment | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Know the days as moments, once for all documents."""
        object.__setattr__(self, "first", _day(self.valid_from))
        object.__setattr__(self, "last", None if self.valid_until is None else _day(self.valid_until))

    def valid(self, day: Moment) -> bool:
        """Whether it may be valid at that moment."""
        return not self.first.after(day) and (self.last is None or not day.after(self.last))


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list: every version that is known."""

    id: str
    versions: tuple[ListVersion, ...]

    @property
    def subset(self) -> bool:
        """Whether no version is the whole list: then it can refuse nothing."""
        return all(version.subset for version in self.versions)

    def on(self, day: Moment | None) -> list[ListVersion]:
        """The versions that may count: those valid on the day, or all where none is known."""
        return [each for each in self.versions if day is None or each.valid(day)]


@dataclass(frozen=True, slots=True)
class InList:
    """Parameters of `in_list`."""

    path: Operand
    codes: CodeList
    names: str  # attribute beside the value that names its list; empty: none does
    on: Operand | None  # the date that says which version counts


def sequence(demand: Sequence, scope: Scope) -> Iterator[Node]:
    """The first ordinal that does not follow the one before it."""
    for due, (node, text) in enumerate(scope.texts(demand.path), demand.start):
        if text != str(due):
            yield node
            return


def unique(demand: Unique, scope: Scope) -> Iterator[Node]:
    """Every item whose key has stood before; an item without a key is like no other."""
    seen: set[tuple[str, ...]] = set()
    for item in scope.read(demand.items):
        inner = scope.within(item)
        found = [[text for _, text in inner.texts(part)] for part in demand.key]
        key = tuple(map("\0".join, found))
        if any(found) and key in seen:
            yield item
        seen.add(key)


def equal(demand: Equal, scope: Scope) -> Iterator[Node]:
    """Every second value that is not among the first ones, where there are any."""
    firsts = {text for _, text in scope.texts(demand.first)}
    yield from (node for node, text in scope.texts(demand.second) if firsts and text not in firsts)


def in_list(demand: InList, scope: Scope) -> Iterator[Node]:
    """Every value that its list does not hold on that day, or that another list is named for."""
    found = scope.texts(demand.path)
    versions = _versions(demand, scope) if found else []
    for node, text in () if any(version.subset for version in versions) else found:
        named = node.element.get(demand.names) if demand.names else None
        other = named is not None and str(named).strip(" ") != demand.codes.id
        if other or not any(text in version.codes for version in versions):
            yield node


def _versions(demand: InList, scope: Scope) -> list[ListVersion]:
    """The versions that may count; where one date says so for the whole document, they are chosen once."""
    if demand.on is not None and not demand.on.absolute:
        return demand.codes.on(_when(demand, scope))
    chosen: dict[tuple[str, str], list[ListVersion]] = scope.reading.chosen
    key = demand.codes.id, demand.on.path if demand.on else ""
    if key not in chosen:
        chosen[key] = demand.codes.on(_when(demand, scope))
    return chosen[key]


def _when(demand: InList, scope: Scope) -> Moment | None:
    """The date by which the list's version is chosen, where it can be read."""
    for _, text in scope.texts(demand.on) if demand.on else ():
        found = scope.reading.moment(text)
        if found is not None:
            return found
    return None


def _day(found: date) -> Moment:
    """All of the day, in every zone."""
    return Moment(days(found) * DAY, (days(found) + 1) * DAY - 1, zoned=False)
