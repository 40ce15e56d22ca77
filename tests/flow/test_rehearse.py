"""Last month's traffic under the next version: what would fail, where, and nothing of it written."""

from collections import Counter
from dataclasses import replace

import pytest

from gateway.api import answers
from gateway.core.agreement import Agreement
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.language import Language
from gateway.core.message import payload
from gateway.core.names import MessageId, Micros
from gateway.core.texts import told
from gateway.core.trial import Trial
from gateway.flow.rehearse import Period, Rehearsal, Seen, rehearse
from tests.house import sample
from tests.town import START, Node, Town

TRN, BARE, RESULT = "TransitReleaseNotice", "only-what-is-mandatory", "valid/ProcessingResult--rejected"
GOOD = sample(f"valid/{TRN}--tir-carnet-two-shipments")
LACKING = sample(f"valid/{TRN}--{BARE}")
ALWAYS = Period(Micros(0), Micros(START * 2))
MISSING = (TRN, ErrorCode.ELEMENT_MISSING, "/trn11:TransitReleaseNotice", "casdo:TransitLimitDate")


async def rehearsed(node: Node, agreement: Agreement, period: Period = ALWAYS, examples: int = 3) -> Rehearsal:
    """The complete rehearsal of a node's traffic."""
    trial = Trial.of(agreement, node.settings.register, node.clock.now(), period.version)
    return [found async for found in rehearse(node.store, {agreement.id: trial}, period, examples)][-1]


@pytest.fixture
async def kz(town: Town) -> Node:
    """Four messages out, of two types, and one that was refused; BY has received all four."""
    node = town["KZ.KGD"]
    for number, document in enumerate((GOOD, LACKING, LACKING, sample(RESULT))):
        await node.post(document, f"m{number}@town", to=("BY.GTK",))
    with pytest.raises(Rejected):
        await node.post(b"<a/>", "refused@town", to=("BY.GTK",))
    while await node.deliver():  # one after another: they are of one movement
        pass
    return node


@pytest.fixture
def following(kz: Node) -> Agreement:
    """The agreement in which a release notice has a version 1.1: the limit date is mandatory, codes come from a list."""
    return next(found for found in kz.settings.register.agreements if found.id == "eurasec-customs")


async def test_what_would_fail_is_counted_by_type_code_and_place(kz: Node, following: Agreement) -> None:
    """In both directions; a message is counted once for each kind of fault, with the first MessageIds."""
    for node in (kz, kz.loopback.nodes["party:BY.GTK"]):
        found = await rehearsed(node, following)

        assert (found.passing, found.failing) == (Counter({TRN: 1, "ProcessingResult": 1}), Counter({TRN: 2}))
        assert found.faults == {MISSING: Seen(2, [MessageId("m1@town"), MessageId("m2@town")])}
        assert (found.left_out, found.refused) == (Counter(), 1 if node is kz else 0)


async def test_under_the_version_they_were_exchanged_under_all_pass(kz: Node, following: Agreement) -> None:
    """The control: what was accepted would be accepted."""
    found = await rehearsed(kz, following, replace(ALWAYS, version="1.0"))

    assert (found.passing.total(), found.faults, found.left_out) == (4, {}, Counter())


async def test_types_without_the_version_are_left_out(kz: Node, following: Agreement) -> None:
    """And so are messages under other agreements."""
    found = await rehearsed(kz, following, replace(ALWAYS, version="1.1"))
    other = await rehearsed(kz, replace(following, id="other"))

    assert (found.passing.total(), found.failing.total()) == (1, 2)
    assert found.left_out == Counter({"ProcessingResult has no version 1.1": 1})
    assert other.left_out == Counter({"exchanged under eurasec-customs:1.0": 4})


async def test_nothing_is_written(kz: Node, following: Agreement) -> None:
    """Every table has the rows that it had."""
    before = list(kz.real._engine._writer.iterdump())
    await rehearsed(kz, following)

    assert list(kz.real._engine._writer.iterdump()) == before


async def test_time_and_type_choose_what_is_tried(kz: Node, following: Agreement) -> None:
    """From `since` on, before `until`; of one type."""
    middle = kz.clock.now()
    kz.clock.advance(60)
    await kz.post(LACKING, "later@town", to=("BY.GTK",))

    early = await rehearsed(kz, following, Period(Micros(0), middle))
    late = await rehearsed(kz, following, Period(middle, ALWAYS.until))
    typed = await rehearsed(kz, following, Period(Micros(0), ALWAYS.until, "ProcessingResult"))

    assert (early.failing[TRN], early.refused) == (2, 1)
    assert (late.failing, late.passing, late.refused) == (Counter({TRN: 1}), Counter(), 0)
    assert (typed.passing, typed.failing) == (Counter({"ProcessingResult": 1}), Counter())


async def test_a_type_that_is_agreed_no_longer_fails(kz: Node, following: Agreement) -> None:
    """Each of its messages, for its root."""
    kept = {root: kind for root, kind in following.messages.items() if kind.type != "ProcessingResult"}
    found = await rehearsed(kz, replace(following, messages=kept))

    assert found.faults["ProcessingResult", ErrorCode.UNKNOWN_TYPE, "/*", ""].messages == 1


async def test_purposes_and_attachments_are_tried_too(kz: Node, following: Agreement) -> None:
    """Composition is more than the document (EA-4.3): positions of attachments are not told apart."""
    document = sample("valid/DocumentVerificationResponse--confirmed")
    received = kz.received(document, "files@town", ("BY.GTK",))
    files = tuple(payload(f"{n}@x", "application/pdf", b"%PDF") for n in range(2))
    await kz.intake.accept(replace(received, attachments=files), answers.accepted)
    kinds = {root: replace(kind, attachments=frozenset({"image/png"})) for root, kind in following.messages.items()}
    found = await rehearsed(kz, replace(following, messages=kinds, purposes=frozenset({"statistics"})))

    kind = "DocumentVerificationResponse"
    assert found.faults[kind, ErrorCode.PURPOSE_NOT_AGREED, "purpose", "statistics"].messages == 1
    assert found.faults[kind, ErrorCode.ATTACHMENT_NOT_AGREED, "attachment", "image/png"] == Seen(
        1, [MessageId("files@town")]
    )


async def test_examples_are_as_many_as_asked_for(kz: Node, following: Agreement) -> None:
    """None where none are wanted; the count stays."""
    assert (await rehearsed(kz, following, examples=0)).faults == {MISSING: Seen(2, [])}


async def test_what_cannot_be_tried_is_left_out_with_the_reason(kz: Node, following: Agreement) -> None:
    """A damaged body, and a partner that is no longer configured; the others are tried."""
    writer = kz.real._engine._writer
    writer.execute("UPDATE bodies SET data = zeroblob(9) WHERE id = 1")
    writer.execute("UPDATE messages SET recipient = 'XX.GONE' WHERE message_id = 'm1@town'")
    found = await rehearsed(kz, following)

    reasons = {told(reason, Language.RU): number for reason, number in found.left_out.items()}
    assert reasons == {"хранимое тело не совпадает со своей хеш-суммой": 1, "XX.GONE больше нет в настройках": 1}
    assert (found.passing.total(), found.failing.total()) == (1, 1)


async def test_one_page_after_another_is_read(kz: Node, following: Agreement, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pages are, each message is tried once."""
    monkeypatch.setattr("gateway.store.sqlite.PAGE", 1)
    found = await rehearsed(kz, following)

    assert found.passing.total() + found.failing.total() == 4


async def test_a_body_that_cannot_be_read_fails(kz: Node, following: Agreement) -> None:
    """What parsing refuses is a fault like any other."""
    register = kz.settings.register
    trial = Trial.of(following, register, Micros(START))
    (message, *_) = [each async for each in kz.store.exchanged(Micros(0), ALWAYS.until, TRN)]

    assert trial.ref == following.ref
    (fault,) = trial.faults(message.edge, message.header, b"<a>")
    assert fault.code is ErrorCode.NOT_WELL_FORMED
