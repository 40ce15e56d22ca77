"""Identifiers as they are issued: their forms, and their check digits right."""

import re
from collections.abc import Callable, Sequence

from gateway.traffic.dice import Dice

# ISO 6346: letters count from 10, multiples of 11 are left out.
CONTAINER = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True))
# ISO 3779, its check sign as 49 CFR 565.15 counts it; I, O and Q are not used.
VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
VIN_VALUES = dict(zip(VIN_LETTERS, (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
INN_SHORT = (2, 4, 10, 3, 5, 9, 4, 6, 8)
MAKERS = ("YV2", "WDB", "XLR", "XTC", "Y3M", "LFW", "VF6")
TEN = 10  # a remainder that is no digit


def is_container(text: str) -> bool:
    """Whether it is a container's number (ISO 6346)."""
    if not re.fullmatch("[A-Z]{3}[UJZ][0-9]{7}", text):
        return False
    total = sum((CONTAINER.get(sign) or int(sign)) << place for place, sign in enumerate(text[:-1]))
    return total % 11 % 10 == int(text[-1])


def is_vin(text: str) -> bool:
    """Whether it is a vehicle identification number with its check sign."""
    if not re.fullmatch(f"[{VIN_LETTERS}0-9]{{17}}", text):
        return False
    total = sum((VIN_VALUES.get(sign) or int(sign)) * weight for sign, weight in zip(text, VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11] == text[8]


def is_bin(text: str) -> bool:
    """Whether it is a BIN or IIN of Kazakhstan: weights 1 to 11; where that gives 10, weights 3 to 11, 1 and 2."""
    if not re.fullmatch("[0-9]{12}", text):
        return False
    first, second = _weighed(text, range(1, 12)), _weighed(text, (*range(3, 12), 1, 2))
    return int(text[-1]) == (second if first == TEN else first)


def is_unp(text: str) -> bool:
    """Whether it is a payer's account number of a company in Belarus."""
    form = re.fullmatch("[0-9]{9}", text)
    return form is not None and _weighed(text, (29, 23, 19, 17, 13, 7, 5, 3)) == int(text[-1])


def is_inn(text: str) -> bool:
    """Whether it is the taxpayer's number of a company in Russia."""
    return re.fullmatch("[0-9]{10}", text) is not None and _weighed(text, INN_SHORT) % 10 == int(text[-1])


def is_ogrn(text: str) -> bool:
    """Whether it is the registration number of a company in Russia."""
    return re.fullmatch("[0-9]{13}", text) is not None and int(text[:-1]) % 11 % 10 == int(text[-1])


CHECKS: tuple[Callable[[str], bool], ...] = (is_container, is_vin, is_bin, is_unp, is_inn, is_ogrn)


def container(dice: Dice) -> str:
    """A container's number."""
    return _first(is_container, lambda: dice.letters(3, VIN_LETTERS) + "U" + dice.digits(7))


def vin(dice: Dice) -> str:
    """A vehicle identification number."""
    start, model = dice.pick(MAKERS) + dice.letters(5, VIN_LETTERS + "0123456789"), dice.letters(2, VIN_LETTERS)
    return _first(is_vin, lambda: start + dice.pick("0123456789X") + model + dice.digits(6))


def registration(country: str, dice: Dice) -> str:
    """A vehicle's registration number as the country writes it."""
    forms = {"KZ": "{d3} {l3} {d2}", "BY": "A{l1} {d4}-{d1}", "RU": "{c1} {d3} {c2} {d2}", "KG": "01 {d3} {l3}"}
    return forms.get(country, "{l3} {d3}").format(
        d1=dice.digits(1), d2=f"{dice.between(1, 17):02}", d3=dice.digits(3), d4=dice.digits(4),
        l1=dice.letters(1, "ABEKMH"), l3=dice.letters(3, "ABCDEHKMT"), c1=dice.letters(1, "АВЕКМНОРСТУХ"),
        c2=dice.letters(2, "АВЕКМНОРСТУХ"),
    )  # fmt: skip


def entity(country: str, dice: Dice) -> str:
    """The number under which a country registers a company."""
    return {"KZ": _bin, "BY": _unp, "RU": _ogrn}.get(country, lambda one: one.digits(9))(dice)


def person(dice: Dice) -> str:
    """An individual identification number of Kazakhstan: birth date, century and sex, number, check digit."""
    born = f"{dice.between(60, 99)}{dice.between(1, 12):02}{dice.between(1, 28):02}"
    return _first(is_bin, lambda: born + str(dice.between(3, 4)) + dice.digits(5))


def taxpayer(country: str, dice: Dice) -> str:
    """The number under which a country taxes a company."""
    if country != "RU":
        return entity(country, dice)
    return _first(is_inn, lambda: f"{dice.between(1, 79):02}" + dice.digits(8))


def carnet(dice: Dice) -> tuple[str, str]:
    """Series and number of a TIR carnet."""
    return dice.letters(1, "XRSM") + "X", dice.digits(8)


def _bin(dice: Dice) -> str:
    """Business identification number: year and month, kind, sign, number, check digit."""
    start = f"{dice.between(5, 25):02}{dice.between(1, 12):02}4{dice.between(0, 3)}"
    return _first(is_bin, lambda: start + dice.digits(6))


def _unp(dice: Dice) -> str:
    return _first(is_unp, lambda: dice.pick("123456") + dice.digits(8))


def _ogrn(dice: Dice) -> str:
    start = f"1{dice.between(2, 25):02}{dice.between(1, 79):02}"
    return _first(is_ogrn, lambda: start + dice.digits(8))


def _first(right: Callable[[str], bool], draw: Callable[[], str]) -> str:
    """The first draw that is right: one of eleven is."""
    while True:
        found = draw()
        if right(found):
            return found


def _weighed(text: str, weights: Sequence[int]) -> int:
    """The remainder by 11 of the digits before the last one."""
    return sum(int(sign) * weight for sign, weight in zip(text[:-1], weights, strict=True)) % 11
