"""Which language a reader asks for: RFC 4647 lookup for Accept-Language, POSIX names for the command line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.language import Language, of_locale, preferred

EN, RU, KK = Language.EN, Language.RU, Language.KK


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("ru", RU),
        ("ru-KZ", RU),
        ("RU-ru", RU),
        ("kk-Cyrl-KZ, ru;q=0.9, en;q=0.8", KK),
        ("en;q=0.1, ru ; q=0.5, kk; Q=0.7", KK),
        ("ru;q=0.5, kk;q=0.5", RU),
        ("fr, de;q=0.9, ru;q=0.1", RU),
        ("ru;q=0, en;q=0.001", EN),
        ("ru;q=1.000", RU),
        ("ru;level=1", RU),
    ],
)
def test_the_reader_gets_the_language_asked_for_first(header: str, found: Language) -> None:
    """By weight, then by order; region and script do not matter."""
    other = KK if found is not KK else RU
    assert preferred(header, other) is found


@pytest.mark.parametrize(
    "header", ["", "*", "fr", "rus", "ru;q=0", "ru;q=much", "ru;q=-1", "ru;q=nan", ";q=1", "ру", ",,"]
)
@pytest.mark.parametrize("default", list(Language))
def test_where_none_of_ours_is_asked_for_the_default_is_told(header: str, default: Language) -> None:
    """Also where the header is nonsense: a header is never a reason to refuse."""
    assert preferred(header, default) is default


@given(st.text())
def test_no_header_is_too_odd(header: str) -> None:
    """Whatever a caller sends, some language comes of it."""
    assert preferred(header, KK) in Language


@pytest.mark.parametrize(
    ("name", "found"),
    [("kk_KZ.UTF-8", KK), ("ru", RU), ("ru_KZ", RU), ("en.UTF-8", EN), ("C", None), ("POSIX", None), ("", None)],
)
def test_a_locale_names_a_language(name: str, found: Language | None) -> None:
    """As LANG and LC_ALL write it; C is nobody's language."""
    assert of_locale(name) is found
