"""A verifier finds whatever is wrong with a bundle, says where, and says no more than what follows."""

import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.core.evidence.bundle import Kind
from gateway.core.evidence.checks.index import check_container, check_index, opened
from gateway.core.evidence.checks.whose import whose
from gateway.core.evidence.container import Container
from gateway.core.evidence.finding import Report, Result, State, Step
from gateway.core.evidence.keys import Keys
from gateway.core.evidence.note import Note
from gateway.core.evidence.trust import Trust, TrustedLog
from gateway.core.names import SECOND
from tests.core.evidence import naive
from tests.core.evidence.checking import checked, faults, texts
from tests.core.evidence.filing import (
    AT,
    BY,
    KEYS,
    KZ,
    TRUST,
    File,
    arrived,
    checkpoint,
    delivered,
    events,
    filed,
    written,
)
from tests.core.evidence.signing import LOG, OTHER, WITNESS

Members = dict[str, bytes]
SIZE = 5


def test_a_bundle_that_is_as_it_was_made_is_verified() -> None:
    """Every step is taken, nothing is wrong; what is proven names the parties, what is not is said."""
    verdict = checked(written(filed()))
    assert verdict.result is Result.VERIFIED
    nothing = {step for step, state in verdict.steps().items() if state is None}
    assert nothing == {Step.STAMPS, Step.XADES}
    proven, unproven = texts(verdict, State.PROVEN), texts(verdict, State.UNPROVEN)
    assert any(
        each.startswith("BY.GTK signed that it received m-1@kz, exactly what is signed of it here") for each in proven
    )
    assert f"the witness {WITNESS.name} saw the log of 5 entries on 2026-11-21T12:00:01.000Z and cosigned it" in proven
    assert any(each.startswith("KZ.KGD signed m-2@kz and all its parts") for each in proven)
    assert any("what part doc@kz of m-3@kz says: deleted" in each for each in unproven)
    assert any("no time stamp" in each for each in unproven)
    assert any("what was removed from m-1@kz" in each for each in unproven)


def test_without_trust_nothing_is_proven() -> None:
    """All the same is looked at, and what is said holds only if the evidence names the right keys."""
    verdict = checked(written(filed()), None)
    assert verdict.result is Result.PARTLY
    assert texts(verdict, State.PROVEN) == []
    assert {each.step for each in verdict.of(State.SKIPPED)} == {Step.INDEX, Step.COSIGNATURES, Step.MESSAGES}


@pytest.mark.parametrize(("make", "step"), [(lambda: File(events(2)), 1), (lambda: arrived(File(events(1))), 13)])
def test_every_changed_byte_is_found_and_named(make: Callable[[], File], step: int) -> None:
    """A byte of a member: that member; of the index: the index; of the container's structure: the bytes around it.

    Of a small bundle really every one; of one with a message, every one of the structure.
    """
    content = written(make().bundle())
    sound = Container.of(io.BytesIO(content))
    spans = {name: range(entry.start, entry.start + entry.size) for name, entry in sound.entries.items()}
    owner = {at: name for name, span in spans.items() for at in span}
    assert quick(content) == set()
    for at in (at for at in range(len(content)) if at not in owner or at % step == 0):
        changed = content[:at] + bytes([content[at] ^ (1 + at % 255)]) + content[at + 1 :]
        assert owner.get(at, "the file") in quick(changed), at


def quick(content: bytes) -> set[str]:
    """Where steps 1 and 2 find something wrong: whatever they find, the whole check finds."""
    report = Report()
    found = Container.of(io.BytesIO(content))
    check_container(found, report)
    index = opened(found, report)
    check_index(found, index, whose(found, index[0].origin if index else "", TRUST, report), report)
    return {where for _, where in faults(report.verdict())}


def drop(name: str) -> Callable[[Members], Members]:
    """Without that member."""
    return lambda members: {key: each for key, each in members.items() if key != name}


def put(name: str, content: bytes) -> Callable[[Members], Members]:
    """With that content."""
    return lambda members: {**members, name: content}


def swap(name: str, old: bytes, new: bytes) -> Callable[[Members], Members]:
    """With another text in that member, which has the old one."""

    def changed(members: Members) -> Members:
        assert old in members[name], members[name]
        return {**members, name: members[name].replace(old, new)}

    return changed


def facts(number: int, **changes: object) -> Callable[[Members], Members]:
    """With other facts about that message."""

    def changed(members: Members) -> Members:
        name = f"messages/{number}/facts.json"
        value = {**json.loads(members[name]), **changes}
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return {**members, name: text.encode()}

    return changed


def part(number: int, row: int, **changes: object) -> Callable[[Members], Members]:
    """With other facts about that part of the message."""

    def changed(members: Members) -> Members:
        parts = json.loads(members[f"messages/{number}/facts.json"])["parts"]
        parts[row] |= changes
        return facts(number, parts=parts)(members)

    return changed


def kept(number: int, name: str, **changes: object) -> Callable[[Members], Members]:
    """With other facts about the envelope or the receipt."""

    def changed(members: Members) -> Members:
        value = json.loads(members[f"messages/{number}/facts.json"])[name]
        return facts(number, **{name: value | changes})(members)

    return changed


def both(*changes: Callable[[Members], Members]) -> Callable[[Members], Members]:
    """One after the other."""

    def changed(members: Members) -> Members:
        for each in changes:
            members = each(members)
        return members

    return changed


def other_checkpoint(members: Members) -> Members:
    """The largest checkpoint is of another tree, signed and cosigned all the same."""
    return {**members, f"checkpoints/{SIZE}": checkpoint(naive.many(SIZE))}


def cosigned_by(*signers: object) -> Callable[[Members], Members]:
    """Both checkpoints are cosigned by these only."""

    def changed(members: Members) -> Members:
        for size in (2, SIZE):
            note = Note.parse(members[f"checkpoints/{size}"]).by(LOG.verifier)
            made = note.signed(*(each.sign(note.text, AT // SECOND) for each in signers))  # type: ignore[attr-defined]
            members = {**members, f"checkpoints/{size}": made.bytes()}
        return members

    return changed


F1, F2, F3 = (f"messages/{n}/facts.json" for n in (1, 2, 3))
E1, R1, E2 = "messages/1/envelope", "messages/1/receipt", "messages/2/envelope"
LARGEST = f"checkpoints/{SIZE}"
PEM = filed()[f"{R1}.pem"]
STRANGER = replace(LOG, name="ru.example/log")
BROKEN = [
    # 2: keys
    (drop("keys"), Step.INDEX, "keys"),
    (put("keys", b"\xff"), Step.INDEX, "keys"),
    (put("keys", b"log x\n"), Step.INDEX, "keys"),
    (swap("keys", b"witness BY.GTK", b"witness  BY.GTK"), Step.INDEX, "keys"),
    (put("keys", f"log {WITNESS.verifier}\n".encode()), Step.INDEX, "keys"),
    (put("keys", Keys(STRANGER.verifier, {}).content()), Step.INDEX, "keys"),
    (put("keys", Keys(replace(LOG, key=OTHER.key).verifier, KEYS.witnesses).content()), Step.INDEX, "keys"),
    # 3: checkpoints
    (put(LARGEST, b"no note"), Step.CHECKPOINTS, LARGEST),
    (swap(LARGEST, b"\n5\n", b"\n6\n"), Step.CHECKPOINTS, LARGEST),
    (put("checkpoints/4", filed()[LARGEST]), Step.CHECKPOINTS, "checkpoints/4"),
    (put("checkpoints/4", STRANGER.note(f"ru.example/log\n4\n{'A' * 43}=\n").bytes()), Step.CHECKPOINTS, "checkpoints/4"),
    (both(drop(LARGEST), drop("checkpoints/2")), Step.CHECKPOINTS, "checkpoints"),
    # 4: cosignatures
    (cosigned_by(), Step.COSIGNATURES, "checkpoints"),
    (cosigned_by(WITNESS), Step.COSIGNATURES, "checkpoints"),
    (swap(LARGEST, b"ru.example/witness", b"rv.example/witness"), Step.COSIGNATURES, "leaves"),
    (both(put("checkpoints/2", filed()["checkpoints/2"]), lambda m: {**m, LARGEST: Note.parse(m[LARGEST]).by(LOG.verifier).bytes()}),
     Step.COSIGNATURES, "leaves"),
    # 5: consistency
    (drop("consistency/2-5"), Step.CONSISTENCY, "consistency/2-5"),
    (put("consistency/2-5", b""), Step.CONSISTENCY, "consistency/2-5"),
    (put("consistency/2-5", b"x"), Step.CONSISTENCY, "consistency/2-5"),
    (put("consistency/2-5", b"\xff\n"), Step.CONSISTENCY, "consistency/2-5"),
    (put("consistency/1-5", b""), Step.CONSISTENCY, "consistency/1-5"),
    (other_checkpoint, Step.CONSISTENCY, "consistency/2-5"),
    # 6: leaves
    (other_checkpoint, Step.LEAVES, "leaves/0.json"),
    (drop("leaves/0.json"), Step.LEAVES, "inclusion/0"),
    (drop("inclusion/0"), Step.LEAVES, "leaves/0.json"),
    (put("inclusion/0", b""), Step.LEAVES, "leaves/0.json"),
    (swap("leaves/0.json", b"started", b"stopped"), Step.LEAVES, "leaves/0.json"),
    (swap("leaves/0.json", b'"v":1', b'"v":2'), Step.LEAVES, "leaves/0.json"),
    (swap("leaves/0.json", b'"started"', b"7"), Step.LEAVES, "leaves/0.json"),
    (swap("leaves/0.json", b'"at":', b'"at":-'), Step.LEAVES, "leaves/0.json"),
    (swap("leaves/0.json", b'"nonce":"0', b'"nonce":"x'), Step.LEAVES, "leaves/0.json"),
    (put("leaves/0.json", b"[]"), Step.LEAVES, "leaves/0.json"),
    (put("leaves/0.json", b"[" * 100_000), Step.LEAVES, "leaves/0.json"),
    (both(drop(LARGEST), drop("checkpoints/2")), Step.LEAVES, "leaves/0.json"),
    # 7: stamps
    # 8: facts against the leaf
    (drop(F1), Step.MESSAGES, F1),
    (put(F1, b"{}"), Step.MESSAGES, F1),
    (facts(1, leaf=0), Step.MESSAGES, F1),
    (facts(1, leaf=99), Step.MESSAGES, F1),
    (facts(1, edge="partner"), Step.MESSAGES, F1),
    (facts(1, sender="RU.FTS"), Step.MESSAGES, F1),
    (facts(1, conversation_id="c-2"), Step.MESSAGES, F1),
    (facts(1, parts=[]), Step.MESSAGES, F1),
    (drop("leaves/1.json"), Step.MESSAGES, F1),
    (put("messages/9/parts/1", b""), Step.MESSAGES, "messages/9/facts.json"),
    # 8: parts
    (part(1, 0, digest="0" * 64), Step.MESSAGES, F1),
    (part(1, 0, digest="0" * 64), Step.MESSAGES, "messages/1/parts/1"),
    (part(1, 0, packed_digest="0" * 64), Step.MESSAGES, "messages/1/parts/1"),
    (part(1, 0, size=5), Step.MESSAGES, "messages/1/parts/1"),
    (part(1, 0, size=50), Step.MESSAGES, "messages/1/parts/1"),
    (part(1, 0, file="messages/2/parts/1"), Step.MESSAGES, "messages/2/parts/1"),
    (part(1, 1, cid="doc@kz"), Step.MESSAGES, F1),
    (part(1, 1, cid="other@kz"), Step.MESSAGES, f"{E1}.xml"),
    (part(1, 1, file="", why="purged", packed_digest="0" * 64, digest="0" * 64), Step.MESSAGES, f"{E1}.xml"),
    (drop("messages/1/parts/2"), Step.MESSAGES, "messages/1/parts/2"),
    (put("messages/1/parts/2", b"no gzip"), Step.MESSAGES, "messages/1/parts/2"),
    (put("messages/1/parts/2", filed()["messages/1/parts/2"][:-5]), Step.MESSAGES, "messages/1/parts/2"),
    (put("messages/1/parts/2", filed()["messages/1/parts/2"] + b"x"), Step.MESSAGES, "messages/1/parts/2"),
    (put("messages/1/parts/2", filed()["messages/1/parts/1"]), Step.MESSAGES, f"{E1}.xml"),
    (put("messages/1/parts/3", b""), Step.MESSAGES, "messages/1/parts/3"),
    # 8: the envelope
    (kept(1, "envelope", digest="0" * 64), Step.MESSAGES, f"{E1}.xml"),
    (kept(1, "envelope", file=f"{E2}.xml"), Step.MESSAGES, f"{E2}.xml"),
    (drop(f"{E1}.xml"), Step.MESSAGES, f"{E1}.xml"),
    (drop(f"{E1}.signed-info"), Step.MESSAGES, f"{E1}.xml"),
    (swap(f"{E1}.signed-info", b"ds:SignedInfo", b"ds:signedInfo"), Step.MESSAGES, f"{E1}.xml"),
    (drop(f"{E1}.covered/1"), Step.MESSAGES, f"{E1}.covered/1"),
    (put(f"{E1}.covered/2", b""), Step.MESSAGES, f"{E1}.covered/2"),
    (put(f"{E1}.covered/3", b""), Step.MESSAGES, f"{E1}.covered/3"),
    (put(f"{E1}.pem", b"none"), Step.MESSAGES, f"{E1}.xml"),
    (put(f"{E1}.pem", PEM), Step.MESSAGES, f"{E1}.pem"),
    (put(f"{E1}.pem", PEM), Step.MESSAGES, f"{E1}.signed-info"),
    (put("messages/3/envelope.pem", PEM), Step.MESSAGES, "messages/3/envelope.pem"),
    # 8: the receipt
    (put(f"{R1}.pem", filed()[f"{E1}.pem"]), Step.MESSAGES, f"{R1}.signed-info"),
    (kept(1, "receipt", file="", why="absent"), Step.MESSAGES, f"{R1}.xml"),
    (drop("leaves/2.json"), Step.MESSAGES, f"{R1}.xml"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "step", "where"), BROKEN)
def test_what_is_wrong_inside_is_found_although_the_log_signed_the_index(
    change: Callable[[Members], Members], step: Step, where: str
) -> None:
    """Whoever has the log's key can sign any index: what it lists must hold by itself."""
    assert (step, where) in faults(checked(written(change(filed()))))


def test_all_faults_are_told() -> None:
    """Not the first one alone: one of every step."""
    members = both(
        drop("inclusion/0"), put("consistency/2-5", b""), swap("leaves/1.json", b"Notice", b"Other"),
        put("checkpoints/4", b""), put(f"{E2}.pem", PEM),
    )(filed())  # fmt: skip
    steps = {step for step, _ in faults(checked(written(members)))}
    assert steps == {Step.CHECKPOINTS, Step.CONSISTENCY, Step.LEAVES, Step.MESSAGES}


@pytest.mark.parametrize(
    ("trust", "where"),
    [
        (Trust(), "trust"),
        (replace(TRUST, logs=(replace(TRUST.logs[0], key=replace(LOG, key=OTHER.key).verifier),)), "index"),
    ],
)
def test_another_key_than_the_trusted_one_is_a_fault(trust: Trust, where: str) -> None:
    """Whatever the bundle says about itself."""
    assert (Step.INDEX, where) in faults(checked(written(filed()), trust))


def test_a_certificate_must_be_one_of_its_partys() -> None:
    """And known at all: without any in the trust file, the step is skipped."""
    content = written(filed())
    other = replace(TRUST, parties={KZ: frozenset({"0" * 64}), BY: TRUST.parties[BY]} if TRUST.parties else None)
    assert faults(checked(content, other)) == [(Step.MESSAGES, f"{E1}.pem"), (Step.MESSAGES, f"{E2}.pem")]
    for unknown in (None, {}, {KZ: (TRUST.parties or {})[KZ]}):
        assert checked(content, replace(TRUST, parties=unknown)).result is Result.PARTLY


def test_a_log_that_asks_for_no_cosigner_is_verified_without_them() -> None:
    """And it is said that nobody knows whether it shows others the same history."""
    lonely = replace(TRUST, logs=(TrustedLog(KZ, LOG.verifier),))
    verdict = checked(written(cosigned_by()(filed())), lonely)
    assert verdict.result is Result.VERIFIED
    assert any("the same history" in each for each in texts(verdict, State.UNPROVEN))
    told = texts(checked(written(filed()), lonely), State.UNPROVEN)
    assert any("BY.GTK saw the log" in each for each in told)


def test_a_cosignature_by_a_key_that_nobody_names_proves_nothing() -> None:
    """A witness that has another key by now, say: that is no fault of the log."""
    verdict = checked(written(cosigned_by(WITNESS, OTHER, replace(OTHER, name="x/w"))(filed())))
    assert verdict.result is Result.VERIFIED
    assert any(each.startswith("that x/w cosigned the log of 5 entries") for each in texts(verdict, State.UNPROVEN))


def test_the_index_of_a_log_is_no_bundle() -> None:
    """Its files are others."""
    content = written({"keys": KEYS.content()}, Kind.LOG)
    assert (Step.INDEX, "index") in faults(checked(content))


def test_an_unsigned_message_is_compared_but_proves_no_sender() -> None:
    """As a P-Mode without security has it; facts.json says so, or it is a fault."""
    members = delivered(File(events(1)), by=None).bundle()
    verdict = checked(written(members))
    assert faults(verdict) == []
    assert any("it is not signed" in each for each in texts(verdict, State.UNPROVEN))
    assert faults(checked(written(kept(1, "envelope", why="")(members)))) == [(Step.MESSAGES, f"{E1}.xml")]
    assert (Step.MESSAGES, f"{E1}.xml") in faults(checked(written(put(f"{E1}.pem", PEM)(members))))
