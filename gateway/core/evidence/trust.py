"""Whom a verifier trusts: the keys of logs and witnesses, time-stamp authorities, the parties' certificates (trust.toml).

Whoever wrote the evidence must not have a say in this: the file comes from somewhere else.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Self

from cryptography import x509

from gateway.core.evidence.note import Kind, Malformed, Verifier

FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Misread(ValueError):  # noqa: N818 - as Malformed
    """Every key of the file that is not as it must be."""

    def __init__(self, faults: list[str]) -> None:
        """Each says where and what was expected."""
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """A party's log, and how many of which witnesses must have cosigned it."""

    party: str
    key: Verifier
    cosigners: tuple[Verifier, ...] = ()
    quorum: int = 0


@dataclass(frozen=True, slots=True)
class Trust:
    """Everybody who is trusted."""

    logs: tuple[TrustedLog, ...] = ()
    authorities: tuple[str, ...] = ()  # PEM, each with its issuers
    parties: Mapping[str, frozenset[str]] | None = None  # SHA-256 of certificates; None: nobody said

    @classmethod
    def of(cls, text: str) -> Self:
        """What the file says; Misread where a key is missing, unknown or of another form."""
        try:
            found = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise Misread([str(error)]) from None
        reader = _Reader([])
        rows = {name: reader.rows(found, name) for name in SHAPES}
        reader.unknown("", found, SHAPES)
        logs = tuple(reader.log(where, row) for where, row in rows["log"])
        authorities = tuple(reader.value(where, row, "certificate", _certificate) for where, row in rows["authority"])
        parties: dict[str, frozenset[str]] = {}
        for where, row in rows["party"]:
            name = reader.value(where, row, "id", _name)
            parties[name] = parties.get(name, frozenset()) | reader.value(where, row, "certificates", _fingerprints)
        if reader.faults:
            raise Misread(reader.faults)
        rest = cls((), authorities, parties if "party" in found else None)
        return reduce(cls.joined, (cls((each,)) for each in logs), rest)

    def log(self, origin: str) -> TrustedLog | None:
        """The trusted log of that name."""
        return next((each for each in self.logs if each.key.name == origin), None)

    def names(self) -> frozenset[str]:
        """Every party that is trusted."""
        return frozenset({*(self.parties or {}), *(each.party for each in self.logs)})

    def certificates(self, party: str) -> frozenset[str] | None:
        """The fingerprints of the party's certificates; None where nobody says them."""
        return (self.parties or {}).get(party)

    def joined(self, other: Self) -> Self:
        """Both: a log that both name has the cosigners of both, and the larger quorum; Misread where its key is another."""
        logs = {each.key.name: each for each in self.logs}
        for each in other.logs:
            known = logs.get(each.key.name, each)
            if known.key != each.key:
                raise Misread([f"log {each.key.name}: it is named twice, with different keys"])
            cosigners = tuple(dict.fromkeys((*known.cosigners, *each.cosigners)))
            logs[each.key.name] = replace(known, cosigners=cosigners, quorum=max(known.quorum, each.quorum))
        names = [*(self.parties or {}), *(other.parties or {})]
        told = self.parties is not None or other.parties is not None
        parties = {
            name: (self.certificates(name) or frozenset()) | (other.certificates(name) or frozenset()) for name in names
        }
        authorities = tuple(dict.fromkeys((*self.authorities, *other.authorities)))
        return type(self)(tuple(logs.values()), authorities, parties if told else None)


SHAPES = {
    "log": frozenset({"party", "key", "cosigners", "quorum"}),
    "authority": frozenset({"certificate"}),
    "party": frozenset({"id", "certificates"}),
}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads tables and remembers what is wrong with them."""

    faults: list[str]

    def rows(self, found: Mapping[str, Any], name: str) -> list[tuple[str, dict[str, Any]]]:
        value = found.get(name, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self.faults.append(f"{name}: expected [[{name}]] tables")
            return []
        rows = [(f"{name}[{n}].", row) for n, row in enumerate(value, 1)]
        for where, row in rows:
            self.unknown(where, row, SHAPES[name])
        return rows

    def unknown(self, where: str, row: Mapping[str, Any], known: Mapping[str, object] | frozenset[str]) -> None:
        self.faults.extend(f"{where}{key}: no such key" for key in row if key not in known)

    def value(self, where: str, row: Mapping[str, Any], key: str, read: Callable[[object], Any]) -> Any:  # noqa: ANN401 - what `read` gives
        try:
            return read(row.get(key))
        except (Malformed, ValueError) as error:
            self.faults.append(f"{where}{key}: expected {error}")
            return "" if read is _name else frozenset() if read is _fingerprints else None

    def log(self, where: str, row: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a TrustedLog, if nothing is wrong
        party = self.value(where, row, "party", _name)
        key = self.value(where, row, "key", _log_key)
        cosigners = self.value(where, {"cosigners": [], **row}, "cosigners", _cosigners) or ()
        quorum = row.get("quorum", min(1, len(cosigners)))
        if not isinstance(quorum, int) or isinstance(quorum, bool) or not 0 <= quorum <= len(cosigners):
            self.faults.append(f"{where}quorum: expected a number from 0 to that of the cosigners")
        return TrustedLog(party, key, cosigners, quorum) if not self.faults else None


def _name(value: object) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError("a name")
    return value


def _log_key(value: object) -> Verifier:
    return _key(value, Kind.NOTE)


def _cosigners(value: object) -> tuple[Verifier, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of keys")  # noqa: TRY004 - told like all others
    return tuple(dict.fromkeys(_key(each, Kind.COSIGNATURE) for each in value))


def _key(value: object, kind: Kind) -> Verifier:
    try:
        found = Verifier.of(value if isinstance(value, str) else "")
    except Malformed:
        found = None
    if found is None or found.kind is not kind:
        raise ValueError(f"name+key id+base64, a key of type {kind.value}")
    return found


def _certificate(value: object) -> str:
    try:
        x509.load_pem_x509_certificates(value.encode() if isinstance(value, str) else b"")
    except (ValueError, x509.InvalidVersion):
        raise ValueError("certificates in PEM, the authority's own first") from None
    return str(value)


def _fingerprints(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) and FINGERPRINT.fullmatch(each) for each in value):
        raise ValueError("SHA-256 of certificates, 64 hexadecimal digits each")
    return frozenset(value)
