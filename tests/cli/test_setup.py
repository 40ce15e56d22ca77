"""`init`, `party` and `check`: from nothing to a usable configuration."""

import hashlib
import shutil
import stat
import tomllib
from pathlib import Path

import pytest

from gateway.cli.output import CONFIG, DONE, FOUND, USAGE
from gateway.config import certificates
from gateway.config.load import load
from gateway.core.pmode import KEY_TRANSPORTS
from gateway.core.wss.certificate import opens
from gateway.core.wss.keywrap import suits
from tests.cli.command import beside, gateway
from tests.house import House, free_port

NEW = ("--party", "KZ.KGD", "--member", "KZ", "--authority", "Комитет «Д»")


def test_init_writes_a_configuration_that_check_accepts(tmp_path: Path) -> None:
    """Files, private keys, and a token whose digest alone is kept; check finds nothing wrong."""
    folder = tmp_path / "new"
    made = gateway("init", folder, *NEW, "--json")
    assert (made.code, made.json["party"], made.json["system"]) == (DONE, "KZ.KGD", "national")
    file = tomllib.loads((folder / "gateway.toml").read_text())
    assert file["system"][0]["token_sha256"] == [hashlib.sha256(made.json["token"].encode()).hexdigest()]
    assert not any(made.json["token"] in path.read_text() for path in folder.rglob("*") if path.is_file())
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder / "keys").iterdir()} == {0o600}
    checked = gateway("check", "--config", folder, "--json")
    assert (checked.code, checked.json["warnings"]) == (DONE, [])
    assert {row["type"] for row in checked.json["agreements"]} >= {"TransitReleaseNotice", "ProcessingResult"}
    assert load(folder).register.own.authority == "Комитет «Д»"


@pytest.mark.parametrize(
    ("kind", "method", "transports"),
    [("ec", "ecdsa-sha256", {"ecdh-es"}), ("rsa", "rsa-sha256", {"rsa-oaep"}), ("ed25519", "ed25519", {"x25519"})],
)
def test_init_makes_the_message_keys_of_each_profile(
    tmp_path: Path, kind: str, method: str, transports: set[str]
) -> None:
    """EC for most, RSA for edelivery-1.15, Ed25519 with X25519 for edelivery-2.0: partners get all in one PEM."""
    gateway("init", tmp_path / kind, *NEW, "--key", kind)
    for agreement in (tmp_path / kind / "agreements").iterdir():  # whose profile, ics2, knows no Ed25519
        agreement.write_text(agreement.read_text() + '\n[pmode]\nprofile = "edelivery-2.0"\n')
    checked = gateway("check", "--config", tmp_path / kind, "--json")
    assert (checked.code, checked.json["warnings"]) == (DONE, [])
    register = load(tmp_path / kind).register
    assert register.signers[0].method == method
    assert {opener.certificate for opener in register.openers} <= set(register.own.readers)
    certificates = {signer.chain[0] for signer in register.signers} | {o.certificate for o in register.openers}
    assert certificates == set(register.own.readers)
    found = {name for name in KEY_TRANSPORTS if any(opens(each) and suits(each, name) for each in register.own.readers)}
    assert found == transports


def test_check_warns_of_a_signing_key_that_partners_do_not_know(pair: tuple[House, House]) -> None:
    """What signs must be in the PEM that partners are given."""
    pem = pair[0].folder / "parties" / "KZ.KGD.as4.pem"
    (pair[0].folder / "keys" / "as4.pem").write_bytes(pem.read_bytes())
    pair[0].edit("gateway.toml", "parties/KZ.KGD.as4.pem", "keys/as4.pem")
    assert gateway("check", "--config", pair[0].folder).code == DONE
    shutil.copyfile(pair[0].pem, pem)
    (warning,) = gateway("check", "--config", pair[0].folder, "--json").json["warnings"]
    assert "partners do not know CN=KZ.KGD" in warning


async def test_what_init_writes_serves(tmp_path: Path) -> None:
    """The token of `init` opens the national edge of the gateway it configured."""
    port = free_port()
    made = await beside("init", tmp_path / "kz", *NEW, "--api-port", port, "--msh-port", free_port(), "--json")
    house = House("KZ.KGD", tmp_path / "kz", made.json["token"], f"https://127.0.0.1:{port}")
    async with house.running(), house.client() as client:
        assert (await client.call("GET", "/inbox")).status == 200


def test_init_never_overwrites(tmp_path: Path) -> None:
    """A folder with something in it is left alone: exit 2."""
    (tmp_path / "mine").write_text("x")
    ended = gateway("init", tmp_path, *NEW)
    assert (ended.code, [path.name for path in tmp_path.iterdir()]) == (USAGE, ["mine"])
    assert "not empty" in ended.err


def test_an_unusable_service_is_not_initialised(tmp_path: Path) -> None:
    """The configuration of a production service is production throughout."""
    gateway("init", tmp_path / "p", *NEW, "--environment", "production")
    register = load(tmp_path / "p").register
    assert {register.own.environment.value, *(a.environment.value for a in register.agreements)} == {"production"}


def test_a_partner_is_added_shown_and_removed(pair: tuple[House, House], tmp_path: Path) -> None:
    """`add` prints the fingerprint to compare, `show` has it with its expiry, `remove` takes file and PEM away."""
    kz, by = pair
    given = tmp_path / "given"
    shutil.copytree(by.folder / "parties", given)
    gateway("party", "remove", "BY.GTK", "--config", kz.folder)
    assert not list((kz.folder / "parties").glob("BY.GTK*"))
    added = gateway("party", "add", given / "BY.GTK.toml", "--config", kz.folder)
    (certificate,) = certificates.read(by.pem)
    assert added.code == DONE
    assert certificate.fingerprint.hex() in added.out
    shown = gateway("party", "show", "--config", kz.folder, "--json").json
    row, messages = [row for row in shown if row["party"] == "BY.GTK"]
    assert (row["use"], messages["use"]) == ("connects", "messages")
    assert messages["fingerprint"] in added.out
    assert row["fingerprint"] == certificate.fingerprint.hex()
    assert row["expires_at"] == int(certificate.not_after.timestamp()) * 1_000_000
    assert row["state"] == "valid"
    assert {row["party"] for row in shown if "own" in row["party"]} == {"KZ.KGD (own)"}


def test_a_configuration_from_before_checkpoints_is_led_to_one_with_them(pair: tuple[House, House]) -> None:
    """Each step says the next: which keys are missing, what makes them, where the table belongs; the table is all of the output."""
    folder = pair[0].folder
    own = folder / "parties" / "KZ.KGD.toml"
    for name in ("log.key", "witness.key"):
        (folder / "keys" / name).unlink()
    own.write_text(own.read_text().partition("[log]")[0])
    ended = gateway("check", "--config", folder)
    assert (ended.code, ended.err.count("`gateway log keys` makes it")) == (CONFIG, 2)
    made = gateway("log", "keys", "--config", folder)
    assert (made.code, made.out.startswith("[log]"), str(own) in made.err) == (DONE, True, True)
    ended = gateway("check", "--config", folder, "--json")
    assert (ended.code, len(ended.json["warnings"]), "[log]" in ended.json["warnings"][0]) == (FOUND, 1, True)
    own.write_text(own.read_text() + made.out)
    assert gateway("check", "--config", folder).code == DONE
    again = gateway("log", "keys", "--config", folder)
    assert (again.out, again.err) == (made.out, "")


def test_removing_nobody_is_a_usage_error(pair: tuple[House, House]) -> None:
    """An unknown party is named; nothing is removed."""
    ended = gateway("party", "remove", "RU.FTS", "--config", pair[0].folder)
    assert (ended.code, "RU.FTS" in ended.err) == (USAGE, True)
    assert gateway("check", "--config", pair[0].folder).code == DONE


def test_the_gateways_own_party_cannot_be_removed(pair: tuple[House, House]) -> None:
    """Without its own file the gateway cannot start: refused."""
    ended = gateway("party", "remove", "KZ.KGD", "--config", pair[0].folder)
    assert (ended.code, "KZ.KGD" in ended.err) == (USAGE, True)
    assert pair[0].pem.exists()
    assert gateway("check", "--config", pair[0].folder).code == DONE


def test_a_party_is_removed_from_a_usable_configuration_only(pair: tuple[House, House]) -> None:
    """Which party is the own one is known from the configuration: a faulty one is named and nothing is removed."""
    folder = pair[0].folder
    pair[0].edit("gateway.toml", 'domain = "kz.kgd.gateway"\n', "")
    ended = gateway("party", "remove", "BY.GTK", "--config", folder)
    assert (ended.code, "gateway.domain" in ended.err) == (CONFIG, True)
    assert {path.name for path in (folder / "parties").glob("BY.GTK*")} == {
        "BY.GTK.toml", "BY.GTK.pem", "BY.GTK.as4.pem",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["../keys/gateway.key", "..\\\\keys\\\\gateway.key", "{folder}/keys/gateway.key"])
def test_removing_a_party_deletes_only_its_own_pem(pair: tuple[House, House], name: str) -> None:
    """A party file that names a PEM elsewhere, as a partner may have written it, costs no file."""
    folder = pair[0].folder
    pair[0].edit("parties/BY.GTK.toml", '"BY.GTK.pem"', f'"{name.format(folder=folder)}"')
    before = sorted(folder.rglob("*"))
    ended = gateway("party", "remove", "BY.GTK", "--config", folder)
    assert (ended.code, "certificate" in ended.err) == (CONFIG, True)
    assert sorted(folder.rglob("*")) == before


def test_removing_a_party_leaves_the_pem_of_another(pair: tuple[House, House]) -> None:
    """A partner's file that names our own PEM beside it costs us nothing: the gateway still starts."""
    pair[0].edit("parties/BY.GTK.toml", '"BY.GTK.pem"', '"KZ.KGD.pem"')
    gateway("party", "remove", "BY.GTK", "--config", pair[0].folder)
    assert pair[0].pem.exists()


def test_adding_a_party_leaves_the_pem_of_another(pair: tuple[House, House], tmp_path: Path) -> None:
    """A partner's file may come with a PEM that is called like ours: ours stays as it was."""
    kz, by = pair
    before = kz.pem.read_bytes()
    text = (by.folder / "parties" / "BY.GTK.toml").read_text()
    (tmp_path / "BY.GTK.toml").write_text(text.replace('"BY.GTK.pem"', '"KZ.KGD.pem"'))
    (tmp_path / "KZ.KGD.pem").write_bytes(by.pem.read_bytes())
    gateway("party", "add", tmp_path / "BY.GTK.toml", "--config", kz.folder)
    assert kz.pem.read_bytes() == before


def test_a_faulty_party_file_is_not_added(pair: tuple[House, House], tmp_path: Path) -> None:
    """A partner's file with a fault is named and left where it is: exit 3."""
    file = tmp_path / "RU.FTS.toml"
    file.write_text((pair[1].folder / "parties" / "BY.GTK.toml").read_text().replace("BY.GTK", "RU.FTS"))
    ended = gateway("party", "add", file, "--config", pair[0].folder)
    assert ended.code == CONFIG
    assert "certificate" in ended.err
    assert not (pair[0].folder / "parties" / "RU.FTS.toml").exists()


def test_check_warns_of_what_does_not_stop_the_start(pair: tuple[House, House]) -> None:
    """An agreement out of force and a partner of the other environment: exit 1, both named."""
    house = pair[0]
    house.edit(
        "agreements/eurasec-customs.toml",
        "valid_from = 2011-05-19",
        "valid_from = 2011-05-19\nvalid_until = 2012-01-01",
    )
    house.edit("parties/BY.GTK.toml", '"test"', '"production"')
    ended = gateway("check", "--config", house.folder, "--json")
    assert ended.code == FOUND
    assert ended.json["warnings"] == [
        "agreement eurasec-customs:1.0 is not in force today",
        "BY.GTK: environment production, this gateway is test",
    ]


def test_check_shows_versions_and_warns_of_types_that_have_none(pair: tuple[House, House]) -> None:
    """Each version with its days; a type without any in force today is named, one with another version is not."""
    house, name = pair[0], "agreements/eurasec-customs.toml"
    rows = gateway("check", "--config", house.folder, "--json").json["agreements"]
    shown = {(row["type"], row["version"]): (row["valid_from"], row["valid_until"]) for row in rows}
    assert shown["TransitReleaseNotice", "1.0"] == ("2011-05-19", "")
    assert shown["TransitReleaseNotice", "1.1"] == ("2026-04-01", "")

    for ended in ("TransitReleaseNotice", "ProcessingResult"):
        house.edit(name, f'type = "{ended}"\nservice', f'type = "{ended}"\nvalid_until = 2020-01-01\nservice')
    found = gateway("check", "--config", house.folder, "--json")
    assert (found.code, found.json["warnings"]) == (
        FOUND, ["eurasec-customs:1.0: no version of ProcessingResult is in force today"],
    )  # fmt: skip


def test_check_shows_tables_to_people(pair: tuple[House, House]) -> None:
    """Without --json agreements, restrictions, parties and fingerprints are readable."""
    ended = gateway("check", "--config", pair[0].folder)
    assert ended.code == DONE
    for word in ("eurasec-customs:1.0", "TransitReleaseNotice", "KZ.KGD (own)", "BY.GTK", "valid"):
        assert word in ended.out
