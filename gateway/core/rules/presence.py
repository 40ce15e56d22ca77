"""Rules about what must be there, and what must not."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.rules.reading import Node, Operand, Scope


@dataclass(frozen=True, slots=True)
class Present:
    """Parameters of `required_if` and `forbidden_if`; the condition is the rule's own."""

    path: Operand


@dataclass(frozen=True, slots=True)
class OneOf:
    """Parameters of `one_of`."""

    paths: tuple[Operand, ...]
    at_least: int
    at_most: int


@dataclass(frozen=True, slots=True)
class Values:
    """Parameters of `value`."""

    path: Operand
    values: frozenset[str]


def required(demand: Present, scope: Scope) -> Iterator[Node]:
    """The context, where nothing with a value stands at the path."""
    if not any(text or len(node.element) for node, text in scope.texts(demand.path)):
        yield scope.context


def forbidden(demand: Present, scope: Scope) -> Iterator[Node]:
    """Everything that stands at the path."""
    yield from scope.read(demand.path)


def one_of(demand: OneOf, scope: Scope) -> Iterator[Node]:
    """The context, where too few or too many of the paths are there."""
    there = sum(bool(scope.read(path)) for path in demand.paths)
    if not demand.at_least <= there <= demand.at_most:
        yield scope.context


def value(demand: Values, scope: Scope) -> Iterator[Node]:
    """Every value that is none of those agreed."""
    yield from (node for node, text in scope.texts(demand.path) if text not in demand.values)
