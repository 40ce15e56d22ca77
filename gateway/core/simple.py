"""Simple types as values, and an own verdict on a text: XML Schema 1.0 part 2, to the letter.

The second opinion where libxml2 is known to err. It says nothing where only the document could tell.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from gateway.core.errors import ErrorCode
from gateway.core.lexical import UNKNOWN, LexicalError, Moment, ordered, value
from gateway.core.pattern import Automaton, TooComplexError, Tree, automaton

SPACES = re.compile("[ \t\n\r]+")
CONTROLS = str.maketrans("\t\n\r", "   ")


@dataclass(frozen=True, slots=True, eq=False)
class Simple:
    """A simple type: one of XML Schema's own with facets, a list, or a union."""

    name: str  # {namespace}name; empty for a local one
    builtin: str  # the nearest of XML Schema's own types; empty for a list or a union
    white_space: str = "collapse"
    patterns: tuple[tuple[Tree, ...], ...] = ()  # one of each step of derivation has to match
    values: tuple[str, ...] = ()  # an enumeration; empty: none
    facets: tuple[tuple[str, str], ...] = ()  # of every step, all have to hold
    item: "Simple | None" = None
    members: tuple["Simple", ...] = ()
    doubted: bool = False  # libxml2 takes texts that this type does not allow
    known: dict[str, object] = field(default_factory=dict)  # the values that the facets and the enumeration name
    automata: dict[int, tuple[Automaton, ...]] = field(default_factory=dict)  # of the patterns, by step


class Unknown(Exception):  # noqa: N818 - not an error: there is no second opinion
    """Nothing here can tell."""


def fault(kind: Simple, text: str) -> ErrorCode | None:
    """What is wrong with the text; None where nothing is. Unknown where that cannot be said."""
    try:
        _judge(kind, text)
    except _Wrong as found:
        return found.code
    except LexicalError:
        return ErrorCode.VALUE_OF_WRONG_TYPE
    except TooComplexError:
        raise Unknown from None
    return None


class _Wrong(Exception):  # noqa: N818 - a verdict
    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.code)
        self.code = code


def _judge(kind: Simple, text: str) -> object:
    """The value of the text, which keeps every facet."""
    normal = _normalized(kind, text)
    found = _value(kind, normal)
    for number, trees in enumerate(kind.patterns):
        if number not in kind.automata:
            kind.automata[number] = tuple(map(automaton, trees))
        if not any(each.matches(normal) for each in kind.automata[number]):
            raise _Wrong(ErrorCode.PATTERN_MISMATCH)
    if kind.values and not any(_same(kind, found, each) for each in kind.values):
        raise _Wrong(ErrorCode.NOT_IN_CODE_LIST)
    for name, wanted in kind.facets:
        holds, code = FACETS[name]
        if found is UNKNOWN and (name not in TEXTUAL or kind.builtin in NAMED):
            raise Unknown
        if not holds(kind, found if found is not UNKNOWN else normal, wanted):
            raise _Wrong(code)
    if found is UNKNOWN:
        raise Unknown
    return found


def _normalized(kind: Simple, text: str) -> str:
    """With XML white space as the type wants it; other spaces are letters like any (4.3.6)."""
    if kind.white_space == "preserve":
        return text
    replaced = text.translate(CONTROLS)
    return replaced if kind.white_space == "replace" else SPACES.sub(" ", replaced).strip(" ")


def _value(kind: Simple, text: str) -> object:
    if kind.item is not None:
        return tuple(_judge(kind.item, each) for each in text.split(" ") if each)
    if not kind.members:
        return value(kind.builtin, text)
    unknown = False
    for member in kind.members:
        try:
            return _judge(member, text)
        except (_Wrong, LexicalError):
            continue
        except Unknown:
            unknown = True
    if unknown:
        raise Unknown
    raise LexicalError


def _same(kind: Simple, found: object, wanted: str) -> bool:
    """Whether the value is the one that the schema names."""
    if found is UNKNOWN:
        raise Unknown
    other = _named(kind, wanted)
    return type(found) is type(other) and (found == other or (found != found and other != other))  # noqa: PLR0124 - NaN


def _named(kind: Simple, text: str) -> object:
    """A value that a facet names, read once."""
    if text not in kind.known:
        kind.known[text] = _value(kind, _normalized(kind, text))
    return kind.known[text]


def _length(found: object) -> int:
    """Items of a list, octets of binary data, characters (not surrogates) of anything else."""
    return len(found) if isinstance(found, (tuple, bytes, str)) else 0


def _digits(found: object) -> tuple[int, int]:
    """Digits in all and behind the point, without zeros that mean nothing (4.3.11, 4.3.12)."""
    _, figures, exponent = found.as_tuple() if isinstance(found, Decimal) else (0, (), 0)
    text = "".join(map(str, figures)).lstrip("0")
    behind = max(0, -int(exponent))
    kept = len(text) - len(text.rstrip("0"))
    return max(len(text) - min(kept, behind), 1), max(0, behind - (kept if text else behind))


Holds = Callable[[Simple, object, str], bool]


def _bound(holds: Callable[[object, object], bool | None]) -> Holds:
    def judge(kind: Simple, found: object, wanted: str) -> bool:
        other = _named(kind, wanted)
        verdict = holds(found, other)
        if verdict is None or (kind.builtin == "time" and (_zoned(found) or _zoned(other))):
            raise Unknown
        return verdict

    return judge


NAMED = {"QName", "NOTATION"}  # any length is right (erratum E2-36)


def _zoned(found: object) -> bool:
    """Whether it is a time with a zone: whether such times pass midnight is not said (3.2.8)."""
    return isinstance(found, Moment) and found.zoned


TEXTUAL = {"length", "minLength", "maxLength"}
FACETS: dict[str, tuple[Holds, ErrorCode]] = {
    "length": (lambda _kind, found, wanted: _length(found) == int(wanted), ErrorCode.LENGTH_OUT_OF_RANGE),
    "minLength": (lambda _kind, found, wanted: _length(found) >= int(wanted), ErrorCode.LENGTH_OUT_OF_RANGE),
    "maxLength": (lambda _kind, found, wanted: _length(found) <= int(wanted), ErrorCode.LENGTH_OUT_OF_RANGE),
    "minInclusive": (_bound(lambda a, b: a == b or ordered(b, a)), ErrorCode.VALUE_OUT_OF_RANGE),
    "maxInclusive": (_bound(lambda a, b: a == b or ordered(a, b)), ErrorCode.VALUE_OUT_OF_RANGE),
    "minExclusive": (_bound(lambda a, b: ordered(b, a)), ErrorCode.VALUE_OUT_OF_RANGE),
    "maxExclusive": (_bound(ordered), ErrorCode.VALUE_OUT_OF_RANGE),
    "totalDigits": (lambda _kind, found, wanted: _digits(found)[0] <= int(wanted), ErrorCode.TOO_MANY_DIGITS),
    "fractionDigits": (lambda _kind, found, wanted: _digits(found)[1] <= int(wanted), ErrorCode.TOO_MANY_DIGITS),
}
