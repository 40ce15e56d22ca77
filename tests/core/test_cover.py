"""The cover sheet says in three languages what is in a bundle, lets no value become markup, and needs nothing beside it."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest

from gateway.core import cover as cover_module
from gateway.core.cover import Gone, Line, Sheet, Shown, Signed, Vouched, cover
from gateway.core.entry import KINDS
from gateway.core.evidence.bundle import Kind, Subject
from gateway.core.evidence.facts import WHY, Kept, MessageFacts, PartFacts
from gateway.core.language import Language
from gateway.core.phrases_of_evidence import ABSENT, COVER, HAPPENED, SUBJECTS

DIGEST = "ab" * 32
HOSTILE = "<script>alert('x')</script>&\"'"
PART = PartFacts("a@kz", "application/xml", "", DIGEST, 10, DIGEST, "messages/1/parts/1")
FILE = PartFacts("b@kz", "image/png", "", DIGEST, 20, DIGEST, "", "purged")
FACTS = MessageFacts(
    *("m-1@town", "c-1", "national", "KZ.KGD", "BY.GTK", "TransitReleaseNotice"),
    leaf=7,
    parts=(PART, FILE),
    envelope=Kept(DIGEST, "messages/1/envelope.xml"),
    receipt=Kept(DIGEST, "messages/1/receipt.xml"),
)
GONE = Gone("driver", "/trn:TransitReleaseNotice/cacdo:DriverDetails", 2, "personal-data", "KZ Law 94-V of 2013")
SHOWN = Shown(
    FACTS,
    "eurasec-customs:1.0",
    ("KZ.KGD (Комитет)", "BY.GTK (Комитет)"),
    "2026-11-21T10:00:00.000Z",
    "2026-11-21T10:00:01.000Z",
    (GONE,),
    (Signed("CN=KZ.KGD", DIGEST), Signed()),
)
SHEET = Sheet(
    Subject(Kind.MESSAGE, "m-1@town"),
    "2026-11-21T12:00:00.000Z",
    "KZ.KGD (Комитет)",
    "kz/log",
    "kz/log+00000000+AA",
    [SHOWN],
    [Line(7, "2026-11-21T10:00:00.000Z", "accepted", "", DIGEST), Line(9, "x", "some-kind", "GW:1001", DIGEST)],
    [
        Vouched(12, DIGEST, (("BY.GTK", "2026-11-21T11:00:00.000Z"),), ("2026-11-21T11:30:00.000Z",)),
        Vouched(20, DIGEST),
    ],
)


class Page(HTMLParser):
    """What a browser would see."""

    def __init__(self, content: bytes) -> None:
        """Read it."""
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count it."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Nothing is closed that is not open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Gather it."""
        self.text += data


@pytest.mark.parametrize("language", Language)
def test_everything_that_matters_is_said(language: Language) -> None:
    """Who, what, when, what was removed by which rule and ground, digests, who confirmed, how to check."""
    page = Page(cover(SHEET, language))

    assert ("lang", language.value) in page.attributes
    assert page.open == []
    for told in (
        *("m-1@town", "c-1", "KZ.KGD (Комитет)", "BY.GTK (Комитет)", "eurasec-customs:1.0", "TransitReleaseNotice"),
        *("2026-11-21T10:00:00.000Z", "2026-11-21T10:00:01.000Z", DIGEST, "CN=KZ.KGD", "kz/log+00000000+AA"),
        *("driver", GONE.path, "personal-data", "KZ Law 94-V of 2013", "GW:1001", "some-kind"),
        *("BY.GTK, 2026-11-21T11:00:00.000Z", "2026-11-21T11:30:00.000Z", "gateway verify evidence.zip"),
    ):
        assert told in page.text, told


def test_the_three_sheets_differ_in_their_words_alone() -> None:
    """The same tables in each."""
    pages = [Page(cover(SHEET, language)) for language in Language]

    assert len({page.text for page in pages}) == 3
    assert len({tuple(page.tags) for page in pages}) == 1


@pytest.mark.parametrize("language", Language)
def test_no_value_becomes_markup(language: Language) -> None:
    """Whatever stands in a name, an id, a path or a ground."""
    part = replace(PART, name=HOSTILE, media_type=HOSTILE, cid=HOSTILE, file=HOSTILE)
    names = ("message_id", "conversation_id", "type")
    facts = replace(FACTS, **dict.fromkeys(names, HOSTILE), parts=(part, replace(part, name="")))
    gone = Gone(HOSTILE, HOSTILE, 1, HOSTILE, HOSTILE)
    shown = Shown(facts, HOSTILE, (HOSTILE, HOSTILE), HOSTILE, HOSTILE, (gone,), (Signed(HOSTILE, HOSTILE),) * 2)
    line, vouched = Line(1, HOSTILE, HOSTILE, HOSTILE, HOSTILE), Vouched(1, HOSTILE, ((HOSTILE, HOSTILE),), (HOSTILE,))
    page = Page(cover(Sheet(Subject(Kind.MOVEMENT, HOSTILE), *[HOSTILE] * 4, [shown], [line], [vouched]), language))

    assert "script" not in page.tags
    assert page.open == []
    assert page.text.count("<script>alert(") >= 20


def test_no_value_turns_what_stands_beside_it() -> None:
    """A letter that is not seen is shown as its number: a file's name reads as it is written."""
    part = replace(PART, name="notice\u202exml.exe\u200b\x1b")
    content = cover(
        replace(SHEET, messages=[replace(SHOWN, facts=replace(FACTS, parts=(part,)))]), Language.EN
    ).decode()
    assert "notice\\u202exml.exe\\u200b\\x1b" in content
    assert all(letter.isprintable() or letter == "\n" for letter in content)


def test_it_needs_nothing_beside_it_and_runs_nothing() -> None:
    """No scripts, no links, no pictures, nothing from elsewhere; it can be printed."""
    content = cover(SHEET, Language.EN)
    page = Page(content)

    assert {"script", "link", "img", "iframe", "a", "object"}.isdisjoint(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in {"src", "href", "action"}]
    assert b"@media print" in content
    assert b"http" not in content


def said(**changes: object) -> str:
    """The English sheet about a message with other facts."""
    shown = replace(SHOWN, facts=replace(FACTS, **changes))
    return Page(cover(replace(SHEET, messages=[shown]), Language.EN)).text


def test_what_is_not_proven_is_not_said_to_be() -> None:
    """Without cosignatures, stamps, signature or receipt."""
    alone = Page(cover(replace(SHEET, vouched=[Vouched(12, DIGEST)]), Language.EN)).text
    assert alone.count("not proven") == 3  # with the heading
    assert alone.count("nobody so far") == 1
    assert "this log alone says so" in said(envelope=Kept(DIGEST, "x", "unsigned"))
    assert said(receipt=Kept(why="absent")).count("not proven") == 2
    assert "signed; the certificate is only named" in said()


def test_an_incoming_message_says_where_its_signature_is() -> None:
    """No receipt of ours is claimed to be the recipient's."""
    text = said(edge="partner", envelope=Kept(why="stripped"), receipt=Kept(why="not-kept"))

    assert "the signature was checked then" in text
    assert "received exactly this" not in text


def test_a_refused_message_and_one_without_removals() -> None:
    """Are told so."""
    assert "it was refused" in Page(cover(replace(SHEET, messages=[]), Language.EN)).text
    whole = replace(SHOWN, removed=(), delivered="")
    text = Page(cover(replace(SHEET, messages=[whole]), Language.EN)).text
    assert "Nothing was removed here." in text
    assert "no checked receipt" in text


# What a log says of itself, its gateway and its partners' logs; these entries are about no message.
OF_NO_MESSAGE = {
    *("archived", "configured", "cosign-refused", "differs", "equivocation", "gap", "gap-closed", "halted"),
    *("inconsistent", "misstated", "new-origin", "number-reused", "ping", "pinged", "reconciled", "reload-refused"),
    *("reloaded", "resumed", "rolled-back", "settled", "stamp-missing", "stamped", "started", "stopped"),
    *("unanchored", "void"),
}


def test_every_entry_about_a_message_is_told_in_each_language() -> None:
    """A kind that is new is told, or is about no message."""
    assert KINDS.keys() - HAPPENED.keys() == OF_NO_MESSAGE
    assert all(len({*row}) == len(row) for row in HAPPENED.values()), "a telling was copied"


def test_every_phrase_is_used_and_the_same_places_are_in_each_telling() -> None:
    """No phrase is dead, and none waits with a KeyError in a rare branch."""
    source = Path(cover_module.__file__).read_text()
    for key, row in COVER.items():
        assert f'"{key}"' in source or f"'{key}'" in source, key
        assert len({tuple(sorted(name for _, name, _, _ in Formatter().parse(each) if name)) for each in row}) == 1, key


def test_every_reason_and_subject_has_its_words() -> None:
    """A new one in the facts is a new row here."""
    assert ABSENT.keys() == WHY.keys() - {""}
    assert SUBJECTS.keys() == set(Kind) - {Kind.LOG}
    assert HAPPENED.keys() - KINDS.keys() <= {"purged", "purge-proposed", "purge-approved"}
