"""What tests of evidence do with gateways: gather, write, read back, check with nothing but the bundle and the log's key."""

import base64
import io
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from gateway.cli import trust
from gateway.core import tree
from gateway.core.evidence import bundle, proofs
from gateway.core.evidence.bundle import Index
from gateway.core.evidence.checkpoint import Checkpoint, opened
from gateway.core.evidence.checks.run import check_file
from gateway.core.evidence.container import Container, measured
from gateway.core.evidence.facts import MessageFacts
from gateway.core.evidence.finding import Report, State, Step
from gateway.core.evidence.trust import Trust
from gateway.flow.exporting import Exporter, Gathered
from gateway.flow.ports_exhibits import Subject
from tests.flow.pairs import town
from tests.house import sample
from tests.town import Node, Town

__all__ = ["town"]

PLAIN = sample("valid/TransitReleaseNotice--road-through-three-states")
RESTRICTED = "restricted/TransitReleaseNotice--drivers-and-a-representative"
M1, M2 = "m-1@town", "m-2@town"
KZ, BY = "KZ.KGD", "BY.GTK"


async def nobody_waits(_: float) -> None:
    """No time passes."""


def exporter(node: Node) -> Exporter:
    """What an operator of that gateway calls."""
    return Exporter(lambda: node.settings.register, node.store, node.clock, pause=nobody_waits)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was written and read again."""

    content: bytes
    index: Index
    members: dict[str, bytes]
    checkpoints: tuple[Checkpoint, ...]

    def json(self, name: str) -> dict[str, Any]:
        """A member."""
        found: dict[str, Any] = json.loads(self.members[name])
        return found

    @property
    def facts(self) -> list[MessageFacts]:
        """Of every message."""
        names = (f"messages/{number}/facts.json" for number in range(1, len(self.members)))
        return [MessageFacts.of(self.members[name]) for name in names if name in self.members]

    @property
    def kinds(self) -> list[str]:
        """Of the entries, in their order."""
        names = sorted((name for name in self.members if name.startswith("leaves/")), key=lambda each: int(each[7:-5]))
        return [self.json(name)["kind"] for name in names]


def written(node: Node, gathered: Gathered) -> bytes:
    """The bundle's bytes."""
    target = io.BytesIO()
    notary = node.settings.register.notary
    bundle.write(target, gathered.members, gathered.subject, gathered.made, notary.signer)
    return target.getvalue()


async def exported(node: Node, kind: str, value: str, name: str = "", *, bodies: bool = True) -> Bundle:
    """The bundle about the subject, every entry of which is in its tree."""
    await node.sequence()
    content = written(node, await exporter(node).gather(Subject(kind, value, name), bodies=bodies))
    return read(node, content)


def read(node: Node, content: bytes) -> Bundle:
    """The bundle, after everything that needs only the log's key was checked."""
    found = Container.of(io.BytesIO(content))
    assert found.misfits == ()
    members = {name: b"".join(found.pieces(name)) for name in found.names()}
    index, note = bundle.parsed(members.pop("index"))
    verifier = node.settings.register.notary.signer.verifier
    assert verifier.signature_of(note)
    assert {name: (each.digest, each.size) for name, each in index.members.items()} == {
        name: (measured(lambda content=each: [content]).digest, len(each)) for name, each in members.items()
    }
    rows = [opened(each, verifier)[0] for name, each in members.items() if name.startswith("checkpoints/")]
    checkpoints = tuple(sorted(rows, key=lambda each: each.size))
    _included(members, checkpoints[-1])
    for old, new in pairwise(checkpoints):
        proof = _proof(members[f"consistency/{old.size}-{new.size}"])
        assert proofs.verify_consistency((old.size, old.root), (new.size, new.root), proof)
    _verified(node, found)
    return Bundle(content, index, members, checkpoints)


def _verified(node: Node, found: Container) -> None:
    """The verifier agrees, trusting whom the gateway trusts; in a town nobody cosigns."""
    report = Report()
    check_file(found, Trust.of(trust.text(node.settings).replace("quorum = 1", "quorum = 0")), report)
    wrong = [each for each in report.findings if each.state in {State.FAULT, State.SKIPPED}]
    assert [each for each in wrong if each.step is not Step.STAMPS] == []  # what stands for one is none


def _included(members: dict[str, bytes], largest: Checkpoint) -> None:
    leaves = [int(name[7:-5]) for name in members if name.startswith("leaves/")]
    assert leaves
    assert {f"inclusion/{each}" for each in leaves} == {name for name in members if name.startswith("inclusion/")}
    for each in leaves:
        digest, proof = tree.leaf_hash(members[f"leaves/{each}.json"]), _proof(members[f"inclusion/{each}"])
        assert proofs.verify_inclusion(digest, each, largest.size, proof, largest.root)


def _proof(content: bytes) -> list[bytes]:
    return [base64.b64decode(line) for line in content.splitlines()]


async def send(town: Town, document: bytes = PLAIN, message_id: str = M1, **stated: str) -> None:
    """A message from KZ to BY, delivered and taken over."""
    await town[KZ].post(document, message_id, (BY,), **stated)
    await town[KZ].deliver()
    await town[BY].take_all()


def signed_members(bundle: Bundle, name: str) -> list[str]:
    """The members about a signed SOAP part."""
    return sorted(
        each.rpartition("/messages/1/")[2] for each in bundle.members if each.startswith(f"messages/1/{name}")
    )
