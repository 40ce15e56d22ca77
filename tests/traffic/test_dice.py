"""Chance falls alike everywhere."""

from gateway.traffic.dice import Dice


def test_the_draws_are_the_ones_written_here() -> None:
    """On every machine and version of Python: the sequence of Random.random is promised."""
    dice = Dice("seed", 7)
    drawn = (dice.digits(8), dice.uuid(), dice.between(1, 1000), dice.pick("abcdef"), dice.some("abcdef", 3))
    assert drawn == EXPECTED


def test_draws_stay_within_their_bounds() -> None:
    """Every value occurs, none beyond; weights count; nothing is drawn twice by some."""
    dice = Dice("bounds")
    assert {dice.between(3, 5) for _ in range(200)} == {3, 4, 5}
    assert {dice.weighted(((3, "a"), (0, "b"), (1, "c"))) for _ in range(200)} == {"a", "c"}
    assert sorted(dice.some("abc", 9)) == ["a", "b", "c"]
    assert dice.some("abc", 0) == []
    assert 250 < sum(dice.chance(0.3) for _ in range(1000)) < 350


EXPECTED = ("04667317", "48ca5d62-cf7d-4f79-9c71-6e0444d4986a", 761, "f", ["f", "a", "c"])
