"""Reads a configuration folder: gateway.toml, agreements/, parties/, keys; everything wrong is collected."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.config import certificates, codelists, log, pmodes, pulling, security, stamps, suites
from gateway.config.agreements import build_agreement
from gateway.config.faults import ConfigError, Faults
from gateway.config.models import AgreementFile, GatewayFile, PartyFile, SystemSection
from gateway.config.parsing import parse
from gateway.config.pmodes import Source
from gateway.config.shipped import shipped
from gateway.core.agreement import ANY, Agreement, Limits, Marks, Party, Register, Signing, System
from gateway.core.evidence.stamp import Authority
from gateway.core.names import Member, PartyId, SystemId
from gateway.core.rules.lists import CodeList
from gateway.core.salt import RedactionKey

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole configuration, read and checked."""

    folder: Path
    file: GatewayFile
    register: Register
    authority: Authority | None  # who stamps checkpoints

    def path(self, name: str) -> Path:
        """A path of gateway.toml, which is relative to it."""
        return self.folder / name

    @property
    def database(self) -> Path:
        """The database file."""
        return self.path(self.file.gateway.database)


def load(folder: Path, lists: Mapping[str, CodeList] | None = None) -> Settings:
    """The settings of the folder, with its code lists or these; ConfigError with every fault of every file."""
    faults = Faults()
    name = folder / "gateway.toml"
    file = parse(name, GatewayFile, faults)
    known = codelists.read(folder / "codelists", faults) if lists is None else lists
    concluded, whole = _agreements(folder, file, known, faults)
    agreements = tuple(agreement for agreement, _ in concluded)
    read = _parties(folder, faults)
    if file is None:
        raise ConfigError(*faults.found)
    parties = pmodes.agree(read, concluded, tuple(file.suite), file.gateway.party, faults)
    pulling.check(folder, parties, file.gateway.party, faults)
    systems = {SystemId(system.id): _system(folder, name, system, faults) for system in file.system}
    keys = _keys(folder, file, faults)
    _check_edges(folder, name, file, faults)
    _check_systems(name, file, faults)
    own = parties.get(PartyId(file.gateway.party))
    if own is None:
        faults.add(name, "gateway.party", f"no file parties/{file.gateway.party}.toml that can be used")
        raise ConfigError(*faults.found)
    limits = Limits(**file.limits.model_dump())
    marks = Marks.of(mark for agreement in agreements for mark in agreement.marks)
    suites.check(folder, file.suite, faults)
    held = security.own(folder, file.as4, (file.msh.certificate, file.msh.key), faults)
    notary = log.notary(folder, file.log, file.gateway.domain, faults)
    log.check_own(folder / "parties" / f"{own.id}.toml", own.log, notary, faults)
    if notary is None:
        raise ConfigError(*faults.found)
    authority = stamps.authority(folder, file.stamps, faults)
    named = (own, file.gateway.domain, parties, systems, agreements, limits, marks, keys, file.api.language)
    register = Register(*named, held.signers, openers=held.openers, notary=notary)
    if whole:  # what a faulty agreement would have held cannot be missed
        _check_register(folder, register, faults)
    faults.stop()
    return Settings(folder, file, register, authority)


def _agreements(
    folder: Path, file: GatewayFile | None, lists: Mapping[str, CodeList], faults: Faults
) -> tuple[list[tuple[Agreement, Source]], bool]:
    """The agreements that can be used, each with what it says about P-Modes, and whether that is all of them."""
    cache = (folder / file.gateway.database).parent / "schema-cache" if file else None
    roots = (folder / "xsd", shipped("xsd"))
    paths = sorted((folder / "agreements").glob("*.toml"))
    found = []
    for path in paths:
        parsed = parse(path, AgreementFile, faults)
        built = build_agreement(path, parsed, roots, cache, lists, faults) if parsed else None
        if parsed and built:
            found.append((built, Source(path, parsed.pmode)))
    return found, len(found) == len(paths)


def unused_agreement(settings: Settings, path: Path) -> Agreement:
    """An agreement file that is no part of the configuration yet; its schemas are looked for in the xsd/ beside it, too."""
    faults = Faults()
    roots = (path.resolve().parent.parent / "xsd", settings.folder / "xsd", shipped("xsd"))
    file = parse(path, AgreementFile, faults)
    cache = settings.database.parent / "schema-cache"
    lists = codelists.read(settings.folder / "codelists", faults)
    built = build_agreement(path, file, roots, cache, lists, faults) if file else None
    if built is None:
        raise ConfigError(*faults.found)
    return built


def _parties(folder: Path, faults: Faults) -> dict[PartyId, tuple[Party, Source]]:
    """The parties that can be used, each with what its file says about P-Modes."""
    parties = {}
    for path in sorted((folder / "parties").glob("*.toml")):
        file = parse(path, PartyFile, faults)
        if file is None:
            continue
        if path.stem != file.id:
            faults.add(path, "id", f"expected {path.stem}, the file's name")
        found = party(path, file, faults)
        if found is not None:
            parties[found.id] = (found, Source(path, file.pmode))
    return parties


def party(path: Path, file: PartyFile, faults: Faults) -> Party | None:
    """The party of a file and the PEM beside it."""
    pem = path.parent / file.certificate
    if file.certificate != f"{file.id}.pem":
        faults.add(path, "certificate", f"expected {file.id}.pem: a party's files have its name")
        return None
    try:
        found = certificates.read(pem)
    except (OSError, ValueError):
        faults.add(path, "certificate", f"{pem} is no PEM file with certificates")
        return None
    leaves = {certificate.fingerprint: certificate.pem for certificate in found if not certificate.issuer}
    if not leaves:
        faults.add(path, "certificate", f"{pem} holds only issuers; expected the party's own certificate first")
    messages = security.messages(path, file.id, file.certificate, file.messages, faults)
    return Party(
        PartyId(file.id),
        Member(file.member),
        file.authority,
        file.environment,
        file.endpoint,
        frozenset(file.agreements),
        leaves,
        "".join(certificate.pem for certificate in found if certificate.issuer),
        _signers(path, file, faults),
        pulling.pull(file.pull),
        messages=messages.trusted,
        readers=messages.readers,
        log=log.peer(path, file.log, faults),
    )


def _signers(path: Path, file: PartyFile, faults: Faults) -> dict[bytes, str]:
    """Who signs the party's documents, by fingerprint."""
    if file.signers in ("", f"{file.id}.signers.pem"):
        try:
            found = certificates.read(path.parent / file.signers) if file.signers else ()
            return {certificate.fingerprint: certificate.pem for certificate in found}
        except (OSError, ValueError):
            faults.add(path, "signers", f"{file.signers} is no PEM file with certificates")
    else:
        faults.add(path, "signers", f"expected {file.id}.signers.pem: a party's files have its name")
    return {}


def _system(folder: Path, path: Path, section: SystemSection, faults: Faults) -> System:
    prints: set[bytes] = set()
    for name in section.certificates:
        try:
            prints |= {certificate.fingerprint for certificate in certificates.read(folder / name)}
        except (OSError, ValueError):
            faults.add(path, f"system {section.id}: certificates", f"{name} is no PEM file with certificates")
    if not prints and not section.token_sha256:
        faults.add(path, f"system {section.id}", "expected token_sha256 or certificates: nothing proves this system")
    return System(
        SystemId(section.id),
        frozenset(bytes.fromhex(digest) for digest in section.token_sha256),
        frozenset(prints),
        frozenset(section.may_send),
        frozenset(section.receives),
        section.webhook,
        _text(folder, path, f"system {section.id}: webhook_ca", section.webhook_ca, faults),
        section.webhook_token,
    )


def _text(folder: Path, path: Path, key: str, name: str, faults: Faults) -> str:
    if not name:
        return ""
    try:
        return (folder / name).read_text()
    except OSError as error:
        faults.add(path, key, f"{name} cannot be read: {error.strerror}")
        return ""


def _keys(folder: Path, file: GatewayFile, faults: Faults) -> tuple[RedactionKey, ...]:
    """The redaction keys, the newest first."""
    names = [file.gateway.redaction_key, *file.gateway.older_redaction_keys]
    keys = tuple(RedactionKey(_secret(folder / name, faults)) for name in names)
    for number, key in enumerate(keys):
        if key in keys[:number]:
            faults.add(folder / names[number], "", "holds the same redaction key as another file")
    return keys


def _secret(path: Path, faults: Faults) -> bytes:
    try:
        secret = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        faults.add(path, "", f"expected {KEY_BYTES} random bytes in hex (`gateway init` writes them)")
    return secret


def _check_edges(folder: Path, path: Path, file: GatewayFile, faults: Faults) -> None:
    for name, edge in (("api", file.api), ("msh", file.msh)):
        files = (("certificate", edge.certificate), ("key", edge.key))
        missing = [(key, value) for key, value in files if not (folder / value).is_file()]
        for key, value in missing:
            faults.add(path, f"{name}.{key}", f"{folder / value} is not a file")
        if not missing and not certificates.belong_together(folder / edge.certificate, folder / edge.key):
            faults.add(path, f"{name}.key", f"{edge.key} is not the key of {edge.certificate}, or one is no PEM file")


def _check_systems(path: Path, file: GatewayFile, faults: Faults) -> None:
    """What the systems' tables say about each other: no id twice, no message type in two inboxes."""
    ids = [system.id for system in file.system]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        faults.add(path, "system.id", f"{name} stands twice")
    for message_type in sorted({found for system in file.system for found in system.receives}):
        named = [system.id for system in file.system if message_type in system.receives]
        if len(named) > 1:
            faults.add(path, "system.receives", f"{message_type} is named by {' and '.join(named)}; expected one inbox")


def _check_register(folder: Path, register: Register, faults: Faults) -> None:
    """What only shows when all files are seen together."""
    ids = {agreement.id for agreement in register.agreements}
    refs = [agreement.ref for agreement in register.agreements]
    for ref in {ref for ref in refs if refs.count(ref) > 1}:
        faults.add(folder / "agreements", "version", f"{ref} stands in two files")
    for party_id, found in register.parties.items():
        path = folder / "parties" / f"{party_id}.toml"
        for unknown in sorted(found.agreements - ids):
            faults.add(path, "agreements", f"no agreement {unknown}; there are: {', '.join(sorted(ids)) or 'none'}")
        for agreement in register.agreements:
            if agreement.id in found.agreements and found.member not in agreement.members:
                faults.add(path, "member", f"{found.member} is no member of {agreement.ref}")
            if agreement.id in found.agreements and agreement.signing is Signing.REQUIRED and not found.signers:
                faults.add(
                    path, "signers", f"{agreement.ref} demands signed documents; expected {party_id}.signers.pem"
                )
    _check_owners(folder, register, faults)
    _check_types(folder / "gateway.toml", register, faults)


def _check_owners(folder: Path, register: Register, faults: Faults) -> None:
    """A certificate proves one party: of two that show the same one, nobody could tell who is calling."""
    owners: dict[bytes, PartyId] = {}
    for party_id, found in sorted(register.parties.items()):
        for digest in found.certificates:
            if digest in owners:
                problem = f"{digest.hex()} is {owners[digest]}'s, too; expected one of its own"
                faults.add(folder / "parties" / f"{party_id}.toml", "certificate", problem)
            owners.setdefault(digest, party_id)
    log.check_logs(folder / "parties", register, faults)


def _check_types(path: Path, register: Register, faults: Faults) -> None:
    """Every named message type exists, and every existing one has an inbox."""
    types = {kind.type for agreement in register.agreements for kind in agreement.messages.values()}
    for system in register.systems.values():
        for message_type in sorted((system.may_send | system.receives) - types - {ANY}):
            faults.add(path, f"system {system.id}", f"no message type {message_type} in any agreement")
    missing = sorted(kind for kind in types if register.receiver(kind) is None)
    if missing:
        faults.add(path, "system.receives", f"no system receives {', '.join(missing)}")
