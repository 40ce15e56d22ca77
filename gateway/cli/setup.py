"""Writes the configuration of a new service: files, key pair, redaction key, a token for its first system."""

import hashlib
import json
import os
import secrets
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from gateway.cli import keys
from gateway.cli.keys import Kind, Owner
from gateway.config import log
from gateway.config.faults import ConfigError, Faults
from gateway.config.log import LogSection
from gateway.config.shipped import shipped

MESSAGE_KEYS = ("as4.key", "as4-opens.key")
LOG_KEYS = ("log.key", "witness.key")


@dataclass(frozen=True, slots=True)
class Service:
    """What has to be known about a new service."""

    party: str
    member: str
    authority: str
    host: str
    api_port: int
    msh_port: int
    environment: str = "test"
    system: str = "national"
    key: Kind = Kind.EC

    @property
    def owner(self) -> Owner:
        """Whose keys are made."""
        return Owner(self.party, self.member, self.authority)

    @property
    def endpoint(self) -> str:
        """Where partners post."""
        return f"https://{self.host}:{self.msh_port}/msh"

    @property
    def log_url(self) -> str:
        """Where partners find its log."""
        return f"https://{self.host}:{self.msh_port}/log"

    @property
    def domain(self) -> str:
        """The right-hand side of its MessageIds."""
        return f"{self.party.lower()}.gateway"


def write(folder: Path, service: Service) -> str:
    """A complete configuration in an empty folder; the token of the first system, which is nowhere else."""
    if folder.exists() and any(folder.iterdir()):
        message = f"{folder} is not empty"
        raise FileExistsError(message)
    for name in ("agreements", "codelists", "parties", "keys", "xsd"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for agreement in sorted((shipped("config") / "agreements").glob("*.toml")):
        text = agreement.read_text().replace('environment = "test"', f'environment = "{service.environment}"', 1)
        (folder / "agreements" / agreement.name).write_text(text)
    for codes in (shipped("config") / "codelists").glob("*.toml"):
        shutil.copyfile(codes, folder / "codelists" / codes.name)
    private(folder / "keys" / "redaction.key", secrets.token_hex(32).encode())
    certificate, key = key_pair(service)
    (folder / "parties" / f"{service.party}.pem").write_bytes(certificate)
    private(folder / "keys" / "gateway.key", key)
    pairs = keys.messaging(service.owner, service.key)
    (folder / "parties" / f"{service.party}.as4.pem").write_bytes(b"".join(pair.certificate for pair in pairs))
    for name, pair in zip(MESSAGE_KEYS, pairs, strict=False):
        private(folder / "keys" / name, pair.key)
    for name in LOG_KEYS:
        private(folder / "keys" / name, keys.sealing())
    (folder / "parties" / f"{service.party}.toml").write_text(
        _party(service, log_table(folder, service.domain, service.log_url))
    )
    token = secrets.token_urlsafe(32)
    (folder / "gateway.toml").write_text(_gateway(service, token))
    return token


def log_table(folder: Path, domain: str, url: str, section: LogSection | None = None) -> str:
    """What partners have to know of the log with these keys, as the table of the party's own file."""
    faults = Faults()
    notary = log.notary(folder, section or LogSection(), domain, faults)
    if notary is None:
        raise ConfigError(*faults.found)
    return f"""\
[log]
url = {_text(url)}
key = {_text(str(notary.signer.verifier))}
witness = {_text(str(notary.witness.verifier))}
"""


def key_pair(service: Service) -> tuple[bytes, bytes]:
    """A self-signed certificate and its key, for both edges and for calling partners."""
    pair = keys.connecting(service.owner, service.host)
    return pair.certificate, pair.key


def add_party(folder: Path, source: Path) -> None:
    """The partner's file and the PEM files it names are in parties/; each appears whole, the PEM files first."""
    for path in party_files(source):
        target = folder / "parties" / path.name
        temporary = target.with_suffix(".new")
        shutil.copyfile(path, temporary)
        temporary.replace(target)


def remove_party(folder: Path, party: str) -> None:
    """The partner's file is gone, then its PEM files."""
    *named, path = party_files(folder / "parties" / f"{party}.toml")
    path.unlink()
    for pem in named:
        pem.unlink(missing_ok=True)


def party_files(path: Path) -> list[Path]:
    """The PEM files that a party's file names, which lie beside it, then the file itself."""
    return [*_named(path), path]


def _named(path: Path) -> list[Path]:
    """The PEM files beside a party's file that it names."""
    found = tomllib.loads(path.read_text())
    messages = found.get("messages", {})
    names = [found.get(key) for key in ("certificate", "signers")]
    names += [messages.get(key) for key in ("certificate", "issuers", "crl")]
    return [path.parent / str(name) for name in dict.fromkeys(names) if name]


def private(path: Path, content: bytes) -> None:
    """The file is there, for its owner alone; it was not there before."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _party(service: Service, told: str) -> str:
    agreements = [path.stem for path in sorted((shipped("config") / "agreements").glob("*.toml"))]
    return f"""\
# {service.authority}: give this file and the PEM files beside it to your partners.
id = {_text(service.party)}
member = {_text(service.member)}
authority = {_text(service.authority)}
environment = {_text(service.environment)}
endpoint = {_text(service.endpoint)}
certificate = {_text(service.party + ".pem")}
agreements = {json.dumps(agreements)}

[messages]
certificate = {_text(service.party + ".as4.pem")}

{told}"""


def _gateway(service: Service, token: str) -> str:
    digest = hashlib.sha256(token.encode()).hexdigest()
    edge = (
        f'host = {_text(service.host)}\ncertificate = {_text(f"parties/{service.party}.pem")}\nkey = "keys/gateway.key"'
    )
    pair = f'certificate = {_text(f"parties/{service.party}.as4.pem")}\nkey = "keys/{{key}}"'
    opens = f"\n[[as4.opens]]\n{pair.format(key=MESSAGE_KEYS[1])}\n" if service.key is Kind.ED25519 else ""
    return f"""\
# Every setting with its meaning and default: docs/reference.md
[gateway]
party = {_text(service.party)}
domain = {_text(service.domain)}

[api]  # national systems
port = {service.api_port}
{edge}

[msh]  # partners
port = {service.msh_port}
{edge}

[as4]  # messages
{pair.format(key=MESSAGE_KEYS[0])}
{opens}
[[system]]
id = {_text(service.system)}
token_sha256 = ["{digest}"]
may_send = ["*"]
receives = ["*"]
"""


def _text(value: str) -> str:
    """A TOML string: JSON's form is one, too."""
    return json.dumps(value, ensure_ascii=False)
