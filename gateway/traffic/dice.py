"""Chance that falls alike on every machine and every version of Python."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")
HEX = "0123456789abcdef"


class Dice:
    """Draws from one seed; built on Random.random alone, the only method whose sequence is promised for ever."""

    def __init__(self, *seed: object) -> None:
        """The same seed draws the same."""
        self._draw = Random(" ".join(map(str, seed))).random  # noqa: S311 - test traffic, keeps no secret

    def below(self, end: int) -> int:
        """From 0 up to, not including, the end."""
        return int(self._draw() * end)

    def between(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, share: float) -> bool:
        """True in that share of all throws."""
        return self._draw() < share

    def pick(self, rows: Sequence[T]) -> T:
        """One of the rows, each as likely."""
        return rows[self.below(len(rows))]

    def weighted(self, rows: Sequence[tuple[int, T]]) -> T:
        """One of the rows, each as likely as its weight says."""
        left = self.below(sum(weight for weight, _ in rows))
        for weight, row in rows:
            if left < weight:
                return row
            left -= weight
        raise AssertionError

    def some(self, rows: Sequence[T], count: int) -> list[T]:
        """So many different rows, in drawn order; all where there are fewer."""
        left = list(rows)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def digits(self, count: int) -> str:
        """So many digits."""
        return "".join(str(self.below(10)) for _ in range(count))

    def letters(self, count: int, alphabet: str) -> str:
        """So many letters of the alphabet."""
        return "".join(self.pick(alphabet) for _ in range(count))

    def uuid(self) -> str:
        """A random UUID (RFC 9562, version 4)."""
        text = self.letters(12, HEX) + "4" + self.letters(3, HEX) + self.pick("89ab") + self.letters(15, HEX)
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
