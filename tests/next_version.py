"""A next version of the shipped agreement, made of its files: other namespaces, another demand, not in force yet."""

import re
import shutil
from pathlib import Path

from tests.house import SAMPLES

ROOT = SAMPLES.parents[2]
MANDATORY = '<xs:element ref="casdo:TransitLimitDate" minOccurs="0"/>'


def write(where: Path) -> Path:
    """The agreement file, with its schemas beside it."""
    shutil.copytree(ROOT / "xsd" / "eurasec-customs", where / "xsd" / "eurasec-customs")
    for path in (where / "xsd").rglob("*.xsd"):
        path.write_text(path.read_text().replace(":v1.0.0", ":v2.0.0"))
    notice = where / "xsd" / "eurasec-customs" / "1.0" / "TransitReleaseNotice.xsd"
    assert MANDATORY in notice.read_text()
    notice.write_text(notice.read_text().replace(MANDATORY, MANDATORY.replace(' minOccurs="0"', "")))
    text = (ROOT / "config" / "agreements" / "eurasec-customs.toml").read_text()
    for old, new in (
        (":v1.0.0", ":v2.0.0"),
        ('version = "1.0"\ntitle', 'version = "2.0"\ntitle'),
        ("valid_from = 2011-05-19", "valid_from = 2199-01-01"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    path = where / "agreements" / "eurasec-customs.toml"
    path.parent.mkdir()
    pieces = re.split(r"(?m)^(?=\[\[message\]\]|\[\[restricted|\[\[rule\]\]|\[(?!message)\w)", text)
    path.write_text("".join(piece for piece in pieces if 'version = "1.1"' not in piece))
    return path
