"""P-Modes come from a profile, the agreement's file and the party's; contradictions are named by file and key."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config import pmodes
from gateway.config.faults import ConfigError, Faults
from gateway.config.load import load
from gateway.config.pmodes import PModeSection, Source, merged
from gateway.core.agreement import Party, Register
from gateway.core.names import PartyId
from gateway.core.pmode import DEFAULT_MPC, PROFILES, Binding, BusinessFaults, PMode, Token
from tests.house import House, build

REF = "eurasec-customs:1.0"
OTHER = "phyto-notice:1.0"
Sections = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Register:
    """A gateway with two partners and two agreements."""
    houses = build(tmp_path_factory.mktemp("pmodes"), "KZ.KGD", "BY.GTK", "RU.FTS")
    return load(houses[0].folder).register


def agreed(register: Register, sections: Sections, *suites: str) -> tuple[dict[PartyId, Party], list[tuple[str, str]]]:
    """The parties with these [pmode] sections, by the name of the file they stand in, and file and key of each fault."""
    faults = Faults()
    sources = {name: Source(Path(name), PModeSection.model_validate(found)) for name, found in sections.items()}
    parties = {
        name: (found, sources.get(name, Source(Path(name), PModeSection()))) for name, found in register.parties.items()
    }
    agreements = [
        (found, sources.get(found.id, Source(Path(found.id), PModeSection()))) for found in register.agreements
    ]
    found = pmodes.agree(parties, agreements, suites, "KZ.KGD", faults)
    return found, [(fault.file.name, fault.key.removeprefix("pmode.")) for fault in faults.found]


def pmode(register: Register, sections: Sections, agreement: str = REF) -> PMode:
    """The P-Mode with BY.GTK that the sections make, which are faultless."""
    parties, faults = agreed(register, sections)
    assert faults == []
    return parties[PartyId("BY.GTK")].pmode(agreement)


def test_without_a_section_everything_is_as_in_ics2(register: Register) -> None:
    """The default profile, for every agreement and where none is named."""
    assert {pmode(register, {}, ref) for ref in ("", REF, OTHER)} == {PROFILES["ics2"]}


def test_what_load_reads_is_in_the_register(pair: tuple[House, House]) -> None:
    """The sections of both kinds of file reach `Party.pmode`."""
    kz, _ = pair
    for name, text in (
        ("parties/BY.GTK", 'encrypt = true\nkey_transport = "ecdh-es"'),
        ("agreements/phyto-notice", 'token = "ski"'),
    ):
        path = kz.folder / f"{name}.toml"
        path.write_text(f"{path.read_text()}\n[pmode]\n{text}\n")
    party = load(kz.folder).register.parties[PartyId("BY.GTK")]
    assert [(party.pmode(ref).encrypt, party.pmode(ref).token) for ref in ("", REF, OTHER)] == [
        (True, Token.PKIPATH), (True, Token.PKIPATH), (True, Token.SKI),
    ]  # fmt: skip


def test_faults_can_be_told_by_signals_where_the_agreement_says_so(pair: tuple[House, House]) -> None:
    """Then every type's documents have an id that the signal names; a party may still want errors."""
    kz, _ = pair
    path = kz.folder / "agreements" / "eurasec-customs.toml"
    path.write_text(f'{path.read_text()}\n[pmode]\nbusiness_faults = "signal"\n')
    register = load(kz.folder).register
    assert register.parties[PartyId("BY.GTK")].pmode(REF).business_faults is BusinessFaults.SIGNAL
    path = kz.folder / "parties" / "BY.GTK.toml"
    path.write_text(f'{path.read_text()}\n[pmode]\nbusiness_faults = "error"\n')
    assert load(kz.folder).register.parties[PartyId("BY.GTK")].pmode(REF).business_faults is BusinessFaults.ERROR


def test_a_mistake_is_named_by_file_and_key(pair: tuple[House, House]) -> None:
    """A misspelt key, an unknown name, a contradiction: each says where it stands."""
    path = pair[0].folder / "parties" / "BY.GTK.toml"
    text = path.read_text()
    for wrong, key in (("signs = true", "signs"), ('digests = ["md5"]', "digests[1]"), ("sign = false", "sign")):
        path.write_text(f"{text}\n[pmode]\n{wrong}\n")
        with pytest.raises(ConfigError) as caught:
            load(pair[0].folder)
        (fault,) = caught.value.faults
        assert (fault.file, fault.key) == (path, f"pmode.{key}")


def test_the_agreement_goes_before_the_profile_and_the_party_before_the_agreement(register: Register) -> None:
    """Key by key: what the party's file does not say stays as the agreement's file has it."""
    sections: Sections = {"eurasec-customs": {"token": "ski", "service_type": "t"}, "BY.GTK": {"service_type": "u"}}
    found = pmode(register, sections)
    assert (found.token, found.service_type, found.signature_methods) == (
        Token.SKI, "u", PROFILES["ics2"].signature_methods,
    )  # fmt: skip
    assert pmode(register, sections, OTHER).token is Token.PKIPATH


def test_the_last_profile_named_holds(register: Register) -> None:
    """The party's over the agreement's; the keys of both go over it."""
    sections: Sections = {"eurasec-customs": {"profile": "edelivery-1.15", "pmode_id": "x"}}
    assert pmode(register, sections).profile == "edelivery-1.15"
    found = pmode(register, {**sections, "BY.GTK": {"profile": "edelivery-2.0"}})
    assert (found.profile, found.key_transport, found.pmode_id) == ("edelivery-2.0", "x25519", "x")


def test_an_id_without_version_is_the_last_version_and_an_unknown_one_the_partys(register: Register) -> None:
    """Agreements are named as id or id:version; where none is meant, the party's own section holds."""
    sections: Sections = {"eurasec-customs": {"token": "ski"}, "BY.GTK": {"pmode_id": "x"}}
    found = pmode(register, sections, "eurasec-customs")
    assert (found.token, found.pmode_id) == (Token.SKI, "x")
    assert (pmode(register, sections, "none").token, pmode(register, sections, "none").pmode_id) == (Token.PKIPATH, "x")
    assert Party.pmode(register.own.__class__(*_bare(register)), "none") == PROFILES["ics2"]


def _bare(register: Register) -> tuple[Any, ...]:
    """The arguments of a party without P-Modes."""
    own = register.own
    return (own.id, own.member, own.authority, own.environment, own.endpoint, own.agreements, own.certificates)


def test_a_channel_may_be_made_of_the_partys_id(register: Register) -> None:
    """ICS2: urn:fdc:…:eu_ics2_c2t/EORI/<PartyId>, said once for all parties."""
    sections: Sections = {"eurasec-customs": {"binding": "pull", "mpc": "urn:x/EORI/{party}"}}
    parties, faults = agreed(register, sections)
    assert faults == []
    assert [parties[PartyId(name)].pmode(REF).mpc for name in ("BY.GTK", "RU.FTS")] == [
        "urn:x/EORI/BY.GTK", "urn:x/EORI/RU.FTS",
    ]  # fmt: skip
    named = pmode(register, {**sections, "BY.GTK": {"party_id": "BY1"}})
    assert (named.mpc, named.binding) == ("urn:x/EORI/BY1", Binding.PULL)


def test_roles_belong_to_who_sends_or_to_the_parties(register: Register) -> None:
    """The sender is the initiator in eDelivery; in ICS2 a trader is Trader whoever sends."""
    usual = pmode(register, {})
    assert usual.roles(outgoing=True) == usual.roles(outgoing=False)
    assert usual.roles(outgoing=True)[0].endswith("/initiator")
    ics2 = pmode(register, {"BY.GTK": {"own_role": "Customs", "party_role": "Trader"}})
    assert (ics2.roles(outgoing=True), ics2.roles(outgoing=False)) == (("Customs", "Trader"), ("Trader", "Customs"))


def test_our_party_type_is_the_partys_unless_it_is_said(register: Register) -> None:
    """ICS2: traders' ids are of one type, customs' of another."""
    same = pmode(register, {"BY.GTK": {"party_type": "t"}})
    assert same.types(outgoing=True) == same.types(outgoing=False) == ("t", "t")
    differ = pmode(register, {"BY.GTK": {"party_type": "t", "own_party_type": "o"}})
    assert (differ.types(outgoing=True), differ.types(outgoing=False)) == (("o", "t"), ("t", "o"))


CONTRADICTIONS: tuple[tuple[Sections, list[tuple[str, str]]], ...] = (
    ({"BY.GTK": {"sign": False}}, [("BY.GTK", "sign")]),
    ({"BY.GTK": {"sign": False, "encrypt": True}}, [("BY.GTK", "sign"), ("BY.GTK", "encrypt")]),
    ({"BY.GTK": {"profile": "plain-tls", "sign": True}}, [("BY.GTK", "profile")]),
    ({"BY.GTK": {"profile": "plain-tls", "encrypt": True}}, [("BY.GTK", "profile"), ("BY.GTK", "encrypt")]),
    ({"BY.GTK": {"own_role": "Trader"}}, [("BY.GTK", "own_role")]),
    ({"BY.GTK": {"party_role": "Trader"}}, [("BY.GTK", "own_role")]),
    ({"BY.GTK": {"properties": ["batch", "purpose"]}}, [("BY.GTK", "properties")]),
    ({"BY.GTK": {"properties": ["batch", "Sequence"]}}, [("BY.GTK", "properties")]),
    ({"BY.GTK": {"suite": "none"}}, [("BY.GTK", "suite")]),
    ({"BY.GTK": {"party_type": ""}}, [("BY.GTK", "party_id")]),
    ({"BY.GTK": {"party_id": "RU.FTS"}}, [("RU.FTS", "party_id")]),
    ({"BY.GTK": {"agreement_ref": "x"}}, [("BY.GTK", "agreement_ref")]),
    ({"eurasec-customs": {"agreement_ref": OTHER}}, [("BY.GTK", "agreement_ref"), ("KZ.KGD", "agreement_ref"), ("RU.FTS", "agreement_ref")]),
    ({"phyto-notice": {"business_faults": "signal"}}, [("phyto-notice", "business_faults")]),
    ({"BY.GTK": {"business_faults": "signal"}}, [("BY.GTK", "business_faults"), ("BY.GTK", "business_faults")]),
    ({"eurasec-customs": {"encrypt": True, "sign": False}}, [("eurasec-customs", "sign"), ("eurasec-customs", "encrypt")]),
    ({"eurasec-customs": {"binding": "pull"}}, [("RU.FTS", "mpc")]),
    ({"eurasec-customs": {"binding": "pull", "mpc": "urn:x"}}, [("RU.FTS", "mpc")]),
)  # fmt: skip


@pytest.mark.parametrize(("sections", "expected"), CONTRADICTIONS, ids=lambda row: str(row)[:60])
def test_contradictory_settings_are_refused(
    register: Register, sections: Sections, expected: list[tuple[str, str]]
) -> None:
    """Each is named once, in the file that says so; the agreement's own are not repeated for every party."""
    assert agreed(register, sections)[1] == expected


def test_a_product_without_a_log_may_use_the_names_for_its_own(register: Register) -> None:
    """The control: `Sequence` is ours towards partners with a log alone."""
    by = PartyId("BY.GTK")
    parties = {**register.parties, by: replace(register.parties[by], log=None)}
    foreign = replace(register, parties=parties)
    assert pmode(foreign, {"BY.GTK": {"properties": ["Sequence"]}}).properties == {"Sequence"}


FITTING: tuple[Sections, ...] = (
    {"BY.GTK": {"profile": "plain-tls"}},
    {"BY.GTK": {"encrypt": True}},
    {"BY.GTK": {"suite": "gost"}},
    {"BY.GTK": {"party_type": "", "party_id": "urn:x:by"}},
    {"eurasec-customs": {"agreement_ref": "EU-ICS2-TI-V2.0", "agreement_type": "ics2-interface-version"}},
    {"BY.GTK": {"binding": "pull"}},
    {"eurasec-customs": {"binding": "pull"}, "BY.GTK": {"mpc": "urn:x"}},
)  # fmt: skip


@pytest.mark.parametrize("sections", FITTING, ids=lambda row: str(row)[:60])
def test_what_fits_together_is_taken(register: Register, sections: Sections) -> None:
    """Control: the same keys where nothing contradicts them."""
    assert agreed(register, sections, "gost")[1] == []


def test_a_service_that_is_no_uri_needs_a_type(register: Register) -> None:
    """Checked (ebMS 5.2.2.8) for the agreement's own message types."""
    (first, *_) = register.agreements
    (kind, *_) = first.messages.values()
    assert list(pmodes._services(PMode("ics2"), {kind.service})) == []
    assert [key for key, _ in pmodes._services(PMode("ics2"), {"eu_ics2_t2c"})] == ["service_type"]
    assert list(pmodes._services(PMode("ics2", service_type="eu-customs-service-type"), {"eu_ics2_t2c"})) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"profile": "ics3"}, {"signature_methods": ["rsa-sha1"]}, {"signature_methods": []}, {"digests": ["sha1", "sha256"]}, {"digests": ["sha512"]}, {"digests": []},
        {"data_encryption": "aes128-cbc"}, {"key_transport": "rsa-1_5"}, {"token": "saml"}, {"binding": "sync"},
        {"business_faults": "ignore"}, {"initiator_role": ""}, {"party_type": " x"}, {"mpc": "a\nb"}, {"other": 1},
        {"properties": ["a b"]},
    ],
)  # fmt: skip
def test_unknown_names_are_refused(wrong: dict[str, Any]) -> None:
    """Whatever stands in no table; what is weak stands in none."""
    with pytest.raises(ValidationError):
        PModeSection.model_validate(wrong)


def test_every_parameter_of_a_pmode_can_be_set_in_a_file() -> None:
    """The section has every field."""
    assert set(PMode.__slots__) <= set(PModeSection.model_fields)
    assert merged(PModeSection(business_faults=BusinessFaults.SIGNAL)).mpc == DEFAULT_MPC
