"""Check digits of identifiers whose algorithm is public."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.core.rules.reading import Node, Operand, Scope

TEN = 10  # a remainder that is no digit
VIN = re.compile(r"[0-9A-HJ-NPR-Z]{8}[0-9X][0-9A-HJ-NPR-Z]{8}")
VIN_LETTERS = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
CONTAINER = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")
CONTAINER_VALUES = tuple(found for found in range(10, 39) if found % 11)  # ISO 6346: no multiple of 11
INN_SHORT = (2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_ELEVENTH = (7, *INN_SHORT)
INN_TWELFTH = (3, *INN_ELEVENTH)
UNP = re.compile(r"(?:[1-7][0-9]|[ABCEHKM][ABCEHKMOPT])[0-9]{7}")
UNP_SECOND = "ABCEHKMOPT"
UNP_WEIGHTS = (29, 23, 19, 17, 13, 7, 5, 3)
BIN_LENGTH, WAGON_LENGTH, IMO_LENGTH, INN_LENGTH = 12, 8, 7, 10


@dataclass(frozen=True, slots=True)
class CheckDigit:
    """Parameters of `check_digit`."""

    path: Operand
    right: Callable[[str], bool]


def check_digit(demand: CheckDigit, scope: Scope) -> Iterator[Node]:
    """Every identifier whose check digit is wrong, or which has not the form that goes with it."""
    yield from (node for node, text in scope.texts(demand.path) if not demand.right(text))


def vin(text: str) -> bool:
    """ISO 3779 form, and the check digit in the ninth place that 49 CFR 565 and GB 16735 prescribe."""
    if not VIN.fullmatch(text):
        return False
    remainder = _weighed([int(VIN_LETTERS.get(letter, letter)) for letter in text], VIN_WEIGHTS) % 11
    return text[8] == ("X" if remainder == TEN else str(remainder))


def vin_form(text: str) -> bool:
    """17 characters without I, O and Q (ISO 3779); its check digit is national."""
    return re.fullmatch(r"[0-9A-HJ-NPR-Z]{17}", text) is not None


def container(text: str) -> bool:
    """ISO 6346: owner, category, serial number, check digit."""
    if not CONTAINER.fullmatch(text):
        return False
    values = [CONTAINER_VALUES[ord(letter) - ord("A")] if letter.isalpha() else int(letter) for letter in text[:-1]]
    return sum(value << place for place, value in enumerate(values)) % 11 % 10 == int(text[-1])


def kz_bin(text: str) -> bool:
    """BIN or IIN of Kazakhstan: weights 1 to 11, then 3 to 11 and 1, 2; a number with 10 twice is never issued."""
    if not _digits(text, BIN_LENGTH):
        return False
    found = list(map(int, text[:-1]))
    remainder = _weighed(found, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)) % 11
    if remainder == TEN:
        remainder = _weighed(found, (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return remainder == int(text[-1])


def ru_inn(text: str) -> bool:
    """INN of Russia: 10 digits of an organisation, 12 of a person."""
    found = list(map(int, text)) if _digits(text, len(text)) else []
    if len(found) == INN_LENGTH:
        return _weighed(found, INN_SHORT) % 11 % 10 == found[9]
    eleventh, twelfth = _weighed(found, INN_ELEVENTH) % 11 % 10, _weighed(found, INN_TWELFTH) % 11 % 10
    return len(found) == BIN_LENGTH and found[10:] == [eleventh, twelfth]


def by_unp(text: str) -> bool:
    """UNP of Belarus: nine places, the first two of them letters for persons."""
    if not UNP.fullmatch(text):
        return False
    plain = text if text.isdigit() else f"{text[0]}{UNP_SECOND.index(text[1])}{text[2:]}"
    remainder = _weighed([int(letter, 36) for letter in plain], UNP_WEIGHTS) % 11
    return remainder == int(text[-1])


def wagon(text: str) -> bool:
    """Eight digits of a railway wagon of the 1520 mm gauge: doubled in turn, cross sum a multiple of ten."""
    if not _digits(text, WAGON_LENGTH):
        return False
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(text[:-1]))
    return (sum(value // 10 + value % 10 for value in doubled) + int(text[-1])) % 10 == 0


def imo(text: str) -> bool:
    """Seven digits of an IMO ship number: weights 7 to 2."""
    return _digits(text, IMO_LENGTH) and _weighed(list(map(int, text)), (7, 6, 5, 4, 3, 2)) % 10 == int(text[-1])


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _weighed(found: list[int], weights: tuple[int, ...]) -> int:
    return sum(value * weight for value, weight in zip(found, weights, strict=False))


ALGORITHMS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "vin": vin,
        "vin-form": vin_form,
        "container": container,
        "kz-bin-iin": kz_bin,
        "ru-inn": ru_inn,
        "by-unp": by_unp,
        "rail-wagon": wagon,
        "imo-ship": imo,
    }
)
