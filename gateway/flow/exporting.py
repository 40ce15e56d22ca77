"""Evidence is gathered for a bundle: entries with their places, checkpoints that cover them, what was signed, in order.

Everything that was gathered is read from the store at one time and may be shown to anybody who may see the messages.
"""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gateway.core import tree
from gateway.core.agreement import Register
from gateway.core.cover import Gone, Line, Sheet, Shown, cover
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, rejected
from gateway.core.evidence import bundle, proofs
from gateway.core.evidence.bundle import Kind
from gateway.core.evidence.container import whole
from gateway.core.language import Language
from gateway.core.names import Micros
from gateway.core.texts import say
from gateway.flow.dossier import Accepted, Dossier, Means, Members, dossier
from gateway.flow.heads import Heads, keys
from gateway.flow.ports import Clock, Operator, Row
from gateway.flow.ports_exhibits import Exhibited, ExhibitStore, Subject
from gateway.flow.trail import Look, Trail

MOST = 10_000  # messages of one bundle
LOOKS, PAUSE = 50, 0.1  # how often, and after how many seconds, an entry's place is looked for
COMMAND = "gateway evidence export"


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a bundle is written of."""

    members: Members
    subject: bundle.Subject
    made: Micros
    message_ids: tuple[str, ...]
    entries: int
    sizes: tuple[int, ...]  # of its checkpoints
    cosigned: bool  # whether a partner has cosigned one of them


@dataclass(frozen=True, slots=True)
class Exporter:
    """Gathers evidence, and writes down who took it."""

    register: Callable[[], Register]
    store: ExhibitStore
    clock: Clock
    authority: str = ""  # SHA-256 of the time-stamp authority's certificate
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def gather(self, subject: Subject, *, bodies: bool = True) -> Gathered:
        """Everything about the subject; Rejected where the log knows nothing of it, or an entry has no place so far."""
        messages = await self.store.exhibited(subject, MOST + 1)
        if len(messages) > MOST:
            raise rejected(ErrorCode.TOO_LARGE, subject.kind, say("evidence_most", n=MOST))
        ids: list[str] = [each.header.message_id for each in messages] or [subject.value] * (subject.kind == "message")
        rows = await self._entries(dict.fromkeys(ids))
        if not rows:
            raise rejected(ErrorCode.NOT_FOUND, subject.kind, say("evidence_unknown"))
        value = " ".join((f"{subject.name}={subject.value}" if subject.name else subject.value).split())  # one line
        return await self.assemble(bundle.Subject(Kind(subject.kind), value), messages, rows, bodies=bodies)

    async def assemble(
        self, subject: bundle.Subject, messages: Sequence[Exhibited], rows: Sequence[Row], *, bodies: bool = True
    ) -> Gathered:
        """The members of a bundle about these messages and entries.

        1. entries, and checkpoints that cover them  2. proofs  3. messages  4. keys and cover sheets
        """
        made, register = self.clock.now(), self.register()
        # 1. Entries and checkpoints.
        heads = await Heads.covering(max(row["position"] for row in rows) + 1, self.store, register.notary)
        members = {f"leaves/{row['position']}.json": whole(bytes(row["body"])) for row in rows}
        members |= heads.members()
        # 2. Proofs.
        members |= await self._proofs([row["position"] for row in rows], heads.sizes)
        # 3. Messages.
        places = {row["id"]: Accepted(row["position"], json.loads(bytes(row["body"]))) for row in rows}
        found = [
            dossier(number, each, places[each.entry], self._means(each, register, bodies=bodies))
            for number, each in enumerate(messages, 1)
        ]
        for each in found:
            members |= each.members
        # 4. Keys and sheets.
        members[bundle.KEYS] = whole(keys(register, self.authority))
        sheet = self._sheet(subject, made, zip(messages, found, strict=True), rows, heads)
        members |= {f"cover/{language}.html": whole(cover(sheet, language)) for language in Language}
        ids = tuple(dict.fromkeys(each.facts.message_id for each in found)) or (subject.value,)
        cosigned = any(each.cosigned for each in heads.rows)
        return Gathered(members, subject, made, ids, len(rows), heads.sizes, cosigned)

    async def tell(self, gathered: Gathered, operator: Operator, form: str, digest: bytes) -> None:
        """Who took the evidence and why is durable: to be awaited before the file is there."""
        look = Look(f"operator:{operator.who}", COMMAND, (gathered.subject.kind.value,))
        await Trail(self.store, self.clock).looked(look, gathered.message_ids)
        one = gathered.message_ids[0] if len(gathered.message_ids) == 1 else ""
        leaf = entry(
            "exported",
            self.clock.now(),
            self.clock.nonce(),
            message_id=one,
            subject=gathered.subject.kind.value,
            messages=len(gathered.message_ids),
            entries=gathered.entries,
            form=form,
            digest=digest,
            who=operator.who,
            why=operator.why,
            controls=["EA-3.5"],
        )
        await self.store.append(leaf)

    async def _entries(self, message_ids: Collection[str]) -> list[Row]:
        """Every entry about these messages; waited for until each has its place."""
        for _ in range(LOOKS):
            rows = {row["id"]: row for each in message_ids for row in await self.store.entries_about(each)}
            if all(row["position"] is not None for row in rows.values()):
                return [*rows.values()]
            await self.pause(PAUSE)
        raise rejected(ErrorCode.UNAVAILABLE, "log", say("evidence_waits"))

    async def _proofs(self, indices: Sequence[int], sizes: Sequence[int]) -> Members:
        """Of each leaf in the largest tree, and of each tree in the next larger one."""
        largest = sizes[-1]
        wanted = {f"inclusion/{each}": (proofs.inclusion_spans(each, largest), largest) for each in indices}
        for old, new in pairwise(sizes):
            wanted[f"consistency/{old}-{new}"] = proofs.consistency_spans(old, new), new
        needed = {tile for spans, size in wanted.values() for tile in proofs.needed(spans, size)}
        held = await self.store.tiles(sorted(needed))
        return {path: whole(_lines(proofs.made(spans, size, held))) for path, (spans, size) in wanted.items()}

    def _means(self, message: Exhibited, register: Register, *, bodies: bool) -> Means:
        """With the certificates that either side's signatures may name."""
        sides = (register.parties.get(message.header.sender), register.parties.get(message.header.recipient))
        known = [each for side in sides if side is not None for each in side.messages.known]
        own = [signer.chain[0] for signer in (*register.signers, *register.suites.values())]
        return Means(self.store.content, (*known, *own), bodies)

    def _sheet(
        self,
        subject: bundle.Subject,
        made: Micros,
        messages: "zip[tuple[Exhibited, Dossier]]",
        rows: Sequence[Row],
        heads: Heads,
    ) -> Sheet:
        register = self.register()
        at = {row["message_id"]: bundle.instant(row["at"]) for row in rows if row["kind"] == "delivered"}
        times = {row["position"]: bundle.instant(row["at"]) for row in rows}
        shown = [
            Shown(
                found.facts,
                message.header.agreement,
                (_named(register, found.facts.sender), _named(register, found.facts.recipient)),
                times[found.facts.leaf],
                at.get(found.facts.message_id, ""),
                tuple(_gone(register, message)),
                found.signers,
            )
            for message, found in messages
        ]
        return Sheet(
            subject,
            bundle.instant(made),
            _named(register, register.own.id),
            register.notary.origin,
            str(register.notary.signer.verifier),
            shown,
            [_line(row) for row in sorted(rows, key=lambda row: row["position"])],
            heads.vouched(),
        )


def _gone(register: Register, message: Exhibited) -> list[Gone]:
    """What was removed, with class and ground as the agreement has them now."""
    kinds = [kind for agreement in register.agreements for kind in agreement.messages.values()]
    rules = {rule.id: rule for kind in kinds if kind.type == message.header.action for rule in kind.restrictions}
    rows = json.loads(message.removed)
    return [
        Gone(row["rule"], row["path"], row["count"], *((rule.kind, rule.ground) if rule else ()))
        for row in rows
        for rule in (rules.get(row["rule"]),)
    ]


def _named(register: Register, party: str) -> str:
    found = next((each for each in register.parties.values() if each.id == party), None)
    return f"{party} ({found.authority})" if found else party


def _line(row: Row) -> Line:
    leaf: Mapping[str, object] = json.loads(bytes(row["body"]))
    faults = leaf.get("faults")
    codes = (
        [str(leaf.get("code") or "")]
        if not isinstance(faults, list)
        else [str(fault.get("code", "")) for fault in faults if isinstance(fault, dict)]
    )
    told = " ".join(dict.fromkeys(filter(None, codes)))
    return Line(row["position"], bundle.instant(row["at"]), row["kind"], told, tree.leaf_hash(bytes(row["body"])).hex())


def _lines(proof: proofs.Proof) -> bytes:
    """Base64, a line each (RFC 6962 hashes)."""
    return "".join(f"{base64.b64encode(each).decode()}\n" for each in proof).encode()
