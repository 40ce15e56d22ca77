"""Pseudonyms: of the same form, the same for the same, others under another key."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.traffic import numbers
from gateway.traffic.dice import Dice
from gateway.traffic.fields import HANDLING, Handling, handling
from gateway.traffic.mask import Mask
from tests.traffic.conftest import elements

MASK, OTHER = Mask(b"k" * 32), Mask(b"l" * 32)


@given(text=st.text(st.sampled_from("aZkКжҚұёІ09 -/.«»üŁ"), min_size=4, max_size=40))
def test_a_masked_value_keeps_its_form(text: str) -> None:
    """Letters stay letters of their script and case, digits digits, everything else itself; it is another value."""
    masked = MASK.name(text)
    assert form(masked) == form(text)
    assert MASK.name(text) == masked
    assert (masked != text) == bool(re.search(r"\w", text)) or not re.search(r"\w", text)


def form(text: str) -> str:
    """The kinds of the signs."""
    text = re.sub("[A-ZŁ]", "A", re.sub("[a-zü]", "a", re.sub("[0-9]", "0", text)))
    return re.sub("[А-ЯЁҚІӘҒҢӨҰҮҺ]", "Ж", re.sub("[а-яёұіәғқңөүһ]", "ж", text))


@pytest.mark.parametrize("issue", [numbers.vin, numbers.container, numbers.person])
def test_check_digits_are_right_again(issue: object) -> None:
    """A pseudonym of a right number is right; of a wrong one need not be."""
    for seed in range(20):
        original = issue(Dice(seed))  # type: ignore[operator]
        (right,) = [check for check in numbers.CHECKS if check(original)]
        assert right(MASK.name(original))
        assert MASK.name(original) != original


@pytest.mark.parametrize("country", ["KZ", "BY", "RU"])
def test_companies_numbers_are_right(country: str) -> None:
    """Registered and taxed under numbers that pass the check of their country, and so do their pseudonyms."""
    for seed in range(20):
        for number in (numbers.entity(country, Dice(seed)), numbers.taxpayer(country, Dice(seed))):
            assert any(check(number) for check in numbers.CHECKS)
            assert any(check(MASK.name(number)) for check in numbers.CHECKS)


def test_known_numbers_are_right_and_their_neighbours_wrong() -> None:
    """Numbers whose check digits are published."""
    for check, right in (
        (numbers.is_container, "CSQU3054383"),  # ISO 6346
        (numbers.is_vin, "1M8GDM9AXKP042788"),  # 49 CFR 565
        (numbers.is_inn, "7707083893"),
        (numbers.is_ogrn, "1027700132195"),
        (numbers.is_unp, "100582333"),
    ):
        assert check(right)
        wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
        assert not check(wrong) or check is numbers.is_vin
        assert not check(right[:-2])
    assert not numbers.is_vin("1M8GDM9A1KP042788")


@given(first=st.dates(date(1980, 1, 1), date(2050, 1, 1)), second=st.dates(date(1980, 1, 1), date(2050, 1, 1)))
def test_days_keep_their_distance_and_their_weekday(first: date, second: date) -> None:
    """Every date moves by the same weeks, whatever stands behind it; what is no date is masked."""

    def moved(day: date, rest: str = "") -> str:
        return MASK.value(Handling.SHIFTED, f"{day.isoformat()}{rest}", "m")

    a, b = date.fromisoformat(moved(first)), date.fromisoformat(moved(second))
    assert (a - b, a.weekday()) == (first - second, first.weekday())
    assert a < first
    assert moved(first, "T10:20:30+05:00") == f"{a.isoformat()}T10:20:30+05:00"
    assert re.fullmatch("[0-9]{2}/[0-9]{4}", MASK.value(Handling.SHIFTED, "03/2026", "m"))


@given(masses=st.lists(st.integers(1, 10**9), min_size=1, max_size=9))
def test_masses_keep_their_sums_within_a_movement(masses: list[int]) -> None:
    """One factor for a movement: sums and comparisons hold; another movement has, most likely, another one."""

    def scaled(grams: int) -> Decimal:
        return Decimal(MASK.value(Handling.SCALED, f"{grams // 1000}.{grams % 1000:03}", "m1"))

    assert sum(map(scaled, masses)) == scaled(sum(masses))
    factors = {MASK.value(Handling.SCALED, "1000", f"m{number}") for number in range(50)}
    assert len(factors) > 20


@pytest.mark.parametrize(
    "text", ["«Алатау Өнеркәсіп» ЖШС", "Насосы центробежные погружные", "UAB „Baltijos tiekimas“", "x" * 250]
)
def test_texts_become_other_texts_of_the_same_length(text: str) -> None:
    """Words of the same script, nothing of the original; two texts do not become one."""
    masked = MASK.value(Handling.TEXT, text, "m")
    assert len(masked) == len(text)
    assert masked == masked.strip() != text
    assert bool(re.search("[а-я]", masked)) == bool(re.search("[а-я]", text))
    assert MASK.value(Handling.TEXT, text + "!", "m")[-4:] != masked[-4:]
    assert len(MASK.value(Handling.TEXT, "Иванов", "m")) == 6


def test_another_key_makes_other_pseudonyms() -> None:
    """Without the key nothing can be compared."""
    for handled in (Handling.MASKED, Handling.TEXT, Handling.UUID):
        text = "7b0c2f54-3a91-4d0e-9c67-51f2e8a4b310"
        assert MASK.value(handled, text, "m") != OTHER.value(handled, text, "m")
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", MASK.value(Handling.UUID, text, "m"))


def test_the_whitelist_names_elements_that_exist() -> None:
    """Every name in it is one of the schemas'; what is new there is masked until somebody decides otherwise."""
    assert [name for name in HANDLING if name not in elements()] == []
    assert handling("{urn:any}CaseCode") is Handling.MASKED
    assert handling("{urn:any}SubjectName") is Handling.TEXT
    kept = {name.partition("}")[2] for name, how in HANDLING.items() if how is Handling.KEPT}
    assert kept & {"TaxRegistrationReasonCode", "PostCode", "CustomsControlFormCode", "IdentityDocKindCode"} == set()
