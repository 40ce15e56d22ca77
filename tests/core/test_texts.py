"""Texts: each phrase in every language with the same places; what is composed of them is told in one language."""

import json
import re
from string import Formatter

import pytest

from gateway.core.errors import ErrorCode, Fault
from gateway.core.language import Language
from gateway.core.meanings import MEANINGS
from gateway.core.phrases import FACETS, PHRASES, Phrase
from gateway.core.texts import facets, say, told

ALL = {**PHRASES, **FACETS}
CYRILLIC, KAZAKH = re.compile("[а-яё]"), re.compile("[әғқңөұүһі]")
SIGNS_ONLY = {"minInclusive", "maxInclusive", "minExclusive", "maxExclusive"}


def places(text: str) -> list[str]:
    """The named places of a phrase."""
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize(("key", "row"), ALL.items(), ids=ALL)
def test_every_phrase_is_told_in_every_language(key: str, row: Phrase) -> None:
    """Three different tellings with the same places; Russian and Kazakh in their own letters."""
    assert len(row) == len(Language)
    assert len({tuple(places(text)) for text in row}) == 1
    if key not in SIGNS_ONLY:
        assert len(set(row)) == len(row)
        assert not CYRILLIC.search(row[0])
        assert all(CYRILLIC.search(re.sub(r"\{\w+\}", "", text)) for text in row[1:])
        assert not KAZAKH.search(row[1])


@pytest.mark.parametrize("row", list(ErrorCode), ids=lambda row: row.code)
def test_every_code_has_its_meaning_in_every_language(row: ErrorCode) -> None:
    """A new row of the catalogue is not complete without its line in core/meanings.py."""
    english, russian, kazakh = (told(row.meaning, language) for language in Language)

    assert english == row.meaning
    assert CYRILLIC.search(russian)
    assert CYRILLIC.search(kazakh)
    assert len({english, russian, kazakh}) == len(Language)


def test_no_meaning_is_kept_for_a_code_that_does_not_exist() -> None:
    """And none is missing."""
    assert list(MEANINGS) == [row.code for row in ErrorCode]


def test_a_place_is_told_in_the_language_of_the_phrase() -> None:
    """Names and numbers stay, phrases and meanings within a phrase are told with it."""
    text = say("last_failed", why=ErrorCode.TIMED_OUT.meaning)

    assert told(text, Language.EN) == text == "the last attempt failed: no answer in time"
    assert told(text, Language.RU) == "последняя попытка не удалась: ответ не получен вовремя"
    assert told(text, Language.KK) == "соңғы әрекет сәтсіз аяқталды: жауап уақытында алынбады"
    assert told(say("number_between", least=1, most=9), Language.RU) == "число от 1 до 9"


def test_a_plain_text_is_the_same_in_every_language() -> None:
    """Ids and lists of codes."""
    assert {told("BY.GTK | RU.FTS", language) for language in Language} == {"BY.GTK | RU.FTS"}


def test_facets_are_told_in_words_and_values_stay() -> None:
    """A facet's value is no word, even where it looks like one."""
    text = facets("string\nminLength 3\npattern length 2, [A-Z]\nenumeration A | pattern")

    assert text == "string, min length 3, pattern length 2, [A-Z], one of A | pattern"
    assert told(text, Language.RU) == "string, длина от 3, шаблон length 2, [A-Z], одно из A | pattern"
    assert told(facets("anySimpleType"), Language.KK) == "мән"


def test_a_fault_is_shown_in_the_language_and_logged_in_english() -> None:
    """Code, name, path and control are the same; expected and meaning are told."""
    fault = Fault(ErrorCode.TOO_LARGE, "part message", expected=say("at_most_bytes", n=5))

    assert fault.facts(Language.KK) == fault.facts() | {
        "expected": "ең көбі 5 байт",
        "meaning": "рұқсат етілген өлшемнен үлкен",
    }
    assert json.loads(json.dumps(fault.facts()))["expected"] == "at most 5 bytes"
