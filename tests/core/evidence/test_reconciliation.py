"""Two sides that delivered the same come to the same text; every difference is a row, the same on both sides."""

from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest

from gateway.core.evidence.note import Malformed, NoteSigner
from gateway.core.evidence.reconciliation import (
    DIFFERENCES,
    LIST,
    OTHER,
    STATEMENT,
    UNKNOWN,
    Account,
    Kept,
    Key,
    Listed,
    Marks,
    agreed,
    bounds,
    confirming,
    day_of,
    delivered_digest,
    differences,
    listed,
    opened_list,
    opened_rows,
    rows_of,
    signed_rows,
    statement,
)
from gateway.core.names import Micros
from tests.core.evidence.logs import KEY
from tests.core.evidence.logs import OTHER as OTHER_KEY

DAY = date(2026, 11, 20)
KZ, BY = Account("kz/log", "by/log", DAY), Account("by/log", "kz/log", DAY)
SIGNER = NoteSigner("by/log", KEY)
SECRET = b"a redaction key"


def digest(text: str) -> bytes:
    """Of one payload."""
    return delivered_digest([sha256(text.encode()).digest()])


def sent(number: int, content: str = "", sender: str = "kz/log", kind: str = "Notice") -> tuple[Key, Kept]:
    """A message as its sender has it."""
    return Key(sender, kind, f"m{number}@x"), Kept(digest(content or f"{number}"))


def stripped(number: int, content: str = "") -> tuple[Key, Kept]:
    """A message as a receiver that stripped it has it."""
    key, kept = sent(number, content)
    return key, Kept(b"", confirming(SECRET, key.message_id, kept.digest), SECRET)


ROWS = dict([sent(1), sent(2), sent(3, kind="Answer"), sent(4, sender="by/log")])


def test_both_sides_come_to_the_same_text() -> None:
    """Whatever order they have it in: what it is, both origins, the day, a line for each sender and type."""
    mine, theirs = statement(KZ, ROWS, Marks()), statement(BY, dict(reversed(ROWS.items())), Marks())
    assert mine == theirs
    assert mine is not None
    assert [line.rpartition(" ")[0] or line for line in mine.splitlines()] == [
        STATEMENT, "by/log", "kz/log", "2026-11-20", "by/log Notice 1 0", "kz/log Answer 1 0", "kz/log Notice 2 0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        dict([sent(1), sent(2), sent(3, kind="Answer")]),
        dict([*ROWS.items(), sent(5)]),
        {**ROWS, **dict([sent(2, "another")])},
        dict([sent(1), sent(2), sent(3), sent(4, sender="by/log")]),
    ],
    ids=["one less", "one more", "another digest", "another type"],
)
def test_every_difference_changes_the_text(changed: dict[Key, Kept]) -> None:
    """And is a row of the differences, the same rows on both sides; the control: without one there is none."""
    mine, theirs = listed(ROWS, {}), listed(changed, {})
    assert statement(KZ, ROWS, Marks()) != statement(BY, changed, Marks())
    found = differences(KZ, mine, theirs)
    assert found
    assert found == differences(BY, theirs, mine)
    assert differences(KZ, mine, mine) == ()


def test_a_difference_says_who_has_what() -> None:
    """Only here, only there, with another digest: which message it is, and no digest."""
    mine = listed(dict([sent(1), sent(3)]), {})
    theirs = listed(dict([sent(2), sent(3, "other")]), {})
    assert differences(KZ, mine, theirs) == (
        "only by/log kz/log Notice m2@x",
        "only kz/log kz/log Notice m1@x",
        "other kz/log Notice m3@x",
    )


def test_a_receiver_that_stripped_a_message_confirms_its_senders_digest() -> None:
    """Both come to a text that says of it alone that both have it: nothing that is kept could be guessed from."""
    by = {**ROWS, **dict([stripped(1)])}
    theirs, mine = listed(ROWS, {}), listed(by, listed(ROWS, {}))
    assert mine[sent(1)[0]] == UNKNOWN
    assert differences(BY, mine, theirs) == differences(KZ, theirs, mine) == ()
    marks = Marks.of(theirs, mine)
    assert marks == Marks(frozenset({sent(1)[0]}))
    assert statement(KZ, ROWS, marks) == statement(BY, by, Marks.of(mine, theirs))
    assert statement(KZ, ROWS, Marks()) != statement(BY, by, Marks())
    text = statement(BY, by, Marks())
    assert text
    assert "kz/log Notice 2 1 " in text


def test_a_receiver_that_stripped_a_message_refutes_another_digest() -> None:
    """What came was not what the sender states: both sides have that row, and the receiver signs no text."""
    by = {**ROWS, **dict([stripped(1, "what came")])}
    theirs, mine = listed(ROWS, {}), listed(by, listed(ROWS, {}))
    assert mine[sent(1)[0]] == OTHER
    assert differences(BY, mine, theirs) == differences(KZ, theirs, mine) == ("other kz/log Notice m1@x",)
    marks = Marks.of(mine, theirs)
    assert statement(BY, by, marks) is None
    assert statement(BY, by, Marks()) is not None


def test_of_a_list_no_digest_is_kept() -> None:
    """Which digests the other side does not keep, and which were refuted: kept as text, and read again."""
    marks = Marks(frozenset({sent(1)[0], sent(2)[0]}), frozenset({sent(4, sender="by/log")[0]}))
    assert Marks.read(marks.kept()) == marks
    assert Marks.read("") == Marks()


def test_what_neither_side_states_is_confirmed_by_nobody() -> None:
    """A digest that is not kept, and that the other does not state either, stays unknown."""
    key, kept = stripped(1)
    for stated in ("", UNKNOWN, OTHER):
        assert kept.against(key.message_id, stated) == UNKNOWN
    assert replace(kept, checked=b"").against(key.message_id, digest("1").hex()) == UNKNOWN


def test_a_list_is_read_as_it_was_signed() -> None:
    """Rows of any number, also none."""
    rows: Listed
    for rows in ({}, listed(ROWS, {}), listed(dict([stripped(1)]), {})):
        content = signed_rows(LIST, BY, rows_of(rows), SIGNER)
        assert opened_list(KZ, content, SIGNER.verifier) == rows


def test_a_list_changed_in_any_row_is_malformed() -> None:
    """So is one of another day, by another key, of another kind, between other logs."""
    content = signed_rows(LIST, BY, rows_of(listed(ROWS, {})), SIGNER)
    stranger = signed_rows(LIST, BY, [f"ru/log Notice m@x {digest('1').hex()}"], SIGNER)
    for account, found, signer in (
        (KZ, content.replace(b"m2@x", b"m3@x"), SIGNER),
        (KZ, content.rstrip(b"\n"), SIGNER),
        (KZ, content + b"more\n", SIGNER),
        (KZ, b"\xff", SIGNER),
        (replace(KZ, day=date(2026, 11, 21)), content, SIGNER),
        (KZ, content, NoteSigner("by/log", OTHER_KEY)),
        (KZ, signed_rows(DIFFERENCES, BY, (), SIGNER), SIGNER),
        (KZ, stranger, SIGNER),
    ):
        with pytest.raises(Malformed):
            opened_list(account, found, signer.verifier)


@pytest.mark.parametrize("row", ["a b c", "a b c d", "a b c  ?", f"a b {'c' * 301} ?", "a b c ?\u2028", "a b c ? ?"])
def test_a_row_of_another_form_is_malformed(row: str) -> None:
    """Even where it is signed."""
    content = signed_rows(LIST, BY, [row], SIGNER)
    assert opened_rows(LIST, KZ, content, SIGNER.verifier) == (row,)
    with pytest.raises(Malformed):
        opened_list(KZ, content, SIGNER.verifier)


def test_only_our_text_is_agreed() -> None:
    """Signed by the partner; the control is our own text, signed by it."""
    text = statement(KZ, ROWS, Marks())
    assert text
    assert agreed(SIGNER.note(text).bytes(), text, SIGNER.verifier).text == text
    for content in (SIGNER.note(text + "more\n").bytes(), NoteSigner("by/log", OTHER_KEY).note(text).bytes()):
        with pytest.raises(Malformed):
            agreed(content, text, SIGNER.verifier)


@pytest.mark.parametrize(
    "lines",
    [
        ["x"],
        [STATEMENT, "by/log", "kz/log", "yesterday"],
        [STATEMENT, "by/log", "kz/log", "20261120"],
        [STATEMENT, "by/log", "ru/log", "2026-11-20"],
        [STATEMENT, "kz/log", "by/log", "2026-11-20"],
        [DIFFERENCES, "by/log", "kz/log", "2026-11-20"],
    ],
)
def test_an_account_is_of_a_day_between_the_two(lines: list[str]) -> None:
    """Anything else is malformed; the control is both kinds of note."""
    for title in (STATEMENT, LIST):
        content = f"{title}\nby/log\nkz/log\n2026-11-20\n".encode()
        assert Account.of(content, "kz/log", "by/log") == (title, KZ)
    with pytest.raises(Malformed):
        Account.of("".join(f"{line}\n" for line in lines).encode(), "kz/log", "by/log")


def test_a_day_ends_where_the_next_begins() -> None:
    """UTC."""
    since, until = bounds(DAY)
    assert (day_of(since), day_of(Micros(until - 1)), day_of(until)) == (DAY, DAY, date(2026, 11, 21))
    assert bounds(date(2026, 11, 21))[0] == until
