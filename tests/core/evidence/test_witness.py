"""What a witness rules: the table of C2SP tlog-witness, and what no sequence of offers can bring it to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.evidence.note import LARGEST, CosignSigner, Malformed, NoteSigner
from gateway.core.evidence.witness import STATUS, Claim, Offer, Ruling, Witnessed, claim, rule
from tests.core.evidence.logs import OTHER, Log, forked

LOG = Log().grown(300)
WRONG = bytes(32)


def ruled(body: bytes, known: Witnessed = Witnessed()) -> Ruling:  # noqa: B008 - frozen
    """What the witness says."""
    found = claim(body, LOG.verifier)
    return rule(found, known) if isinstance(found, Claim) else found


def at(size: int, log: Log = LOG) -> Witnessed:
    """What a witness knows that cosigned the log at that size last."""
    head = log.head(size)
    return Witnessed(size, head.root, log.note(size))


@pytest.mark.parametrize(
    ("body", "known", "ruling"),
    [
        (LOG.offer(0, 7), Witnessed(), Ruling.COSIGNED),
        (LOG.offer(0, 0), Witnessed(), Ruling.COSIGNED),
        (LOG.offer(7, 300), at(7), Ruling.COSIGNED),
        (LOG.offer(256, 300), at(256), Ruling.COSIGNED),
        (LOG.offer(7, 7), at(7), Ruling.COSIGNED),  # a repeat: the answer was lost
        (replace(LOG.offer(7, 7), old=8), at(7), Ruling.BACKWARDS),
        (LOG.offer(0, 300), at(7), Ruling.OUTDATED),
        (LOG.offer(8, 300), at(7), Ruling.OUTDATED),
        (LOG.offer(5, 6), at(7), Ruling.OUTDATED),  # a smaller tree
        (LOG.offer(0, 7), at(7), Ruling.OUTDATED),
        (replace(LOG.offer(7, 300), proof=()), at(7), Ruling.UNPROVEN),
        (replace(LOG.offer(7, 300), proof=(WRONG,)), at(7), Ruling.UNPROVEN),
        (replace(LOG.offer(7, 7), proof=(WRONG,)), at(7), Ruling.UNPROVEN),
        (replace(LOG.offer(0, 7), proof=(WRONG,)), Witnessed(), Ruling.UNPROVEN),
    ],
)
def test_the_table(body: Offer, known: Witnessed, ruling: Ruling) -> None:
    """One row for each way an offer of a log can go."""
    assert ruled(body.bytes(), known) is ruling


@pytest.mark.parametrize("old", [0, 4, 9])
def test_two_roots_of_one_size_are_a_fork_whatever_else_is_said(old: int) -> None:
    """Also where the old size is another one; the untouched log is cosigned (control)."""
    ours, theirs = forked(4, 9)
    offer = theirs.offer(old, 9)
    assert ruled(offer.bytes(), at(9, ours)) is Ruling.FORKED
    assert ruled(ours.offer(9, 9).bytes(), at(9, ours)) is Ruling.COSIGNED


def test_a_fork_of_another_size_has_no_proof() -> None:
    """422, where the log that is not forked is cosigned (control)."""
    ours, theirs = forked(4, 20)
    assert ruled(theirs.offer(9, 20).bytes(), at(9, ours)) is Ruling.UNPROVEN
    assert ruled(ours.offer(9, 20).bytes(), at(9, ours)) is Ruling.COSIGNED


def test_only_the_key_of_the_log_counts() -> None:
    """Another origin is unknown, another key under the same name no signature; further signatures are passed over."""
    stranger = Log(signer=NoteSigner("y.example/log", OTHER)).grown(7)
    impostor = Log(signer=NoteSigner(LOG.signer.name, OTHER)).grown(7)
    assert ruled(stranger.offer(0, 7).bytes()) is Ruling.UNKNOWN
    assert ruled(impostor.offer(0, 7).bytes()) is Ruling.UNSIGNED

    cosigner = CosignSigner("z.example/witness", OTHER)
    line = cosigner.sign(LOG.head(7).text(), 1_800_000_000).line().encode()
    both = Offer(0, (), LOG.note(7) + line)
    assert ruled(both.bytes()) is Ruling.COSIGNED
    found = claim(both.bytes(), LOG.verifier)
    assert isinstance(found, Claim)
    assert found.witnessed == at(7)  # what is kept bears the log's signature alone


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"old 7\n", b"old 07\n"),
        (b"old 7\n", b"old -7\n"),
        (b"old 7\n", b"old \n"),
        (b"old 7\n", b"old 7 \n"),
        (b"old 7\n", b"new 7\n"),
        (b"old 7\n", b"\xff\n"),
        (b"old 7\n", b"old 7\nx\n"),
        (b"old 7\n", b"old 7\n" + b"AAAA\n" * 1),
        (b"old 7\n", b"old 7\n" + b"A" * 43 + b"=\n" + b"A" * 42 + b"B=\n"),
        (b"old 7\n", b"old 7\n" + (b"A" * 43 + b"=\n") * 64),
        (b"\n\n", b"\n"),
        (b"300\n", b"300 \n"),
        (b"300\n", b"3O0\n"),
        ("—".encode(), b"-"),
    ],
)
def test_what_is_not_of_its_form_is_malformed(old: bytes, new: bytes) -> None:
    """400, before anything is believed."""
    body = LOG.offer(7, 300).bytes()
    assert old in body
    assert ruled(body.replace(old, new, 1), at(7)) is Ruling.MALFORMED


def test_an_empty_or_endless_body_is_malformed() -> None:
    """A note has its limit; a number, too."""
    assert ruled(b"") is Ruling.MALFORMED
    assert ruled(Offer(0, (), b"x" * (LARGEST + 1)).bytes()) is Ruling.MALFORMED
    with pytest.raises(Malformed):
        Offer.of(b"old " + b"9" * 30_000 + b"\n\n")


def test_an_offer_is_read_as_it_is_written() -> None:
    """Byte for byte."""
    offer = LOG.offer(7, 300)
    assert Offer.of(offer.bytes()) == offer
    assert offer.bytes().startswith(b"old 7\n")


def test_every_ruling_has_its_status() -> None:
    """Those of the specification."""
    assert set(STATUS) == set(Ruling)
    assert sorted(set(STATUS.values())) == [200, 400, 403, 404, 409, 422]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), max_size=30))
def test_what_is_cosigned_only_ever_grows(offers: list[tuple[int, int, bool]]) -> None:
    """Whatever a log that forked at 5 offers in whatever order: the cosigned heads are one history, never a smaller tree."""
    ours, theirs = forked(5, 40)
    known, cosigned = Witnessed(), list[Witnessed]()
    for old, new, fork in offers:
        log = theirs if fork else ours
        body = replace(log.offer(min(old, new), new), old=old).bytes()
        found = claim(body, log.verifier)
        if isinstance(found, Claim) and rule(found, known) is Ruling.COSIGNED:
            assert found.checkpoint.size >= known.size
            known = found.witnessed
            cosigned.append(known)
    assert any(all(each.root == log.head(each.size).root for each in cosigned) for log in (ours, theirs))
