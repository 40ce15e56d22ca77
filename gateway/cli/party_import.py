"""`gateway party import`: a partner's files made from its certificate and address, or from its Domibus P-Mode."""

import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from cryptography import x509

from gateway.cli.looking import configured
from gateway.cli.output import FOUND, HERE, REFUSED, UNREACHABLE, USAGE, Folder, Json, console, fail, print_json
from gateway.cli.party_export import Product
from gateway.cli.party_take import take, usable
from gateway.cli.setup import party_files
from gateway.config.load import Settings
from gateway.core.pmode import PROFILES
from gateway.examine import fetch as fetched
from gateway.flow.probing import BARE
from gateway.onboarding import chains
from gateway.onboarding.domibus_read import File, FormError
from gateway.onboarding.partyfile import SAID, Drafted, Taken, Value, taken, text

Certificates = Annotated[
    list[Path] | None, typer.Option(help="PEM, DER or P7B: its TLS certificate and issuers; several times")
]
MessageCertificates = Annotated[
    list[Path] | None, typer.Option(help="the same of its messages, where they are others; several times")
]
Us = Annotated[str, typer.Option(help="with --domibus: which party of the file we are; absent: by our PartyId")]
Agreements = Annotated[
    list[str] | None,
    typer.Option(help="id of an agreement in use with it; several times; absent: all of its member"),
]
Runs = Annotated[Product, typer.Option(help="what it runs; only a gateway of this kind knows all our properties")]
Replace = Annotated[
    bool, typer.Option("--replace", help="change a party that is there: what is not said anew stays as it was")
]
COMPARE = "compare with what the partner tells you over another channel: nothing here proves whose they are"
SEPARATORS = " :"
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # as `id` of a party's file


@dataclass(frozen=True, slots=True)
class Imported:
    """What goes into the partner's files, and what the operator has to know."""

    drafted: Drafted
    tls: tuple[x509.Certificate, ...]
    messages: tuple[x509.Certificate, ...]  # empty: those of TLS
    remarks: tuple[str, ...]

    @property
    def certificates(self) -> Iterator[tuple[str, x509.Certificate]]:
        """Every certificate with its use."""
        for use, found in (("TLS", self.tls), ("messages", self.messages)):
            for certificate in found:
                yield use, certificate


def import_party(  # noqa: PLR0913, PLR0917 - what has to be known about a partner
    party_id: Annotated[str, typer.Option("--id", help="PartyId: the file's name; absent: what the P-Mode says")] = "",
    member: Annotated[str, typer.Option(help="the state, ISO 3166-1 alpha-2")] = "",
    authority: Annotated[str, typer.Option(help="the customs service that operates it")] = "",
    endpoint: Annotated[
        str, typer.Option(help="https://… where its AS4 messages are posted; absent: the P-Mode's")
    ] = "",
    certificate: Certificates = None,
    message_certificate: MessageCertificates = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="ask the endpoint for its certificates and show them")] = False,  # noqa: FBT002 - a switch
    fingerprint: Annotated[str, typer.Option(help="with --fetch: the SHA-256 that the partner told you")] = "",
    domibus: Annotated[Path | None, typer.Option(help="the partner's Domibus P-Mode file")] = None,
    product: Runs = Product.GATEWAY,
    party: Annotated[str, typer.Option(help="with --domibus: which party of the file; absent: whose file it is")] = "",
    us: Us = "",
    profile: Annotated[str, typer.Option(help=f"{', '.join(PROFILES)}; absent: the P-Mode's, or the default")] = "",
    agreement: Agreements = None,
    replace: Replace = False,  # noqa: FBT002 - a command-line switch
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Make a partner's files from its certificate and endpoint, or from its Domibus P-Mode; compare the fingerprints."""
    settings = usable(config)
    found = _domibus(settings, domibus, party, us) if domibus else None
    name = party_id or (found.partner.id if found else "")
    before = _before(config, name, replace=replace)
    if found and before:
        before = {**before, "pull": {}, "pmode": {k: v for k, v in before.get("pmode", {}).items() if k not in SAID}}
    if found or product is not Product.GATEWAY:  # no other product has a log, or takes what messages tell about ours
        before = {key: value for key, value in before.items() if key != "log"}
    known = {key: str(before.get(key, "")) for key in ("member", "authority", "endpoint")}
    address = endpoint or (found.partner.endpoint if found else known["endpoint"])
    member, authority = member or known["member"], authority or known["authority"]
    _required(name=name, member=member, authority=authority, endpoint=address)
    tls = _fetched(settings, address, fingerprint) if fetch else _read(certificate or [], needed=not before)
    messages = _read(message_certificate or [], needed=False)
    pmode = {**_identities(found, name, settings, us), **(found.pmode if found else {}), **_chosen(profile, product)}
    used, remarks = _agreements(settings, found, member, agreement or before.get("agreements", []))
    environment = str(before.get("environment", settings.register.own.environment.value))
    pulled_from = found.pulled_from if found else ""
    drafted = Drafted(name, member, authority, environment, address, used, pmode, pulled_from, bool(messages))
    remarks = [*(found.remarks if found else ()), *remarks]
    _take(config, Imported(drafted, tls, messages, tuple(remarks)), before, as_json=as_json)


def _before(config: Path, name: str, *, replace: bool) -> dict[str, Any]:
    """What the party's file says already; without --replace there must be none."""
    path = config / "parties" / f"{name}.toml"
    if not FILE_NAME.fullmatch(name) or not path.exists():
        return {}
    if not replace:
        fail(USAGE, f"{name} is there already; with --replace what is said now takes the place of what was")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _chosen(profile: str, product: Product) -> dict[str, Value]:
    rows: dict[str, Value] = {"profile": profile} if profile else {}
    return rows if product is Product.GATEWAY else {**rows, "gateway_properties": False}


def _required(**given: str) -> None:
    missing = [f"--{'id' if name == 'name' else name}" for name, value in given.items() if not value]
    if missing:
        fail(USAGE, f"expected {', '.join(missing)}")
    if not FILE_NAME.fullmatch(given["name"]):
        fail(USAGE, f"{given['name']} cannot be the name of a file: say --id, its PartyId on the wire stays as it is")
    if not _is_https(given["endpoint"]):
        fail(USAGE, f"{given['endpoint']}: expected https://host[:port]/path")


def _is_https(endpoint: str) -> bool:
    try:
        url = urlsplit(endpoint)
        return url.scheme == "https" and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def _domibus(settings: Settings, path: Path, party: str, us: str) -> Taken:
    """What the P-Mode file says; a file that is none ends the command."""
    own = us or settings.register.own.id
    messages = {
        (kind.service, kind.type) for agreement in settings.register.agreements for kind in agreement.messages.values()
    }
    try:
        file = File(path.read_bytes())
        return taken(file.between(file.choose(party, own), own), file.us(own), messages)
    except (OSError, FormError) as error:
        fail(USAGE, f"{path}: {error}")


def _identities(found: Taken | None, name: str, settings: Settings, us: str) -> dict[str, Value]:
    """PartyIds on the wire, where they are not the names of the files."""
    rows: dict[str, Value] = {}
    if found and found.partner.id != name:
        rows["party_id"] = found.partner.id
    if found and us and found.own_id not in ("", settings.register.own.id):
        rows["own_party_id"] = found.own_id
    return rows


def _agreements(
    settings: Settings, found: Taken | None, member: str, wanted: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The agreements' ids, and what does not fit."""
    known = [each for each in settings.register.agreements if member in each.members]
    fits = [each for each in known if not found or not found.refs or each.ref in found.refs]
    ids = list(wanted) or sorted({each.id for each in fits})
    remarks = [] if ids else [f"no agreement in use: no agreement here has the member {member} and what the file names"]
    strange = sorted((found.refs if found else frozenset()) - {each.ref for each in known})
    remarks += [
        f"AgreementRef {ref} is none of ours: say pmode.agreement_ref, or the partner changes it" for ref in strange
    ]
    return ids, remarks


def _read(files: Sequence[Path], *, needed: bool) -> tuple[x509.Certificate, ...]:
    if not files and needed:
        fail(USAGE, "expected --certificate FILE, or --fetch to see what the endpoint shows")
    found: list[x509.Certificate] = []
    for path in files:
        try:
            found += chains.certificates(path.read_bytes())
        except (OSError, ValueError) as error:
            fail(USAGE, f"{path}: {error}")
    return chains.ordered(found)


def _fetched(settings: Settings, endpoint: str, fingerprint: str) -> tuple[x509.Certificate, ...]:
    """The chain that the endpoint sends, where its leaf has the fingerprint that was told; else it is only shown."""
    met = fetched(settings, endpoint)
    if BARE not in met.shakes or not met.shakes[BARE].succeeded:
        fault = met.shakes[BARE].fault if met.shakes else "the name is not known"
        fail(UNREACHABLE, f"{endpoint}: {fault}")
    chain = tuple(x509.load_der_x509_certificate(each) for each in met.shakes[BARE].chain)
    told = fingerprint.translate(str.maketrans("", "", SEPARATORS)).lower()
    if told == chains.fingerprint(chain[0]):
        return chains.ordered(chain)
    for each in chain:
        console.print(_shown("TLS", each), highlight=False, markup=False, soft_wrap=True)
    if told:
        fail(REFUSED, f"{endpoint} does not show the certificate {told}; nothing is imported")
    console.print(f"{COMPARE}; then repeat with --fingerprint", highlight=False, soft_wrap=True)
    raise typer.Exit(FOUND)


def _take(config: Folder, imported: Imported, before: Mapping[str, Any], *, as_json: bool) -> None:
    drafted = imported.drafted
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{drafted.id}.toml"
        if before:
            for path in party_files(config / "parties" / file.name):
                shutil.copyfile(path, file.with_name(path.name))
        file.write_text(text(drafted, before), encoding="utf-8")
        if imported.tls:
            file.with_suffix(".pem").write_bytes(chains.pem(imported.tls))
        if imported.messages:
            file.with_suffix(".as4.pem").write_bytes(chains.pem(imported.messages))
        take(config, file)
    configured(config, "party import", drafted.id)
    rows = [
        {"use": use, "fingerprint": chains.fingerprint(each), **_facts(each)} for use, each in imported.certificates
    ]
    if as_json:
        facts = {"party": drafted.id, "endpoint": drafted.endpoint, "agreements": list(drafted.agreements)}
        print_json({**facts, "pmode": drafted.pmode, "certificates": rows, "remarks": list(imported.remarks)})
        return
    for line in _lines(imported):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _lines(imported: Imported) -> Iterator[str]:
    drafted = imported.drafted
    yield f"{drafted.id} imported: {drafted.endpoint}, {', '.join(drafted.agreements) or 'no agreement'}"
    for key, value in drafted.pmode.items():
        yield f"  pmode.{key} = {value if isinstance(value, str | bool) else ', '.join(value)}"
    for use, certificate in imported.certificates:
        yield _shown(use, certificate)
    yield COMPARE
    for remark in imported.remarks:
        yield f"look: {remark}"
    yield f"next: `gateway ping {drafted.id}`; `gateway party export {drafted.id}` writes what the partner needs"


def _shown(use: str, certificate: x509.Certificate) -> str:
    facts = _facts(certificate)
    return (
        f"{use} {chains.fingerprint(certificate)}\n  {facts['subject']}, from {facts['issuer']}, until {facts['until']}"
    )


def _facts(certificate: x509.Certificate) -> dict[str, str]:
    return {
        "subject": certificate.subject.rfc4514_string(),
        "issuer": certificate.issuer.rfc4514_string(),
        "until": certificate.not_valid_after_utc.strftime("%Y-%m-%d"),
    }
