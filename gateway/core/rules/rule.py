"""A rule as it was agreed: what it demands, where it stands, and the function that judges it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.core.errors import ErrorCode
from gateway.core.names import Member
from gateway.core.rules.reading import Condition, Node, Operand, Scope, Steps
from gateway.core.texts import Text

Judge = Callable[[Any, Scope], Iterator[Node]]
NONE: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one message type at one place of its context."""

    id: str  # the agreement's own stable code
    code: ErrorCode  # of its kind
    text: Text  # what is demanded
    control: str
    context: Steps  # from the root; empty: the root itself
    reads: frozenset[Steps]  # from the context: all that it may ask for there
    condition: Condition | None
    demand: object  # the kind's parameters
    judge: Judge
    needs: frozenset[str]  # the children of the context without any of which nothing can break it
    strippable: tuple[Operand, ...]  # those of its operands that a law may take out

    def faults(self, scope: Scope, members: frozenset[Member] | None) -> Iterable[Node]:
        """The places that break the rule in this scope.

        `members`: between whom the message has passed and was stripped; None: it comes from its producer.
        """
        if self.condition is not None and not self.condition.holds(scope):
            return NONE
        if members is not None and any(each.open(members) and not scope.read(each) for each in self.strippable):
            return NONE  # EA-2.2: what a law took out cannot be missed
        return self.judge(self.demand, scope)
