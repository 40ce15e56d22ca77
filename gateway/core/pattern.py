"""Patterns of XML Schema as automata: one step for each character, whatever the pattern and whatever the value.

A backtracking engine could be made to hang by a value; libxml2's own mistakes counts in alternatives.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

# A tree, as `gateway.config.patterns` reads it: ("|", part…), ("&", part…), ("*", part, least, most or -1),
# ("c", regular expression of one character), ("=", the character).
Tree = tuple[object, ...]
MOST_STATES = 50_000
MOST_WORK = 2_000_000  # states looked at in one value
MOST_MOVES = 20_000  # remembered
ACCEPT = 0
TOO_COMPLEX: Tree = ("?",)  # stands for a pattern that cannot be judged here


class TooComplexError(ValueError):
    """A pattern with more states than can be kept, or a value that would take too long to judge."""


class Automaton:
    """One pattern; states are made on demand and remembered."""

    def __init__(self, tree: Tree) -> None:
        """Lay the states out."""
        self._tests: list[object] = [None]  # what the state takes; None: nothing, it only leads on
        self._next: list[tuple[int, ...]] = [()]
        entry = self._add(tree, ACCEPT)
        self._sets: list[frozenset[int]] = []
        self._numbers: dict[frozenset[int], int] = {}
        self._moves: dict[tuple[int, str], int] = {}
        self._start = self._number(self._closed([entry]))

    def matches(self, text: str) -> bool:
        """Whether the pattern takes the whole text."""
        at, work = self._start, 0
        for letter in text:
            to = self._moves.get((at, letter))
            if to is None:
                work += len(self._sets[at]) + 1
                if work > MOST_WORK:
                    raise TooComplexError
                to = self._move(at, letter)
            at = to
        return ACCEPT in self._sets[at]

    def _move(self, at: int, letter: str) -> int:
        if len(self._moves) > MOST_MOVES:
            self._moves.clear()
        reached = (state for state in self._sets[at] if _takes(self._tests[state], letter))
        to = self._number(self._closed(step for state in reached for step in self._next[state]))
        self._moves[at, letter] = to
        return to

    def _number(self, states: frozenset[int]) -> int:
        if states not in self._numbers:
            self._numbers[states] = len(self._sets)
            self._sets.append(states)
        return self._numbers[states]

    def _closed(self, states: Iterable[int]) -> frozenset[int]:
        """The states that take something, or accept, that can be reached without taking anything."""
        waiting, seen = list(states), set()
        while waiting:
            state = waiting.pop()
            if state not in seen:
                seen.add(state)
                if self._tests[state] is None:
                    waiting += self._next[state]
        return frozenset(state for state in seen if state == ACCEPT or self._tests[state] is not None)

    def _state(self, test: object, *following: int) -> int:
        if len(self._tests) >= MOST_STATES:
            raise TooComplexError
        self._tests.append(test)
        self._next.append(following)
        return len(self._tests) - 1

    def _add(self, tree: Tree, after: int) -> int:
        """The state at which the tree begins, if `after` is the one behind it."""
        kind, *parts = tree
        if tree == TOO_COMPLEX:
            raise TooComplexError
        if kind == "|":
            return self._state(None, *(self._add(part, after) for part in parts))  # type: ignore[arg-type]
        if kind == "&":
            for part in reversed(parts):
                after = self._add(part, after)  # type: ignore[arg-type]
            return after
        if kind == "*":
            return self._repeat(*parts, after)  # type: ignore[arg-type, call-arg]
        return self._state(tree, after)

    def _repeat(self, part: Tree, least: int, most: int, after: int) -> int:
        if most < 0:
            loop = self._state(None)
            self._next[loop] = (self._add(part, loop), after)
            entry = loop
        else:
            entry = after
            for _ in range(most - least):
                entry = self._state(None, self._add(part, entry), after)
        for _ in range(least):
            entry = self._add(part, entry)
        return entry


def _takes(test: object, letter: str) -> bool:
    if not isinstance(test, tuple):
        return False
    kind, what = test
    return bool(what == letter if kind == "=" else _class(what).match(letter))


@lru_cache(4096)
def _class(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


@lru_cache(1024)
def automaton(tree: Tree) -> Automaton:
    """The pattern's automaton, made once."""
    return Automaton(tree)
