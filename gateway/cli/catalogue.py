"""The page of errors in a reader's language: every code's meaning, every phrase that says what was expected."""

from collections.abc import Iterator

from gateway.core.errors import ErrorCode
from gateway.core.language import Language
from gateway.core.phrases import FACETS, PHRASES
from gateway.core.texts import told

HEADINGS: dict[Language, tuple[str, ...]] = {
    Language.RU: (
        "Коды ошибок",
        "Составлено из кода командой `gateway reference --language ru`; проверяется тестом.",
        "| код | имя | значение | HTTP | контроль |",
        "Что ожидалось",
        "| по-английски | по-русски |",
    ),
    Language.KK: (
        "Қате кодтары",
        "Кодтан `gateway reference --language kk` командасымен жасалған; тестпен тексеріледі.",
        "| код | атауы | мағынасы | HTTP | бақылау |",
        "Не күтілген",
        "| ағылшынша | қазақша |",
    ),
}


def page(language: Language) -> str:
    """The page, as docs/errors.<language>.md holds it."""
    title, origin, codes, phrases, pair = HEADINGS[language]
    lines = [f"# {title}", "", origin, "", codes, "| --- | --- | --- | --- | --- |"]
    lines += [_row(e.code, e.short, told(e.meaning, language), e.status, e.control) for e in ErrorCode]
    lines += ["", f"## {phrases}", "", pair, "| --- | --- |", *_phrases(language)]
    return "\n".join(lines) + "\n"


def _phrases(language: Language) -> Iterator[str]:
    for row in (*PHRASES.values(), *FACETS.values()):
        tellings = dict(zip(Language, row, strict=True))
        yield _row(tellings[Language.EN], tellings[language])


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"
