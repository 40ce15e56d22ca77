"""Other values in place of the real ones: the same for the same, of the same form, and not to be reversed.

The key is made for one recording and never written: without it nobody can tell which pseudonym stands for what.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from hashlib import blake2b
from itertools import count

from gateway.traffic import numbers
from gateway.traffic.fields import Handling

# An alphabet's letters stand for each other; letters of no alphabet here become Latin ones.
LATIN = "abcdefghijklmnopqrstuvwxyz"
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщыэюяәғқңөұүһі"
DIGITS = "0123456789"
HEX = "0123456789abcdef"
LONG = 4  # signs from which a pseudonym must differ from its original
SHORTEST_TEXT = 8  # signs; a shorter one is masked letter by letter
NUMBER = 5  # signs at the end of a text: a blank and four digits
POOLS = {
    "kk": "Мәтін жазба кезінде ауыстырылды, түпнұсқадан ештеңе қалмады; ",
    "ru": "Текст заменён при записи, от подлинника ничего не осталось; ",
    "la": "Text replaced when recorded, nothing of the original is left; ",
}
KAZAKH, RUSSIAN = re.compile("[әғқңөұүһі]", re.IGNORECASE), re.compile("[а-яё]", re.IGNORECASE)
TRIES = 20_000  # a VIN whose check sign is X needs some hundred
DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(.*)", re.DOTALL)
FIGURE = re.compile(r"[0-9]+(?:\.[0-9]+)?")
LOWEST, HIGHEST = 50, 150  # per cent
WEEKS = 52
FRACTION = {True: Decimal("0.01"), False: Decimal("0.000001")}  # of sums of money, of masses


class Mask:
    """One recording's pseudonyms."""

    def __init__(self, key: bytes) -> None:
        """The key is at most 64 secret bytes."""
        self._key = key
        self._days = 7 * (1 + self._number("days", 0) % WEEKS)

    def value(self, handling: Handling, text: str, movement: str, *, money: bool = False) -> str:
        """What stands in place of the text; it has no white space around it."""
        if handling is Handling.KEPT:
            return text
        if handling is Handling.SHIFTED and (found := DAY.fullmatch(text)):
            return self._shifted(found[1]) + found[2]
        if handling is Handling.SCALED and FIGURE.fullmatch(text):
            return self._scaled(text, movement, money=money)
        if handling is Handling.TEXT and len(text) >= SHORTEST_TEXT:
            return self._text(text)
        if handling is Handling.UUID:
            return self._other(text, lambda one, draw: HEX[draw % 16] if one in "0123456789abcdefABCDEF" else one)
        return self.name(text)

    def _text(self, text: str) -> str:
        """Other words of the same script and length, and a number, so that different texts stay different."""
        pool = POOLS["kk" if KAZAKH.search(text) else "ru" if RUSSIAN.search(text) else "la"]
        number = self.number(text)
        start = number % len(pool)
        wanted = len(text) - NUMBER
        cut = (pool[start:] + pool * (1 + wanted // len(pool)))[:wanted].lstrip()
        return f"{cut.rstrip()} {number % 10_000:04}".rjust(len(text), "•")

    def name(self, text: str) -> str:
        """Other letters and digits of the same kind; the check digit is right where it was."""
        rights = [right for right in numbers.CHECKS if right(text)]
        return self._other(text, _letter, rights[0] if rights else None)

    def number(self, text: str) -> int:
        """A number that stands for the text."""
        return self._number("number", 0, text)

    def _other(self, text: str, letter: Callable[[str, int], str], right: Callable[[str], bool] | None = None) -> str:
        """The first candidate that differs where it can, and is right where the original was."""
        same = len(text) < LONG or not any(one.isalnum() for one in text)  # it may be the same, and perhaps must
        for turn in range(TRIES):
            draws = self._draws(text, turn)
            found = "".join(letter(one, next(draws)) for one in text)
            if (same or found != text) and (right is None or right(found)):
                return found
        raise ValueError("no pseudonym of this form")  # never with the value: it is the secret

    def _draws(self, text: str, turn: int) -> Iterator[int]:
        for block in count():
            yield from blake2b(repr((text, turn, block)).encode(), key=self._key).digest()

    def _shifted(self, day: str) -> str:
        return (date.fromisoformat(day) - timedelta(days=self._days)).isoformat()

    def _scaled(self, text: str, movement: str, *, money: bool) -> str:
        per_cent = LOWEST + self._number("scale", 0, movement) % (HIGHEST - LOWEST + 1)
        scaled = (Decimal(text) * per_cent / 100).quantize(FRACTION[money]).normalize()
        return f"{scaled:f}"

    def _number(self, *what: object) -> int:
        digest = blake2b(repr(what).encode(), key=self._key, digest_size=16).digest()
        return int.from_bytes(digest)


def _letter(one: str, draw: int) -> str:
    if one.isdigit():
        return DIGITS[draw % 10]
    if not one.isalpha():
        return one
    lower = one.lower()
    alphabet = CYRILLIC if "а" <= lower <= "я" or lower in CYRILLIC or lower == "ё" else LATIN
    other = alphabet[draw % len(alphabet)]
    return other.upper() if one.isupper() else other
