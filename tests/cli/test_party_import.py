"""`party import` and `party export`: what goes to a partner, and what comes from one."""

import asyncio
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.cli.output import CONFIG, DONE, FOUND, REFUSED, UNREACHABLE, USAGE
from gateway.config.load import load
from gateway.core.names import PartyId
from gateway.core.pmode import Token
from gateway.onboarding import chains
from tests.cli.command import Ended, beside, gateway
from tests.house import House
from tests.onboarding.making import FOREIGN as ENCRYPTED
from tests.onboarding.server import identity

FOREIGN = ENCRYPTED.replace("eDeliveryAS4Policy_BST.xml", "signOnly.xml")  # the keys of these houses cannot decrypt
BY = PartyId("BY.GTK")


def without(house: House) -> None:
    """The house does not know BY (any more)."""
    assert gateway("party", "remove", BY, "--config", house.folder).code == DONE


def imported(house: House, *options: object) -> Ended:
    """BY is imported with these options beside what is always needed."""
    about = ("--member", "BY", "--authority", "State Customs Committee")
    return gateway("party", "import", *about, *options, "--config", house.folder)


def fingerprint(path: Path) -> str:
    """Of the first certificate in the file."""
    return chains.fingerprint(x509.load_pem_x509_certificate(path.read_bytes()))


def test_a_partner_is_made_from_certificate_and_endpoint(pair: tuple[House, House]) -> None:
    """Its files are written, its fingerprint is printed to be compared; the configuration can be used."""
    kz, by = pair
    without(kz)
    ended = imported(kz, "--id", BY, "--certificate", by.pem, "--endpoint", "https://by.example:9443/msh")
    assert (ended.code, fingerprint(by.pem) in ended.out, "over another channel" in ended.out) == (DONE, True, True)
    found = load(kz.folder).register.parties[BY]
    assert (found.endpoint, found.authority) == ("https://by.example:9443/msh", "State Customs Committee")
    assert found.agreements == {"eurasec-customs", "phyto-notice"}
    assert gateway("check", "--config", kz.folder).code == DONE


def test_profile_and_agreements_can_be_said(pair: tuple[House, House]) -> None:
    """They stand in the partner's file."""
    kz, by = pair
    without(kz)
    chosen = ("--profile", "plain-tls", "--agreement", "phyto-notice")
    ended = imported(kz, "--id", BY, "--certificate", by.pem, "--endpoint", "https://by.example/msh", *chosen, "--json")
    assert (ended.code, ended.json["pmode"]) == (DONE, {"profile": "plain-tls"})
    found = load(kz.folder).register.parties[BY]
    assert (found.pmode().sign, found.agreements) == (False, {"phyto-notice"})


def test_another_product_is_not_sent_what_it_does_not_know(pair: tuple[House, House], tmp_path: Path) -> None:
    """Its P-Mode leaves our own properties out; an export with them says so before the partner meets them."""
    kz, by = pair
    options = ("--id", BY, "--certificate", by.pem, "--endpoint", "https://by.example/msh", "--replace")
    exported = ("party", "export", BY, "--for", "phase4", "--config", kz.folder)
    assert "gateway_properties = false" in gateway(*exported, "--out", tmp_path / "before").out
    assert imported(kz, *options, "--product", "phase4").code == DONE
    assert load(kz.folder).register.parties[BY].pmode().gateway_properties is False
    assert "look:" not in gateway(*exported, "--out", tmp_path / "after").out


def test_the_log_of_a_gateway_is_kept_and_that_of_another_product_is_none(
    pair: tuple[House, House], tmp_path: Path
) -> None:
    """[log] comes with the partner's file and stays over an import; another product gets none of ours, and is sent nothing about it."""
    kz, by = pair
    stated = load(kz.folder).register.parties[BY].log
    assert stated is not None
    assert stated.key == load(by.folder).register.notary.signer.verifier
    options = ("--id", BY, "--certificate", by.pem, "--endpoint", "https://by.example/msh", "--replace")
    assert imported(kz, *options).code == DONE
    assert load(kz.folder).register.parties[BY].log == stated
    export = ("party", "export", BY, "--config", kz.folder, "--out")
    assert "look:" not in gateway(*export, tmp_path / "gateway").out
    assert "[log]" in (tmp_path / "gateway" / "KZ.KGD.toml").read_text()
    for product in ("domibus", "phase4", "holodeck"):
        assert "[log]" in gateway(*export, tmp_path / product, "--for", product).out  # why messages would be refused
        files = [path.read_bytes() for path in (tmp_path / product).rglob("*") if path.is_file()]
        assert not any(b"Checkpoint" in each or b"/log+" in each for each in files)
    assert imported(kz, *options, "--product", "domibus").code == DONE
    assert load(kz.folder).register.parties[BY].log is None
    assert "[log]" not in gateway(*export, tmp_path / "after", "--for", "domibus").out


def test_a_party_that_is_there_is_not_replaced_unasked(pair: tuple[House, House]) -> None:
    """Exit 2 and the old files; with --replace the new ones."""
    kz, by = pair
    same = ("--id", BY, "--certificate", by.pem, "--endpoint", "https://new.example/msh")
    ended = imported(kz, *same)
    assert (ended.code, "--replace" in ended.err) == (USAGE, True)
    assert imported(kz, *same, "--replace").code == DONE
    assert load(kz.folder).register.parties[BY].endpoint == "https://new.example/msh"


def test_a_renewed_certificate_changes_nothing_else(pair: tuple[House, House], tmp_path: Path) -> None:
    """Only what is said anew: endpoint, agreements, [messages], [pull] and [pmode] stay, and every PEM file."""
    kz = pair[0]
    path = kz.folder / "parties" / "BY.GTK.toml"
    path.write_text(f'{path.read_text()}\n[pull]\nmpc = "urn:mpc"\nevery = "7 seconds"\n\n[pmode]\ntoken = "ski"\n')
    before = load(kz.folder).register.parties[BY]
    (tmp_path / "new.pem").write_bytes(identity("by.new").pem)
    again = ("party", "import", "--id", BY, "--replace", "--config", kz.folder)
    assert gateway(*again, "--certificate", tmp_path / "new.pem").code == DONE
    after = load(kz.folder).register.parties[BY]
    assert after.certificates != before.certificates
    assert replace(after, certificates={}, chain="") == replace(before, certificates={}, chain="")
    assert gateway(*again, "--profile", "edelivery-1.15").code == DONE
    changed = load(kz.folder).register.parties[BY]
    assert (changed.pmode().profile, changed.pmode().token) == ("edelivery-1.15", Token.SKI)
    assert changed.certificates == after.certificates


def test_what_cannot_be_used_changes_nothing(pair: tuple[House, House]) -> None:
    """A profile that contradicts the configuration or an agreement that is not there: exit 3, every file as before."""
    kz, by = pair
    before = {path: path.read_bytes() for path in (kz.folder / "parties").iterdir()}
    same = ("--id", BY, "--certificate", by.pem, "--endpoint", "https://by.example/msh", "--replace")
    ended = imported(kz, *same, "--agreement", "unknown")
    assert (ended.code, "unknown" in ended.err) == (CONFIG, True)
    assert {path: path.read_bytes() for path in (kz.folder / "parties").iterdir()} == before
    without(kz)
    assert imported(kz, *same, "--agreement", "unknown").code == CONFIG
    assert not (kz.folder / "parties" / "BY.GTK.pem").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--id"),
        (("--id", "BY.GTK"), "--endpoint"),
        (("--id", "BY.GTK", "--endpoint", "https://by.example/msh"), "--certificate"),
        (("--id", "BY.GTK", "--endpoint", "https://by.example/msh", "--certificate", "/nowhere"), "/nowhere"),
        (("--domibus", "/nowhere"), "/nowhere"),
        (("--id", "BY.GTK", "--endpoint", "http://by.example/msh", "--fetch"), "https://"),
        (("--id", "BY.GTK", "--endpoint", "https://by.example:99999/msh", "--fetch"), "https://"),
    ],
)
def test_what_is_missing_is_named(pair: tuple[House, House], options: tuple[str, ...], said: str) -> None:
    """Exit 2, by its option or its file."""
    without(pair[0])
    ended = imported(pair[0], *options)
    assert (ended.code, said in ended.err) == (USAGE, True)


async def test_fetched_certificates_are_shown_and_not_believed(pair: tuple[House, House]) -> None:
    """Exit 1 and nothing written; only with the fingerprint that was told, in any form, is the partner imported."""
    kz, by = pair
    await asyncio.to_thread(without, kz)
    async with by.running() as running:
        same = ("--id", BY, "--endpoint", f"https://127.0.0.1:{running.msh.port}/msh", "--fetch")
        shown = await beside("party", "import", *_about(kz), *same)
        assert (shown.code, fingerprint(by.pem) in shown.out) == (FOUND, True)
        wrong = await beside("party", "import", *_about(kz), *same, "--fingerprint", "ab" * 32)
        assert wrong.code == REFUSED
        assert not (kz.folder / "parties" / "BY.GTK.toml").exists()
        told = ":".join(fingerprint(by.pem).upper()[at : at + 2] for at in range(0, 64, 2))
        taken = await beside("party", "import", *_about(kz), *same, "--fingerprint", told)
    assert taken.code == DONE
    assert list(load(kz.folder).register.parties[BY].certificates) == [bytes.fromhex(fingerprint(by.pem))]


@pytest.mark.parametrize("endpoint", ["https://127.0.0.1:1/msh", "https://nobody.invalid/msh"])
def test_an_endpoint_that_shows_nothing_is_unreachable(pair: tuple[House, House], endpoint: str) -> None:
    """Exit 5."""
    without(pair[0])
    assert imported(pair[0], "--id", BY, "--endpoint", endpoint, "--fetch").code == UNREACHABLE


def _about(house: House) -> tuple[object, ...]:
    return ("--member", "BY", "--authority", "State Customs Committee", "--config", house.folder)


def test_a_partner_is_made_from_its_domibus_pmode(pair: tuple[House, House], tmp_path: Path) -> None:
    """Endpoint, PartyId, types, roles, profile are the file's; what does not fit is said."""
    kz, by = pair
    without(kz)
    file = tmp_path / "pmode.xml"
    file.write_text(FOREIGN)
    ended = imported(kz, "--domibus", file, "--certificate", by.pem, "--json")
    assert (ended.code, ended.json["party"]) == (DONE, "BY.GTK")
    assert ended.json["endpoint"] == "https://as4.minsk.example/domibus/services/msh"
    assert any("AgreementRef transit:1.0 is none of ours" in each for each in ended.json["remarks"])
    assert any("TransitReleaseNotice" in each and "is not in it" in each for each in ended.json["remarks"])
    mode = load(kz.folder).register.parties[BY].pmode()
    assert (mode.profile, mode.initiator_role, mode.token) == ("ics2", "urn:role:sender", Token.BST)
    shown = imported(kz, "--domibus", file, "--certificate", by.pem, "--replace")
    assert "look: " in shown.out


def test_other_names_than_on_the_wire_are_kept_apart(pair: tuple[House, House], tmp_path: Path) -> None:
    """A file name of our own for a PartyId of theirs; and which of the parties we are, where the file does not know our id."""
    kz, by = pair
    without(kz)
    file = tmp_path / "pmode.xml"
    file.write_text(FOREIGN.replace('partyId="KZ.KGD"', 'partyId="urn:kz"').replace('"BY.GTK"', '"urn:by"'))
    ended = imported(kz, "--domibus", file, "--id", BY, "--us", "astana_gw", "--certificate", by.pem, "--json")
    assert ended.code == DONE
    assert (ended.json["pmode"]["party_id"], ended.json["pmode"]["own_party_id"]) == ("urn:by", "urn:kz")


def test_a_partyid_that_is_no_file_name_writes_nowhere(pair: tuple[House, House], tmp_path: Path) -> None:
    """A P-Mode whose PartyId is a path, or a URI: exit 2, another name has to be said; no file appears anywhere."""
    kz, by = pair
    without(kz)
    file = tmp_path / "in" / "pmode.xml"
    file.parent.mkdir()
    for name in (f"{tmp_path}/out", "../out", "urn:by"):
        file.write_text(FOREIGN.replace('"BY.GTK"', f'"{name}"'))
        ended = imported(kz, "--domibus", file, "--certificate", by.pem)
        assert (ended.code, "--id" in ended.err) == (USAGE, True), name
    assert list(tmp_path.rglob("out*")) == []


def test_messages_may_have_certificates_of_their_own(pair: tuple[House, House], tmp_path: Path) -> None:
    """They go into a file of their own, which `remove` takes away again; both fingerprints are printed."""
    kz, by = pair
    without(kz)
    (tmp_path / "as4.der").write_bytes(identity("by.as4").certificate.public_bytes(Encoding.DER))
    ours = chains.certificates((tmp_path / "as4.der").read_bytes())[0]
    options = ("--id", BY, "--certificate", by.pem, "--endpoint", "https://by.example/msh")
    ended = imported(kz, *options, "--message-certificate", tmp_path / "as4.der", "--json")
    assert ended.code == DONE
    assert [row["use"] for row in ended.json["certificates"]] == ["TLS", "messages"]
    assert ended.json["certificates"][1]["fingerprint"] == chains.fingerprint(ours)
    found = load(kz.folder).register.parties[BY]
    assert list(found.messages.pinned.values()) == [ours]
    without(kz)
    assert list((kz.folder / "parties").glob("BY.GTK*")) == []


def test_an_export_says_by_which_key_we_sign(pair: tuple[House, House], tmp_path: Path) -> None:
    """Ours is no RSA key: what other products would refuse is said before they do."""
    for product, warned in (("domibus", True), ("gateway", False)):
        gateway("party", "export", BY, "--for", product, "--out", tmp_path / product, "--config", pair[0].folder)
        assert ("LOOK: we sign by ecdsa-sha256" in (tmp_path / product / "README.txt").read_text()) is warned


@pytest.mark.parametrize(
    "chosen",
    [
        '[pmode]\ntoken = "ski"\nown_role = "urn:a"\nparty_role = "urn:b"\n',
        '[pmode]\nbinding = "pull"\nmpc = "urn:mpc:BY"\ngateway_properties = false\n',
        '[pull]\nmpc = "urn:mpc:KZ"\n',
    ],
)
def test_an_export_for_domibus_is_imported_as_the_same_pmode(
    pair: tuple[House, House], tmp_path: Path, chosen: str
) -> None:
    """KZ exports for BY; what BY's file says about BY is what KZ had, and the messages all fit."""
    kz, by = pair
    path = kz.folder / "parties" / "BY.GTK.toml"
    path.write_text(f"{path.read_text()}\n{chosen}")
    before = load(kz.folder).register.parties[BY]
    assert (
        gateway("party", "export", BY, "--for", "domibus", "--out", tmp_path / "out", "--config", kz.folder).code
        == DONE
    )
    ended = imported(
        kz, "--domibus", tmp_path / "out" / "domibus-pmode.xml", "--certificate", by.pem, "--replace", "--json"
    )
    assert (ended.code, ended.json["remarks"]) == (DONE, [])
    after = load(kz.folder).register.parties[BY]
    assert (after.pmodes, after.endpoint, after.agreements) == (before.pmodes, before.endpoint, before.agreements)
    assert after.pull == before.pull


@pytest.mark.parametrize("product", ["domibus", "phase4", "holodeck", "gateway"])
def test_an_export_has_what_the_product_needs_and_no_key(
    pair: tuple[House, House], tmp_path: Path, product: str
) -> None:
    """Its settings, our certificates, a sheet; no private key, though one may stand in our PEM file."""
    kz = pair[0]
    kz.pem.write_bytes(kz.pem.read_bytes() + (kz.folder / "keys" / "gateway.key").read_bytes())
    out = tmp_path / "out"
    ended = gateway("party", "export", BY, "--for", product, "--out", out, "--config", kz.folder, "--json")
    files = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert (ended.code, ended.json["files"]) == (DONE, sorted(files))
    wanted = {
        "domibus": {"domibus-pmode.xml", "gateway-sign-pkipath.xml"},
        "phase4": {"pmodes.json", "phase4.properties"},
        "holodeck": {"holodeck/test-1-send.xml"},
        "gateway": {"KZ.KGD.toml", "KZ.KGD.pem"},
    }[product]
    assert wanted | {"README.txt", "KZ.KGD-tls.pem", "KZ.KGD-message.pem", "KZ.KGD-message.pkipath"} <= set(files)
    assert not [name for name, content in files.items() if b"PRIVATE KEY" in content]
    assert fingerprint(kz.pem) in files["README.txt"].decode()


def test_what_is_exported_for_a_gateway_can_be_added_there(pair: tuple[House, House], tmp_path: Path) -> None:
    """The partner's `party add` takes the party file as it is."""
    kz, by = pair
    gateway("party", "export", BY, "--out", tmp_path / "out", "--config", kz.folder)
    gateway("party", "remove", "KZ.KGD", "--config", by.folder)
    assert gateway("party", "add", tmp_path / "out" / "KZ.KGD.toml", "--config", by.folder).code == DONE
    assert tomllib.loads((by.folder / "parties" / "KZ.KGD.toml").read_text())["id"] == "KZ.KGD"


def test_an_export_overwrites_nothing(pair: tuple[House, House], tmp_path: Path) -> None:
    """The folder must be new or empty."""
    (tmp_path / "mine").write_text("x")
    assert gateway("party", "export", BY, "--out", tmp_path, "--config", pair[0].folder).code == USAGE
    assert json.dumps([path.name for path in tmp_path.glob("mine")]) == '["mine"]'
