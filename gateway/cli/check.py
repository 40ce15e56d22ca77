"""`gateway check`: whether the configuration is usable, and what it says."""

from datetime import UTC, datetime

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.boot import opened
from gateway.cli.output import CONFIG, DONE, FOUND, HERE, Folder, Json, console, fail, print_json, run, show
from gateway.config import certificates, security, tls
from gateway.config.faults import ConfigError
from gateway.config.load import Settings, load
from gateway.core.agreement import Party
from gateway.core.ebms import iso
from gateway.core.names import SECOND, Micros
from gateway.flow.ports_stamps import Standing
from gateway.flow.stamping import stop


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(command)


def command(config: Folder = HERE, as_json: Json = False) -> None:  # noqa: FBT002 - a command-line switch
    """Check configuration, schemas, restricted paths and certificates; say what was found."""
    try:
        settings = load(config)
        tls.msh_context(settings)
        tls.api_context(settings)
    except ConfigError as error:
        if as_json:
            print_json({"faults": [{"file": str(f.file), "key": f.key, "problem": f.problem} for f in error.faults]})
            raise typer.Exit(CONFIG) from None
        fail(CONFIG, *map(str, error.faults))
    found, warnings = _agreements(settings), _warnings(settings) + _stamps(settings)
    if as_json:
        print_json(
            {
                "agreements": found,
                "parties": parties(settings),
                "warnings": warnings,
                "not_enforced": _unenforced(settings),
            }
        )
    else:
        _print(settings, found, warnings)
    raise typer.Exit(FOUND if warnings else DONE)


def _print(settings: Settings, found: list[dict[str, object]], warnings: list[str]) -> None:
    show(
        found,
        [
            "agreement",
            "type",
            "version",
            "valid_from",
            "valid_until",
            "restrictions",
            "rules",
            "priority",
            "deliver_within",
        ],
        as_json=False,
    )
    show(
        parties(settings),
        ["party", "member", "environment", "endpoint", "use", "fingerprint", "expires_at", "state"],
        as_json=False,
    )
    for note in _unenforced(settings):
        console.print(note, highlight=False)
    for warning in warnings:
        console.print(warning, style="yellow", highlight=False)


def _agreements(settings: Settings) -> list[dict[str, object]]:
    return [
        {
            "agreement": agreement.ref,
            "type": kind.type,
            "version": kind.version,
            "valid_from": str(kind.valid_from),
            "valid_until": str(kind.valid_until or ""),
            "schema": kind.root,
            "restrictions": len(kind.restrictions),
            "rules": len({rule.id for rule in kind.rules}),
            "priority": kind.priority.name.lower(),
            "deliver_within": str(kind.deliver_within),
        }
        for agreement in settings.register.agreements
        for kind in agreement.messages.values()
    ]


def parties(settings: Settings) -> list[dict[str, object]]:
    """Every party and each of its certificates."""
    register = settings.register
    return [
        {
            "party": party.id + (" (own)" if party.id == register.own.id else ""),
            "member": party.member,
            "authority": party.authority,
            "environment": party.environment.value,
            "endpoint": party.endpoint,
            "agreements": ", ".join(sorted(party.agreements)),
            "use": use,
            **_certificate(pem),
        }
        for party in register.parties.values()
        for pem, use in _uses(party).items()
    ]


def _uses(party: Party) -> dict[str, str]:
    """Every certificate of the party, once, with all that it is used for."""
    known = [("connects", pem) for pem in party.certificates.values()]
    known += [("messages", _pem(each)) for each in party.readers]
    known += [("issues messages' certificates", _pem(each)) for each in party.messages.anchors]
    known += [("signs documents", pem) for pem in party.signers.values()]
    found: dict[str, str] = {}
    for use, pem in known:
        found[pem] = f"{found[pem]}, {use}" if pem in found else use
    return found


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _certificate(pem: str) -> dict[str, object]:
    now = datetime.now(UTC)  # noqa: TID251 - a command looks at the calendar
    (certificate,) = certificates.parse(pem.encode())
    return {
        "subject": certificate.subject,
        "fingerprint": certificate.fingerprint.hex(),
        "expires_at": int(certificate.not_after.timestamp()) * 1_000_000,
        "state": certificate.state(now),
    }


def _unenforced(settings: Settings) -> list[str]:
    """Optional rules whose code list the operator has not brought: agreed, but not a fault."""
    return [
        f"{agreement.ref}: rule {rule} is not enforced: its code list is missing or a subset (`gateway codelist import`)"
        for agreement in settings.register.agreements
        for rule in sorted({rule for kind in agreement.messages.values() for rule in kind.unenforced})
    ]


def _stamps(settings: Settings) -> list[str]:
    """What keeps checkpoints from being stamped, and whether anything is accepted meanwhile."""
    authority = settings.authority
    if authority is None:
        return []
    (own,) = certificates.parse(authority.certificates[0].public_bytes(Encoding.PEM))
    state = own.state(datetime.now(UTC))  # noqa: TID251 - a command looks at the calendar
    found = [] if state == "valid" else [f"stamps: the authority's certificate {state}"]

    async def standing() -> tuple[Standing | None, Micros]:
        async with opened(settings) as (store, _, clock):
            return await store.stamping(), clock.now()

    known, now = run(standing) if settings.database.is_file() else (None, Micros(0))
    if known is None:
        return found
    if known.missing:
        found.append(f"stamps: none since {iso(known.since)}: {authority.url} gives none")
    end = stop(authority, known)
    if end is not None and end <= now:
        found.append(f"stamps: nothing is accepted since {iso(end)} (stamps.stop_after)")
    return found


def _warnings(settings: Settings) -> list[str]:
    now = datetime.now(UTC)  # noqa: TID251 - a command looks at the calendar
    register = settings.register
    found = [
        f"{row['party']}: certificate ({row['use']}) {row['state']}"
        for row in parties(settings)
        if row["state"] != "valid"
    ]
    found += [
        f"agreement {agreement.ref} is not in force today"
        for agreement in register.agreements
        if not agreement.in_force(now.date())
    ]
    found += [
        f"{agreement.ref}: no version of {name} is in force today"
        for agreement in register.agreements
        for name in sorted({kind.type for kind in agreement.messages.values()})
        if not any(kind.in_force(now.date()) for kind in agreement.messages.values() if kind.type == name)
    ]
    if register.own.log is None and any(party.log for party in register.parties.values()):
        found.append(
            f"{register.own.id}: no [log] in its file: no partner can witness this log (`gateway log keys` prints it)"
        )
    found += [
        f"{party.id}: environment {party.environment.value}, this gateway is {register.own.environment.value}"
        for party in register.parties.values()
        if party.environment is not register.own.environment
    ]
    unknown = {signer.chain[0] for signer in register.signers} - set(register.own.readers)
    found += security.unsuited(register)
    found += security.stale(register, Micros(int(now.timestamp()) * SECOND))
    return found + [
        f"{register.own.id}: partners do not know {each.subject.rfc4514_string()}, which signs messages: "
        f"it is not in the PEM that [messages] of parties/{register.own.id}.toml names"
        for each in unknown
    ]
