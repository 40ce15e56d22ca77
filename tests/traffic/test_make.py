"""Made traffic: the stages come to exactly the outcome that each sample names, and the same seed makes the same bytes."""

import hashlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.core.agreement import Agreement
from gateway.core.errors import Rejected
from gateway.core.message import Copy
from gateway.core.names import PartyId
from gateway.traffic.conversations import CONVERSATIONS, MIX, NOTHING
from gateway.traffic.make import Plan, make
from gateway.traffic.namespaces import NAMESPACES
from gateway.traffic.sample import ACCEPTED, Sample, Writer, read
from tests.core.making import Gateway, arrived, posted, prepared
from tests.traffic.conftest import MEMBERS

PLAN = Plan(messages=600, days=2, parties=tuple(MEMBERS), invalid=0.2, restricted=0.5, large=0.004, largest=400_000)


def came_of(gateway: Gateway, sample: Sample) -> Copy | list[dict[str, object]]:
    """What the sender's gateway makes of it: the copy that goes on, or the faults."""
    try:
        redacted = prepared(
            gateway, posted(gateway, sample.content(), to=map(PartyId, sample.to), **dict(sample.metadata))
        )
    except Rejected as refusal:
        return [fault.facts() for fault in refusal.faults]
    return redacted.copies[0]


def difference(gateways: dict[str, Gateway], sample: Sample) -> str:
    """How the outcome differs from the expected one; empty where it does not."""
    found = came_of(gateways[sample.side], sample)
    if isinstance(found, Copy):
        counts: Counter[str] = Counter()
        for removed in found.removed:
            counts[removed.rule] += removed.count
        left = "\n".join(etree.fromstring(found.payloads[0].content).itertext())
        outcome = (ACCEPTED, dict(counts), [canary for canary in sample.canaries if canary in left])
        expected = (sample.outcome, dict(sample.removed), [])
        return "" if outcome == expected else f"{sample.name} {sample.type}: {outcome}, not {expected}"
    key = sorted((row["code"], row.get("path", "")) for row in sample.faults)
    shown = sorted((fault["code"], fault.get("path", "") if (fault["code"], "") not in key else "") for fault in found)
    return "" if (sample.outcome, shown) == ("refused", key) else f"{sample.name} {sample.type}: {shown}, not {key}"


@pytest.mark.parametrize("seed", ["1", "2", "Қазақстан"])
def test_every_sample_gets_exactly_its_outcome(seed: str, gateways: dict[str, Gateway]) -> None:
    """Accepted unchanged, stripped by these rules so many times, or refused with these codes at these paths."""
    samples = list(make(Plan(**{**fields(PLAN), "seed": seed})))
    assert len(samples) == PLAN.messages
    assert [text for text in (difference(gateways, sample) for sample in samples) if text] == []
    assert {sample.type for sample in samples} == {step.type for kind in MIX for step in CONVERSATIONS[kind]}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.text(max_size=20), kind=st.sampled_from(sorted(CONVERSATIONS)))
def test_any_seed_makes_what_the_stages_expect(seed: str, kind: str, gateways: dict[str, Gateway]) -> None:
    """One or two conversations of each kind, whatever the seed."""
    plan = Plan(seed=seed, messages=12, mix={kind: 1}, parties=tuple(MEMBERS), invalid=0.3, restricted=0.7)
    assert [text for text in (difference(gateways, sample) for sample in make(plan)) if text] == []


def test_a_wrong_expectation_would_be_seen(gateways: dict[str, Gateway]) -> None:
    """Control: documents exchanged between samples differ from what the samples say."""
    samples = list(make(PLAN))
    bodies = [sample.body for sample in samples[1:]]
    mixed = [Sample(**{**fields(sample), "body": body}) for sample, body in zip(samples, bodies, strict=False)]
    assert len([text for text in (difference(gateways, sample) for sample in mixed) if text]) > len(mixed) / 4


def test_what_was_stripped_passes_the_receiver_unchanged(gateways: dict[str, Gateway]) -> None:
    """The other side, stripping under the same law, finds nothing more."""
    for sample in make(Plan(messages=120, restricted=1, invalid=0)):
        sent = came_of(gateways[sample.side], sample)
        assert isinstance(sent, Copy)
        there = gateways[sample.to[0]]
        (copy,) = prepared(there, arrived(there, sent.payloads[0].content, sent.header)).copies
        assert (copy.removed, copy.payloads[0].content) == ((), sent.payloads[0].content)


def test_every_agreed_type_is_made(gateways: dict[str, Gateway]) -> None:
    """And no builder writes what nobody agreed on."""
    agreed = {kind.type for agreement in shipped(gateways) for kind in agreement.messages.values()}
    assert {step.type for steps in CONVERSATIONS.values() for step in steps} == agreed


def test_the_prefixes_are_the_agreements(gateways: dict[str, Gateway]) -> None:
    """Paths in expected faults name what the gateway names."""
    agreed = {prefix: name for agreement in shipped(gateways) for name, prefix in agreement.prefixes.items()}
    assert {prefix: agreed.get(prefix) for prefix in NAMESPACES} == NAMESPACES


def shipped(gateways: dict[str, Gateway]) -> list[Agreement]:
    """Every version of the agreement whose messages are made."""
    found = gateways["KZ.KGD"].register.agreements
    return [agreement for agreement in found if agreement.id == "eurasec-customs"]


def test_the_same_seed_makes_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    """Another process has other hashes of strings; the bytes are the ones recorded here, and another seed's differ."""
    program = """
import sys
from pathlib import Path
from gateway.traffic.make import Plan, make
from gateway.traffic.sample import Writer
with Writer(Path(sys.argv[1])) as writer:
    for sample in make(Plan(seed=sys.argv[2], messages=200, large=0.05, largest=200_000)):
        writer.add(sample)
"""
    digests = []
    for number, seed in enumerate(("a", "a", "b")):
        folder = tmp_path / str(number)
        environment = {"PYTHONHASHSEED": str(number), "PYTHONPATH": str(Path(__file__).parents[2])}
        subprocess.run([sys.executable, "-c", program, folder, seed], check=True, env=environment)
        digests.append(digest(folder))
    assert digests[0] == digests[1] != digests[2]


def digest(folder: Path) -> str:
    """Over every file's name and content."""
    found = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return found.hexdigest()


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Every field, with bodies in lines and in files."""
    made = list(make(Plan(messages=150, large=0.5, largest=150_000, invalid=0.3)))
    with Writer(tmp_path) as writer:
        for sample in made:
            writer.add(sample)
    assert {path.name for path in tmp_path.iterdir()} == {"traffic.jsonl", "bodies"}
    back = list(read(tmp_path))
    assert [Sample(**{**fields(sample), "body": sample.content(), "file": None}) for sample in back] == made


def test_messages_stand_in_order_of_time_and_of_their_conversation() -> None:
    """Nothing comes before what it answers; a movement's documents are about one declaration and one vehicle."""
    seen: dict[str, Sample] = {}
    declarations: dict[str, set[bytes]] = {}
    last = 0.0
    for sample in make(Plan(messages=1_500, days=6, invalid=0.1)):
        assert sample.at >= last
        last = sample.at
        if sample.answers:
            question = seen[sample.answers]
            assert (question.side, question.conversation, question.outcome) == (
                *sample.to,
                sample.conversation,
                ACCEPTED,
            )
        seen[sample.name] = sample
        number = re.search(rb"CustomsDocumentId>(\d+)<", sample.body)
        if number and sample.outcome == ACCEPTED:
            declarations.setdefault(sample.movement, set()).add(number[1])
    assert len(declarations) > 100
    assert {len(found) for found in declarations.values()} == {1}


def test_sizes_are_as_they_are_met() -> None:
    """Notices of release have 2 to 17 KB as a rule; the large ones reach 100 KB and more, up to the limit."""
    sizes = sorted(len(sample.body) for sample in make(Plan(messages=2_000)) if sample.type == "TransitReleaseNotice")
    small = [size for size in sizes if size < 100_000]
    assert 4_000 < small[len(small) // 2] < 17_000
    assert [size for size in sizes if size > 4_000_000] == []
    big = [len(sample.body) for sample in make(Plan(messages=40, large=1, largest=1_000_000))]
    assert 500_000 < max(big) < 1_400_000


def test_kazakh_russian_and_latin_text_occurs() -> None:
    """In the same traffic, at times in the same document."""
    text = b"".join(sample.body for sample in make(Plan(messages=300))).decode(errors="replace")
    assert [letter for letter in "әғқңөұүіЁПŞü" if letter not in text] == []


def test_answers_name_steps_before_them() -> None:
    """The table of conversations is sound: an answer is written by the other side."""
    for steps in CONVERSATIONS.values():
        for number, step in enumerate(steps):
            assert step.answers < number
            assert step.answers == NOTHING or steps[step.answers].writer != step.writer


def fields(thing: object) -> dict[str, object]:
    """A frozen dataclass as keyword arguments."""
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}
