"""Texts for readers: English that knows how it is told in the reader's language.

A `Text` is a `str`, its English, so that logs, leaves and comparisons always have one language. A plain `str` is
the same in every language: a name, an id, a number, a list of codes.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Self

from gateway.core.language import Language
from gateway.core.phrases import FACETS, PHRASES

FACET_BREAK = "\n"  # between the facets of a type: no facet's value can hold one


class Text(str):
    """A text in every language; as a `str`, its English."""

    __slots__ = ("tellings",)
    tellings: Mapping[Language, str]

    def __new__(cls, tellings: Mapping[Language, str]) -> Self:
        """The English, and all tellings beside it."""
        found = super().__new__(cls, tellings[Language.EN])
        found.tellings = tellings
        return found


def told(text: str, language: Language) -> str:
    """The text in the language; a plain `str` is told as it is."""
    return text.tellings[language] if isinstance(text, Text) else str(text)


def say(key: str, **places: object) -> Text:
    """The phrase with its places filled in; a `Text` in a place is told in the same language as the phrase."""
    if not places:
        return _fixed(key)
    row = zip(Language, PHRASES[key], strict=True)
    return Text({language: phrase.format(**_places(places, language)) for language, phrase in row})


@lru_cache(None)  # as many as the catalogue has
def _fixed(key: str) -> Text:
    return Text({language: phrase.format() for language, phrase in zip(Language, PHRASES[key], strict=True)})


def _places(places: Mapping[str, object], language: Language) -> dict[str, object]:
    return {name: told(value, language) if isinstance(value, str) else value for name, value in places.items()}


@lru_cache(4096)  # a schema has few shapes, a refusal up to 999 faults
def facets(notation: str) -> Text:
    """A type's facets in words. The notation: one facet a line, by its name in XML Schema, then its value."""
    rows = [_facet(line) for line in notation.split(FACET_BREAK)]
    return Text({language: ", ".join(told(row, language) for row in rows) for language in Language})


def _facet(line: str) -> str:
    """One facet; a line that starts with no known facet is a type's name, the same in every language."""
    name, _, value = line.partition(" ")
    if name not in FACETS:
        return line
    words = dict(zip(Language, FACETS[name], strict=True))
    return Text({language: word.format(value=value) for language, word in words.items()})
