"""What a configuration is, in digests: the delivery log says which part of it changed, and never what stands in it."""

import functools
from collections.abc import Iterable, Mapping
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.config.load import Settings
from gateway.config.models import GatewayFile
from gateway.config.shipped import PACKAGE

COUNTED = (".toml", ".pem", ".xsd", ".key")
COMPARED = ("agreements", "schemas", "parties", "codelists", "keys")
AFTER_RESTART = (
    "gateway.database",
    "gateway.domain",
    "gateway.reload_every",
    "api.host",
    "api.port",
    "msh.host",
    "msh.port",
    "delivery",
    "limits.inline",
    "limits.memory",
    "as4.revocation_every",
    "log.key",
    "log.witness_key",
    "log.origin",
)
Standing = dict[str, Any]


def whole(folder: Path) -> str:
    """A digest over every configuration file: keys are in it only as digests."""
    return _digest(folder, (path for path in folder.rglob("*") if path.suffix in COUNTED))


def standing(settings: Settings) -> Standing:
    """The whole, and each agreement, schema set, party, code list and key by its name."""
    folder = settings.folder
    return {
        "configuration": whole(folder),
        "agreements": _each(folder / "agreements", (".toml",)),
        "schemas": {path.name: _digest(path, path.rglob("*.xsd")) for path in _folders(folder / "xsd")},
        "parties": _parties(folder / "parties"),
        "codelists": _each(folder / "codelists", (".toml",)),
        "keys": _keys(settings),
    }


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Which names came, went or mean something else; nothing where nothing is known of before."""
    if "keys" not in before:
        return {}
    found = {
        kind: _compared(before.get(kind) or {}, now[kind]) for kind in COMPARED
    }  # what is empty is left out of a leaf
    return {kind: rows for kind, rows in found.items() if rows}


def later(old: GatewayFile, new: GatewayFile) -> list[str]:
    """The changed keys that only a restart takes over."""
    return [key for key in AFTER_RESTART if attrgetter(key)(old) != attrgetter(key)(new)]


@functools.cache
def build() -> str:
    """A digest over every file of the installed program: which software it is, whatever it says of itself."""
    files = (path for path in PACKAGE.rglob("*") if "__pycache__" not in path.parts)
    return _digest(PACKAGE, files)


def _digest(folder: Path, paths: Iterable[Path]) -> str:
    """SHA-256 over a line for each file: its name, and the SHA-256 of its bytes."""
    digest = sha256()
    for path in sorted(paths):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)} {sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _each(folder: Path, suffixes: tuple[str, ...]) -> dict[str, str]:
    return {path.stem: _digest(folder, [path]) for path in sorted(folder.glob("*")) if path.suffix in suffixes}


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_dir())


def _parties(folder: Path) -> dict[str, str]:
    """Each party's file with the PEM files that have its name."""
    ids = sorted(path.stem for path in folder.glob("*.toml"))
    owned: dict[str, list[Path]] = {name: [folder / f"{name}.toml"] for name in ids}
    for path in sorted(folder.glob("*.pem")):
        owners = [name for name in ids if path.name.startswith(f"{name}.")]
        if owners:
            owned[max(owners, key=len)].append(path)
    return {name: _digest(folder, paths) for name, paths in owned.items()}


def _keys(settings: Settings) -> dict[str, str]:
    """Public names of the keys that vouch for something: the log's own, the redaction key, those of messages."""
    register = settings.register
    signers = sorted(_certificate(signer.chain[0]) for signer in register.signers)
    return {
        "log": str(register.notary.signer.verifier),
        "witness": str(register.notary.witness.verifier),
        "redaction": " ".join(key.id for key in register.keys),
        "messages": " ".join(signers),
    }


def _certificate(found: x509.Certificate) -> str:
    return found.fingerprint(SHA256()).hex()


def _compared(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, list[str]]:
    rows = {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "changed": sorted(name for name in new.keys() & old.keys() if new[name] != old[name]),
    }
    return {how: names for how, names in rows.items() if names}
