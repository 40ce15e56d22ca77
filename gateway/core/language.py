"""The languages that readers are told things in, and which one a reader asks for."""

from enum import StrEnum

REGION = "-"
POSIX = "_"  # kk_KZ.UTF-8, as LANG has it


class Language(StrEnum):
    """A language every text of the gateway exists in; by ISO 639-1 code, as `Accept-Language` has it."""

    EN = "en"
    RU = "ru"
    KK = "kk"


def preferred(header: str, default: Language) -> Language:
    """The language an `Accept-Language` header asks for first; the default where it asks for none of ours.

    RFC 4647 3.4 (lookup): `ru-KZ` is Russian. `*` and what is not understood ask for nothing. Equal weights: the first.
    """
    asked = [_range(piece) for piece in header.split(",")]
    known = [(weight, language) for weight, language in asked if language is not None and weight > 0]
    return max(known, key=lambda row: row[0])[1] if known else default


def of_locale(name: str) -> Language | None:
    """The language of a POSIX locale such as `kk_KZ.UTF-8`; None where it is none of ours."""
    return _known(name.partition(POSIX)[0].partition(".")[0])


def _range(piece: str) -> tuple[float, Language | None]:
    """One language range and its weight; a weight that is no number counts as 0."""
    tag, *parameters = (part.strip() for part in piece.split(";"))
    weight = next((part[2:] for part in parameters if part.lower().startswith("q=")), "1")
    plain = weight.replace(".", "", 1)
    number = float(weight) if plain.isascii() and plain.isdigit() else 0.0
    return number, _known(tag.partition(REGION)[0])


def _known(code: str) -> Language | None:
    return next((language for language in Language if language == code.lower()), None)
