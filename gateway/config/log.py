"""The delivery log's keys: our own from `[log]` of gateway.toml, partners' from `[log]` of their files (docs/evidence.md)."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import Field, StringConstraints

from gateway.config.faults import Faults
from gateway.config.strict import Strict
from gateway.config.units import Duration
from gateway.core.agreement import Register
from gateway.core.evidence.notary import Notary, PeerLog
from gateway.core.evidence.note import CosignSigner, Kind, Malformed, NoteSigner, Verifier
from gateway.core.names import PartyId
from gateway.flow.accounts import Terms

MaybeOrigin = Annotated[str, StringConstraints(pattern=r"^[^\s+]{0,200}$")]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
MAKE = "expected an Ed25519 key in PEM (`gateway log keys` makes it)"


class LogSection(Strict):
    """The delivery log: its keys, and how often partners witness it."""

    key: str = Field("keys/log.key", description="PEM: Ed25519 key that signs the log's checkpoints")
    witness_key: str = Field("keys/witness.key", description="PEM: Ed25519 key that cosigns partners' checkpoints")
    origin: MaybeOrigin = Field(
        "", description="the log's name in its checkpoints, with a new key a new log; absent: <domain>/log"
    )
    cosign_every: Duration = Field(
        timedelta(seconds=10), description="how often partners with a log are asked to cosign what is new"
    )
    gap_after: Duration = Field(
        timedelta(hours=72),
        description="how long a partner's message may be missing before it is alarmed; never less than its deadline",
    )
    reconcile_at: TimeOfDay = Field("01:00", description="UTC: when a day that is over is compared with every partner")

    @property
    def terms(self) -> Terms:
        """What is set about the accounts with partners."""
        hours, minutes = map(int, self.reconcile_at.split(":"))
        return Terms(self.gap_after, timedelta(hours=hours, minutes=minutes))


class PeerLogSection(Strict):
    """Where a party's log is, and by which keys its checkpoints and cosignatures are believed."""

    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+(/\S*)?$")] = Field(
        description="where its checkpoint and tiles are; its witness is under it"
    )
    key: str = Field(description="name+key id+base64 (C2SP signed-note): signs its checkpoints")
    witness: str = Field(description="name+key id+base64: cosigns ours")


def notary(folder: Path, section: LogSection, domain: str, faults: Faults) -> Notary | None:
    """Our keys; None, with the faults, where one cannot be used."""
    signing = _private(folder / section.key, faults)
    witnessing = _private(folder / section.witness_key, faults)
    if signing is None or witnessing is None:
        return None
    found = Notary(
        NoteSigner(section.origin or f"{domain}/log", signing), CosignSigner(f"{domain}/witness", witnessing)
    )
    if found.signer.verifier.public == found.witness.verifier.public:
        faults.add(folder / "gateway.toml", "log.witness_key", "the same key as log.key; expected one of its own")
    return found


def peer(path: Path, section: PeerLogSection | None, faults: Faults) -> PeerLog | None:
    """A party's log; None where it has none, or what is said about it cannot be used."""
    if section is None:
        return None
    key = _public(path, "log.key", section.key, Kind.NOTE, faults)
    witness = _public(path, "log.witness", section.witness, Kind.COSIGNATURE, faults)
    return PeerLog(section.url.rstrip("/"), key, witness) if key and witness else None


def check_own(path: Path, stated: PeerLog | None, notary: Notary | None, faults: Faults) -> None:
    """What our own party's file tells partners is what we sign with."""
    if stated is None or notary is None:
        return
    for key, said, ours in (
        ("log.key", stated.key, notary.signer.verifier),
        ("log.witness", stated.witness, notary.witness.verifier),
    ):
        if said != ours:
            faults.add(path, key, f"expected {ours}, which belongs to the key in gateway.toml")


def check_logs(folder: Path, register: Register, faults: Faults) -> None:
    """A log is one party's: a witness remembers a log by its name, and nobody counts as two witnesses."""
    owners: dict[str | bytes, PartyId] = {
        register.notary.origin: register.own.id,
        register.notary.signer.verifier.public: register.own.id,
        register.notary.witness.name: register.own.id,
        register.notary.witness.verifier.public: register.own.id,
    }
    for party_id, found in sorted(register.parties.items()):
        stated = [("log.key", found.log.key), ("log.witness", found.log.witness)] if found.log else []
        for setting, key in stated:
            mine: set[str | bytes] = {key.name, key.public}
            for other in sorted({owners[each] for each in mine if each in owners} - {party_id}):
                problem = f"{key} has the name or the key of {other}; expected its own"
                faults.add(folder / f"{party_id}.toml", setting, problem)
        for _, key in stated:
            owners.setdefault(key.name, party_id)
            owners.setdefault(key.public, party_id)
        if len({key.public for _, key in stated}) < len(stated):
            faults.add(folder / f"{party_id}.toml", "log.witness", "the same key as log.key; expected one of its own")


def _private(path: Path, faults: Faults) -> Ed25519PrivateKey | None:
    try:
        found = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        faults.add(path, "", MAKE)
        return None
    return found


def _public(path: Path, key: str, vkey: str, kind: Kind, faults: Faults) -> Verifier | None:
    try:
        found = Verifier.of(vkey)
    except Malformed as error:
        faults.add(path, key, f"{error}")
        return None
    if found.kind is not kind:
        faults.add(path, key, f"a key of type {found.kind.value}; expected type {kind.value}")
        return None
    return found
