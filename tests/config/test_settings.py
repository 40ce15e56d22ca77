"""Settings: each has its meaning, the shipped examples are true, and a loaded folder is one immutable register."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from gateway.cli import setup
from gateway.config import certificates, models
from gateway.config.fingerprints import whole as fingerprint
from gateway.config.load import load
from gateway.config.models import AgreementFile, GatewayFile, PartyFile
from gateway.config.shipped import shipped
from gateway.config.units import duration, size
from tests.house import House, build

EXAMPLES = shipped("config")


def sections() -> list[type[BaseModel]]:
    """Every model of the files."""
    found = [value for value in vars(models).values() if isinstance(value, type) and issubclass(value, models.Strict)]
    return [model for model in found if model is not models.Strict]


def settings(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """The settings of a section by the names they have in TOML; what holds sections is none itself."""
    for name, field in model.model_fields.items():
        if "Section" not in str(field.annotation):
            yield field.alias or name, field


def test_every_setting_says_what_it_means() -> None:
    """A description for each; no setting of any file is left out of the reference by it."""
    silent = [
        f"{model.__name__}.{name}" for model in sections() for name, field in settings(model) if not field.description
    ]
    assert silent == []
    assert len(sections()) >= 9


def test_every_section_refuses_unknown_keys() -> None:
    """A misspelt setting is a mistake everywhere, and nothing read can be changed afterwards."""
    assert all(model.model_config["extra"] == "forbid" and model.model_config["frozen"] for model in sections())


def read(value: object, default: object) -> object:
    """A value of TOML as the model holds it."""
    if not isinstance(value, str) or isinstance(default, str):
        return value
    return size(value) if isinstance(default, int) else duration(value)


def test_the_example_shows_every_setting_with_its_default() -> None:
    """config/gateway.toml is complete and true: each setting stands there, with its default where it has one."""
    written = tomllib.loads((EXAMPLES / "gateway.toml").read_text())
    GatewayFile.model_validate(written)
    rows = [(name, field, written[name]) for name, field in GatewayFile.model_fields.items() if name != "suite"]
    for section, field, values in rows:
        model = models.SystemSection if section == "system" else field.annotation
        values = values[0] if section == "system" else values  # noqa: PLW2901 - a list of one table
        assert set(values) == set(model.model_fields), section
        for name, setting in settings(model):
            if not setting.is_required() and name not in {"receives", "token_sha256"}:
                assert read(values[name], setting.default) == setting.default, f"{section}.{name}"


def test_the_example_files_are_of_their_form() -> None:
    """Every shipped agreement and party file is valid under its model."""
    for path in EXAMPLES.glob("agreements/*.toml"):
        assert AgreementFile.model_validate(tomllib.loads(path.read_text())).id == path.stem
    for path in EXAMPLES.glob("parties/*.toml"):
        assert PartyFile.model_validate(tomllib.loads(path.read_text())).id == path.stem


def test_the_example_loads_once_it_has_keys(pair: tuple[House, House]) -> None:
    """With keys and certificates beside them, the shipped files are a working configuration."""
    folder = pair[0].folder
    (folder / "gateway.toml").write_text((EXAMPLES / "gateway.toml").read_text())
    for path in EXAMPLES.glob("parties/*.toml"):
        (folder / "parties" / path.name).write_text(path.read_text())
    register = load(folder).register
    assert (register.own.id, set(register.systems)) == ("KZ.KGD", {"declarations"})


def test_what_init_writes_keeps_the_defaults(tmp_path: Path) -> None:
    """A new service runs with the documented defaults."""
    (house,) = build(tmp_path, "KZ.KGD")
    file = load(house.folder).file
    assert file.limits == models.LimitsSection()
    assert file.delivery == models.DeliverySection()


def test_an_inbox_is_the_named_one_or_the_one_for_all_others(pair: tuple[House, House]) -> None:
    """A system that names a type gets it; the rest goes to the system that receives *."""
    path = pair[0].folder / "gateway.toml"
    digest = "7" * 64
    more = (
        f'\n[[system]]\nid = "results"\ntoken_sha256 = ["{digest}"]\nmay_send = []\nreceives = ["ProcessingResult"]\n'
    )
    path.write_text(path.read_text() + more)
    register = load(pair[0].folder).register
    owners = {kind: register.receiver(kind) for kind in ("ProcessingResult", "TransitReleaseNotice")}
    assert {kind: system.id if system else "" for kind, system in owners.items()} == {
        "ProcessingResult": "results",
        "TransitReleaseNotice": "national",
    }
    assert not register.systems["results"].sends("ProcessingResult")  # type: ignore[index]


def test_a_party_in_a_rollover_has_two_certificates(pair: tuple[House, House]) -> None:
    """Both certificates of the PEM prove the party, by fingerprint."""
    kz, by = pair
    renewed, _ = setup.key_pair(setup.Service("BY.GTK", "BY", "renewed", "127.0.0.1", 1, 2))
    known = kz.folder / "parties" / "BY.GTK.pem"
    known.write_bytes(by.pem.read_bytes() + renewed)
    prints = {certificate.fingerprint for certificate in certificates.read(known)}
    found = next(party for name, party in load(kz.folder).register.parties.items() if name == "BY.GTK")
    assert set(found.certificates) == prints
    assert len(prints) == 2


def test_a_certificate_says_how_long_it_is_good() -> None:
    """Not yet, valid, soon over, over: each in words."""
    pem, _ = setup.key_pair(setup.Service("X", "KZ", "x", "127.0.0.1", 1, 2))
    (found,) = certificates.parse(pem)
    span = found.not_after - found.not_before
    assert found.state(found.not_before + span / 2) == "valid"
    assert found.state(found.not_after - span / 100) == "expires in 8 days"
    assert found.state(found.not_after + span).startswith("expired on 2")
    assert found.state(found.not_before - span).startswith("not valid before 2")


@pytest.mark.parametrize(
    "name", ["gateway.toml", "agreements/eurasec-customs.toml", "parties/BY.GTK.pem", "keys/gateway.key"]
)
def test_every_configuration_file_counts_for_a_reload(pair: tuple[House, House], name: str) -> None:
    """A changed byte in any of them is noticed; traffic and caches are not configuration."""
    folder = pair[0].folder
    before = fingerprint(folder)
    (folder / "data" / "gateway.sqlite3").write_text("x")
    (folder / "gateway.out").write_text("x")
    assert fingerprint(folder) == before
    with (folder / name).open("a") as file:
        file.write("\n")
    assert fingerprint(folder) != before


TYPES = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:p" elementFormDefault="qualified">{}</xs:schema>'
ENTRY = TYPES.format('<xs:include schemaLocation="{}"/>')
NOTE = (
    '<xs:element name="Note"><xs:complexType><xs:sequence><xs:element name="{}" type="xs:string" minOccurs="0"/>'
    "</xs:sequence></xs:complexType></xs:element>"
)


@pytest.mark.parametrize("where", ["types.xsd", "../types.xsd"])
def test_a_changed_schema_is_read_anew(pair: tuple[House, House], where: str) -> None:
    """The cache of models never outlives a file of the set: a path into the old model is a mistake at once."""
    folder = pair[0].folder
    (folder / "xsd" / "probe").mkdir()
    (folder / "xsd" / "probe" / "note.xsd").write_text(ENTRY.format(where))
    types = folder / "xsd" / "probe" / where
    types.write_text(TYPES.format(NOTE.format("Old")))
    text = (folder / "agreements" / "eurasec-customs.toml").read_text()
    head = (
        text[: text.index("[[message]]")]
        .replace("[prefixes]", '[prefixes]\np = "urn:p"')
        .replace('"eurasec', '"probe', 1)
    )
    message = (
        '[[message]]\ntype = "Note"\nservice = "urn:s"\nroot = "{urn:p}Note"\nschema = "probe/note.xsd"\n'
        'pattern = "notification"\nreceipt_within = "1 hour"\ndeliver_within = "1 hour"\n'
        'index = { name = "/p:Note/p:Old" }\n'
    )
    (folder / "agreements" / "probe.toml").write_text(head + message)
    assert len(load(folder).register.agreements) == 3
    types.write_text(TYPES.format(NOTE.format("New")))
    with pytest.raises(Exception, match="cannot stand in Note"):
        load(folder)
