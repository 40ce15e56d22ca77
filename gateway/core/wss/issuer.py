"""Issuer names as messages write them, compared with a certificate's: RFC 2253, with spaces, reversed, with OIDs."""

import re

from cryptography import x509

LONGEST = 2000
# One attribute: its type, its value (hexadecimal, quoted or escaped), and what stands behind it.
ATTRIBUTE = re.compile(
    r"\s*(?P<type>[A-Za-z][\w.-]*|\d+(?:\.\d+)*)\s*="
    r'\s*(?P<value>#(?:[0-9A-Fa-f]{2})+(?=[\s,;+]|$)|"(?:[^"\\]|\\.)*"|(?:[^,;+"\\]|\\.)*)\s*(?P<end>[,;+]|$)',
    re.DOTALL | re.ASCII,
)
HEXADECIMAL = re.compile(r"#([0-9A-Fa-f]{2})+")
ESCAPED = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\(.)", re.DOTALL)
TYPES = {
    "CN": "2.5.4.3",
    "SN": "2.5.4.4",
    "SURNAME": "2.5.4.4",
    "SERIALNUMBER": "2.5.4.5",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "S": "2.5.4.8",
    "STREET": "2.5.4.9",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "T": "2.5.4.12",
    "TITLE": "2.5.4.12",
    "POSTALCODE": "2.5.4.17",
    "GN": "2.5.4.42",
    "G": "2.5.4.42",
    "GIVENNAME": "2.5.4.42",
    "INITIALS": "2.5.4.43",
    "DNQ": "2.5.4.46",
    "DNQUALIFIER": "2.5.4.46",
    "PSEUDONYM": "2.5.4.65",
    "ORGANIZATIONIDENTIFIER": "2.5.4.97",
    "E": "1.2.840.113549.1.9.1",
    "EMAIL": "1.2.840.113549.1.9.1",
    "EMAILADDRESS": "1.2.840.113549.1.9.1",
    "UID": "0.9.2342.19200300.100.1.1",
    "DC": "0.9.2342.19200300.100.1.25",
}
WIDE = {0x1C: "utf-32-be", 0x1E: "utf-16-be"}  # UniversalString, BMPString; every other string is read as UTF-8

Rdn = frozenset[tuple[str, str]]


def same(text: str, name: x509.Name) -> bool:
    """Whether the text is the certificate's name, read from either end; case and runs of spaces do not count."""
    wanted = [frozenset((each.oid.dotted_string, _plain(each.value)) for each in rdn) for rdn in name.rdns]
    stated = _read(text)
    return bool(stated) and (stated in (wanted, wanted[::-1]))


def _read(text: str) -> list[Rdn]:
    """The relative names in the order of the text; empty where it is not a name."""
    rows: list[list[tuple[str, str]]] = [[]]
    at, end = 0, ","
    while end and len(text) <= LONGEST:
        found = ATTRIBUTE.match(text, at)
        if found is None:
            return []
        rows[-1].append((_type(found["type"]), _value(found["value"])))
        at, end = found.end(), found["end"]
        if end in {",", ";"}:
            rows.append([])
    return [frozenset(row) for row in rows]


def _type(written: str) -> str:
    name = written.upper().removeprefix("OID.")
    return TYPES.get(name, name)


def _value(written: str) -> str:
    if HEXADECIMAL.fullmatch(written):
        return _plain(_encoded(bytes.fromhex(written[1:])))
    bare = written[1:-1] if written.startswith('"') else written
    return _plain(ESCAPED.sub(_unescaped, bare))


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return bytes.fromhex(found[1].replace("\\", "")).decode("utf-8", "replace")
    return found[2]


def _encoded(der: bytes) -> str:
    """A short DER string (RFC 4514 2.4)."""
    return der[2:].decode(WIDE.get(der[0], "utf-8"), "replace")


def _plain(value: str | bytes) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return " ".join(text.split()).casefold()
