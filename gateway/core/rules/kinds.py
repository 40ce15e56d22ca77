"""The kinds of rules: one row each. A new kind is a function, a row here and its parameters in `gateway.config`."""

from enum import Enum

from gateway.core.errors import ErrorCode
from gateway.core.rules import digits, figures, lists, presence, times
from gateway.core.rules.rule import Judge


class Kind(Enum):
    """Every kind: its name in the agreement, the code of its faults, what it demands, how it is judged."""

    def __init__(self, label: str, code: ErrorCode, meaning: str, judge: Judge, *needs: str) -> None:
        """Columns: `check = "…"`, error code, meaning, function, the parameters without which nothing breaks it."""
        self.label = label
        self.code = code
        self.meaning = meaning
        self.judge = judge
        self.needs = needs

    REQUIRED_IF = (
        "required_if",
        ErrorCode.REQUIRED_BY_RULE,
        "where the condition holds, something stands at the path",
        presence.required,
    )
    FORBIDDEN_IF = (
        "forbidden_if",
        ErrorCode.FORBIDDEN_BY_RULE,
        "where the condition holds, nothing stands at the path",
        presence.forbidden,
        "path",
    )
    ONE_OF = (
        "one_of",
        ErrorCode.CHOICE_NOT_MADE,
        "of the paths, no fewer and no more than agreed are there",
        presence.one_of,
    )
    VALUE = "value", ErrorCode.VALUE_NOT_AGREED, "the value is one of those named", presence.value, "path"
    EQUAL = (
        "equal",
        ErrorCode.VALUES_DISAGREE,
        "the second value is among the first ones",
        lists.equal,
        "first",
        "second",
    )
    ORDER = (
        "order",
        ErrorCode.DATES_OUT_OF_ORDER,
        "the one time is not later than the other",
        times.order,
        "first",
        "then",
    )
    WITHIN = (
        "within",
        ErrorCode.DATE_OUT_OF_BOUNDS,
        "the time lies no further before or after another than agreed",
        times.within,
        "path",
        "of",
    )
    COMPARE = (
        "compare",
        ErrorCode.FIGURES_DISAGREE,
        "the one figure is not smaller than the other, in the same unit",
        figures.compare,
        "larger",
        "smaller",
    )
    SUM = (
        "sum",
        ErrorCode.SUM_DISAGREES,
        "the total is exactly the sum of the items, in the same unit",
        figures.sums,
        "total",
        "items",
    )
    COUNT = "count", ErrorCode.COUNT_DISAGREES, "the number is the number of the items", figures.count, "number"
    SEQUENCE = "sequence", ErrorCode.SEQUENCE_BROKEN, "the ordinals count up without gaps", lists.sequence, "path"
    UNIQUE = "unique", ErrorCode.VALUE_REPEATED, "no two items have the same key", lists.unique, "items"
    IN_LIST = (
        "in_list",
        ErrorCode.NOT_IN_AGREED_LIST,
        "the value is a code of the list on the day",
        lists.in_list,
        "path",
    )
    CHECK_DIGIT = (
        "check_digit",
        ErrorCode.CHECK_DIGIT_WRONG,
        "the identifier's check digit is right",
        digits.check_digit,
        "path",
    )


KINDS = {kind.label: kind for kind in Kind}
