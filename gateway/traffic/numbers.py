"""Identifiers as they are issued: their forms, and their check digits right."""

from collections.abc import Callable

from gateway.traffic.dice import Dice

# ISO 6346: letters count from 10, multiples of 11 are left out.
CONTAINER = {letter: 10 + n + (n + 9) // 10 for n, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
# ISO 3779 as 49 CFR 565.15 counts it; I, O and Q are not used.
VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
VIN_VALUES = dict(zip(VIN_LETTERS, (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
MAKERS = ("YV2", "WDB", "XLR", "XTC", "Y3M", "LFW", "VF6")


def container(dice: Dice) -> str:
    """A container's number (ISO 6346)."""
    body = dice.letters(3, VIN_LETTERS) + "U" + dice.digits(6)
    total = sum((CONTAINER.get(sign) or int(sign)) * 2**place for place, sign in enumerate(body))
    return f"{body}{total % 11 % 10}"


def vin(dice: Dice) -> str:
    """A vehicle identification number with its check sign."""
    body = (
        dice.pick(MAKERS)
        + dice.letters(5, VIN_LETTERS + "0123456789")
        + "0"
        + dice.letters(2, VIN_LETTERS)
        + dice.digits(6)
    )
    total = sum((VIN_VALUES.get(sign) or int(sign)) * weight for sign, weight in zip(body, VIN_WEIGHTS, strict=True))
    return body[:8] + "0123456789X"[total % 11] + body[9:]


def registration(country: str, dice: Dice) -> str:
    """A vehicle's registration number as the country writes it."""
    forms = {"KZ": "{d3} {l3} {d2}", "BY": "A{l1} {d4}-{d1}", "RU": "{c1} {d3} {c2} {d2}", "KG": "01 {d3} {l3}"}
    return forms.get(country, "{l3} {d3}").format(
        d1=dice.digits(1), d2=f"{dice.between(1, 17):02}", d3=dice.digits(3), d4=dice.digits(4),
        l1=dice.letters(1, "ABEKMH"), l3=dice.letters(3, "ABCDEHKMT"), c1=dice.letters(1, "АВЕКМНОРСТУХ"),
        c2=dice.letters(2, "АВЕКМНОРСТУХ"),
    )  # fmt: skip


def entity(country: str, dice: Dice) -> str:
    """The number under which a country registers a company, its check digit right."""
    return {"KZ": _bin, "BY": _unp, "RU": _ogrn}.get(country, lambda one: one.digits(9))(dice)


def person(dice: Dice) -> str:
    """An individual identification number of Kazakhstan: birth date, century and sex, number, check digit."""
    born = f"{dice.between(60, 99)}{dice.between(1, 12):02}{dice.between(1, 28):02}"
    return _weighed(lambda: born + str(dice.between(3, 4)) + dice.digits(4))


def _bin(dice: Dice) -> str:
    """Business identification number: year and month, kind, sign, number, check digit."""
    start = f"{dice.between(5, 25):02}{dice.between(1, 12):02}4{dice.between(0, 3)}"
    return _weighed(lambda: start + dice.digits(5))


def _weighed(body: Callable[[], str]) -> str:
    """BIN and IIN: weights 1 to 11; where that gives 10, weights from 3; where that gives 10 too, never issued."""
    while True:
        digits = body()
        for start in (0, 2):
            check = sum(int(sign) * ((place + start) % 11 + 1) for place, sign in enumerate(digits)) % 11
            if check < 10:  # noqa: PLR2004 - one digit
                return f"{digits}{check}"


def _unp(dice: Dice) -> str:
    """Payer's account number of Belarus; a remainder of 10 is never issued."""
    while True:
        digits = dice.pick("123456") + dice.digits(7)
        check = sum(int(sign) * weight for sign, weight in zip(digits, (29, 23, 19, 17, 13, 7, 5, 3), strict=True)) % 11
        if check < 10:  # noqa: PLR2004 - one digit
            return f"{digits}{check}"


def _ogrn(dice: Dice) -> str:
    """State registration number of Russia: the remainder by 11, its last digit."""
    digits = f"1{dice.between(2, 25):02}{dice.between(1, 79):02}{dice.digits(7)}"
    return f"{digits}{int(digits) % 11 % 10}"


def taxpayer(country: str, dice: Dice) -> str:
    """The number under which a country taxes a company."""
    if country != "RU":
        return entity(country, dice)
    digits = f"{dice.between(1, 79):02}" + dice.digits(7)
    check = sum(int(sign) * weight for sign, weight in zip(digits, (2, 4, 10, 3, 5, 9, 4, 6, 8), strict=True)) % 11 % 10
    return f"{digits}{check}"


def carnet(dice: Dice) -> tuple[str, str]:
    """Series and number of a TIR carnet."""
    return dice.letters(1, "XRSM") + "X", dice.digits(8)
