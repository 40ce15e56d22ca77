"""Marks are found in any case, composition and white space; the quick look at the bytes misses none of them."""

from collections.abc import Callable
from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.agreement import Marks, folded

MARKS = ("Секретно", "Для служебного пользования", "Өте құпия", "Iňňän gizlin", "Gizlin", "Aýratyn ähmiýetli")
LETTERS = st.sampled_from([*"x <>-\n\u00a0\u2003яй", "ß", "İ", "\u0301"])


def test_folded_text_has_one_form() -> None:
    """Composed, without case, with single blanks, without any at its ends."""
    assert folded(" \u00a0Ay\u0301\n\tRA\u2003ß ") == "aý ra ss"


@given(
    st.sampled_from(MARKS),
    st.sampled_from([str.lower, str.upper, str.title, str.swapcase]),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.text("\u00a0 \n\t\r\u2003", min_size=1, max_size=3),
    st.tuples(st.text(LETTERS, max_size=5), st.text(LETTERS, max_size=5)),
)
def test_mark_is_found_however_it_is_written(
    mark: str,
    case: Callable[[str], str],
    form: Literal["NFC", "NFD", "NFKC", "NFKD"],
    gap: str,
    around: tuple[str, str],
) -> None:
    """In any case, composition and white space, and the quick look never misses what the close look finds."""
    marks = Marks.of(MARKS)
    text = f"{around[0]} {gap.join(normalize(form, case(mark)).split(' '))}|{around[1]}"

    assert marks.stands_in(text)
    assert marks.suspected(text.encode())


@pytest.mark.parametrize("text", ["Секретно \u0308", "Секретно x\u0308", "Особой важности \u0306"])
def test_accent_behind_a_mark_hides_nothing(text: str) -> None:
    """What the quick look drops stood between them."""
    marks = Marks.of([*MARKS, "Особой важности"])
    assert marks.stands_in(text)

    assert marks.suspected(text.encode())


@pytest.mark.parametrize("text", ["\u017fecret", "Top \u212aept"])
def test_letters_that_fold_to_ascii_hide_nothing(text: str) -> None:
    """For marks in Latin letters."""
    marks = Marks.of(["Secret", "Top kept"])
    assert marks.stands_in(text)

    assert marks.suspected(text.encode())


@pytest.mark.parametrize("text", ["", "Секрет", "gizl in", "пользования", "Для служебногопользования"])
def test_less_than_a_mark_is_none(text: str) -> None:
    """Part of one, or one written together."""
    assert not Marks.of(MARKS).stands_in(text)
    assert not Marks.of(()).stands_in(text)
    assert not Marks.of(()).suspected(text.encode())


def test_quick_look_rules_out_plain_text() -> None:
    """Else it would be of no use."""
    assert not Marks.of(MARKS).suspected("Каменный Лог, transit <a/>".encode())
