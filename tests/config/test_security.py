"""Keys and certificates of messages: ours and partners', loaded with every mistake named."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID

from gateway.config import security
from gateway.config.faults import ConfigError, Faults
from gateway.config.security import As4Section, KeyPairSection, Messages, MessagesSection, Own
from gateway.core.agreement import Register
from gateway.core.errors import Rejected
from gateway.core.pmode import PROFILES
from gateway.core.wss.keys import LOCAL
from gateway.core.wss.revocation import Revocation
from gateway.core.wss.trust import Subject, judge
from tests.core.making import BY
from tests.core.wss.pki import CA, NOW, Holder, at, crl, ed25519_key, issue, rsa_key, usage, x25519_key
from tests.house import House, build
from tests.loading import load

ICS2, ENCRYPTED, NEWEST = (PROFILES[name] for name in ("ics2", "edelivery-1.15", "edelivery-2.0"))
ROOT = issue("root", None, CA)
MIDDLE = issue("middle", ROOT, CA)
SELF = issue("BY.GTK")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Register:
    """KZ's register, with BY in it."""
    kz, _ = build(tmp_path_factory.mktemp("security"), "KZ.KGD", "BY.GTK")
    return load(kz.folder).register


def own(folder: Path, *pairs: tuple[str, Holder, tuple[Holder, ...]]) -> Own:
    """Our keys with these pairs in [as4]: where each stands ("" is the first), its holder, its issuers."""
    rows: dict[str, list[KeyPairSection]] = {"": [], "signs": [], "opens": []}
    for number, (where, holder, issuers) in enumerate(pairs):
        (folder / f"{number}.pem").write_bytes(holder.pem + b"".join(each.pem for each in issuers))
        (folder / f"{number}.key").write_bytes(holder.key_pem)
        rows[where].append(KeyPairSection(certificate=f"{number}.pem", key=f"{number}.key"))
    first = rows[""][0].model_dump() if rows[""] else {}
    faults = Faults()
    if not first:
        mine = issue("KZ.KGD")
        (folder / "own.pem").write_bytes(mine.pem)
        (folder / "own.key").write_bytes(mine.key_pem)
    found = security.own(
        folder, As4Section(**first, signs=rows["signs"], opens=rows["opens"]), ("own.pem", "own.key"), faults
    )
    faults.stop()
    return found


def partner(folder: Path, section: str = "", **files: bytes) -> Messages:
    """BY's message certificates, with these PEM files beside its file and these lines in [messages]."""
    (folder / "BY.GTK.pem").write_bytes(SELF.pem)
    for kind, content in files.items():
        (folder / f"BY.GTK.{kind}.pem").write_bytes(content)
    faults = Faults()
    read = MessagesSection.model_validate(tomllib.loads(section))
    found = security.messages(folder / "BY.GTK.toml", "BY.GTK", "BY.GTK.pem", read, faults)
    faults.stop()
    return found


def register(base: Register, found: Own, *readers: Holder, profile: str = "ics2") -> Register:
    """A register with these keys, and this certificate and profile of BY's."""
    pmodes = {"": PROFILES[profile]}
    by = replace(base.parties[BY], pmodes=pmodes, readers=tuple(each.certificate for each in readers))
    parties = {base.own.id: base.own, BY: by}
    return replace(base, parties=parties, signers=found.signers, openers=found.openers)


def test_messages_are_signed_with_the_key_of_the_edge_where_no_other_is_named(pair: tuple[House, House]) -> None:
    """What a gateway without [as4] does: its certificate is in its PEM file, which partners have."""
    kz, by = (load(house.folder).register for house in pair)
    signer = kz.signer_of(ICS2)
    assert signer.method == "ecdsa-sha256"
    judge(signer.chain, by.parties[kz.own.id].messages, at(2))
    assert by.parties[kz.own.id].readers == signer.chain
    assert kz.openers[0].certificate == signer.chain[0]
    assert LOCAL.verify(signer.method, signer.chain[0], signer.sign(b"x"), b"x")


def test_the_chain_is_that_of_the_keys_certificate(tmp_path: Path) -> None:
    """Of a file with two leaves and issuers in any order, the right leaf and its issuers upwards."""
    leaf = issue("KZ.KGD", MIDDLE)
    found = own(tmp_path, ("", leaf, (ROOT, issue("KZ.KGD", MIDDLE), MIDDLE)))
    assert found.signers[0].chain == (leaf.certificate, MIDDLE.certificate, ROOT.certificate)


def test_a_key_of_each_kind_serves_the_profiles_that_want_it(tmp_path: Path, base: Register) -> None:
    """RSA for 1.15, Ed25519 with X25519 for 2.0: each P-Mode gets the first method that one of the keys can."""
    rsa, eddsa = issue("KZ.KGD", key=rsa_key()), issue("KZ.KGD", key=ed25519_key())
    agreeing = issue("KZ.KGD", eddsa, key=x25519_key())
    found = register(base, own(tmp_path, ("", rsa, ()), ("signs", eddsa, ()), ("opens", agreeing, ())))
    assert found.signer_of(ICS2).method == found.signer_of(ENCRYPTED).method == "rsa-sha256"
    assert found.signer_of(NEWEST).method == "ed25519"
    assert {signer.method for signer in found.signers} >= {"rsa-sha512", "rsa-pss-sha256", "ed25519"}
    assert [opener.certificate for opener in found.openers] == [rsa.certificate, agreeing.certificate]


def test_in_our_rollover_both_keys_open_and_one_signs(tmp_path: Path) -> None:
    """The new pair signs; what is still encrypted for the former one is opened, until it is taken out."""
    old, new = issue("KZ.KGD"), issue("KZ.KGD")
    found = own(tmp_path, ("", new, ()), ("opens", old, ()))
    assert {signer.chain[0] for signer in found.signers} == {new.certificate}
    assert [opener.certificate for opener in found.openers] == [new.certificate, old.certificate]
    assert [opener.certificate for opener in own(tmp_path, ("", new, ())).openers] == [new.certificate]


@pytest.mark.parametrize(
    ("profile", "holder", "reader", "warning"),
    [
        ("ics2", issue("KZ.KGD", key=ed25519_key()), SELF, "no key of [as4] signs by rsa-sha256"),
        ("edelivery-1.15", issue("K", key=rsa_key()), SELF, "it has no certificate that messages can be encrypted for"),
        ("edelivery-1.15", SELF, issue("B", key=rsa_key()), "no key of [as4] that it could encrypt for by rsa-oaep"),
    ],
)
def test_keys_that_do_not_fit_a_pmode_are_found_before_a_message_is_sent(  # noqa: PLR0913, PLR0917 - a table's columns
    tmp_path: Path, base: Register, profile: str, holder: Holder, reader: Holder, warning: str
) -> None:
    """A warning of `gateway check`; a partner whose own P-Mode is plain needs no keys."""
    keys = own(tmp_path, ("", holder, ()))
    (found,) = security.unsuited(register(base, keys, reader, profile=profile))
    assert found.startswith(f"BY.GTK: {warning}")
    assert security.unsuited(register(base, keys, reader, profile="plain-tls")) == []


@pytest.mark.parametrize(
    ("where", "holder", "problem"),
    [
        ("", issue("KZ.KGD", key=rsa_key(1024)), "as4: .*less than 2048 bits"),
        ("", issue("KZ.KGD", None, usage("key_agreement")), "as4: .*keyUsage allows no signatures"),
        ("", issue("KZ.KGD", ROOT, key=x25519_key()), "as4: .*method does not fit the key"),
        ("", Holder(issue("KZ.KGD").certificate, rsa_key()), "as4: .*0.key is not the key of a certificate in"),
        ("opens", issue("KZ.KGD", key=ed25519_key()), r"as4.opens\[1\]: .*nobody can encrypt"),
        ("opens", issue("KZ.KGD", None, usage("digital_signature")), r"as4.opens\[1\]: .*nobody can encrypt"),
        ("signs", issue("KZ.KGD", None, usage("crl_sign")), r"as4.signs\[1\]: .*allows no signatures"),
    ],
)
def test_a_pair_that_cannot_do_its_work_is_named(tmp_path: Path, where: str, holder: Holder, problem: str) -> None:
    """Weak, not for the purpose, not a pair: the key in gateway.toml and the reason."""
    with pytest.raises(ConfigError, match=problem):
        own(tmp_path, (where, holder, ()))


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"certificate": "none.pem", "key": "own.key"}, "none.pem is no PEM file with certificates"),
        ({"certificate": "own.pem", "key": "none.key"}, "none.key is no PEM file with a private key"),
        ({"certificate": "own.pem", "key": "locked.key"}, "a private key without password"),
        ({"certificate": "own.pem"}, "expected certificate and key together"),
        ({"key": "own.key"}, "expected certificate and key together"),
    ],
)
def test_files_of_our_keys_that_cannot_be_used_are_named(tmp_path: Path, section: dict[str, str], problem: str) -> None:
    """Missing, locked with a password, half of a pair."""
    mine = issue("KZ.KGD")
    locked = mine.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    for name, content in (("own.pem", mine.pem), ("own.key", mine.key_pem), ("locked.key", locked)):
        (tmp_path / name).write_bytes(content)
    faults = Faults()
    security.own(tmp_path, As4Section(**section), ("own.pem", "own.key"), faults)
    (fault,) = faults.found
    assert str(fault).startswith(f"{tmp_path}/gateway.toml: as4: ")
    assert problem in fault.problem


def test_a_partners_message_certificates_stand_beside_its_file(tmp_path: Path) -> None:
    """In a rollover two are believed, and the first valid one is encrypted for."""
    old, new = issue("BY.GTK", ROOT, days=(-300, 5)), issue("BY.GTK", ROOT)
    found = partner(tmp_path, 'certificate = "BY.GTK.as4.pem"', as4=old.pem + new.pem + ROOT.pem)
    assert set(found.trusted.pinned) == {old.fingerprint, new.fingerprint}
    assert found.trusted.known == (old.certificate, new.certificate, ROOT.certificate)
    assert found.readers == (old.certificate, new.certificate)


def test_a_partner_may_be_believed_because_of_its_issuer(tmp_path: Path) -> None:
    """Trusted issuers, policy, subject (CN = PartyId by default), revocation lists: as its file says."""
    leaf, other = issue("BY.GTK", MIDDLE), issue("RU.FTS", MIDDLE)
    section = 'trust = "issued"\nissuers = "BY.GTK.issuers.pem"\ncertificate = "BY.GTK.as4.pem"\n'
    section += 'crl = "BY.GTK.crl.pem"\nrevocation = "required"\npolicy = "1.2.398.3"'
    found = partner(tmp_path, section, issuers=ROOT.pem, as4=leaf.pem + MIDDLE.pem, crl=crl(MIDDLE))
    trusted = found.trusted
    assert (trusted.anchors, trusted.pinned) == ((ROOT.certificate,), {})
    assert trusted.known == (leaf.certificate, MIDDLE.certificate, ROOT.certificate)
    assert (trusted.policy, trusted.subject) == ("1.2.398.3", Subject("CN", "BY.GTK"))
    assert (trusted.revocation, len(trusted.said)) == (Revocation.REQUIRED, 1)
    assert found.readers == (leaf.certificate,)
    with pytest.raises(Rejected):
        judge((other.certificate, MIDDLE.certificate), trusted, NOW)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("", None),
        ("CN", Subject("CN", "BY.GTK")),
        ("DNS=as4.gtk.example", Subject("DNS", "as4.gtk.example")),
        ("CN=A=B", Subject("CN", "A=B")),
    ],
)
def test_the_subject_rule_is_the_partys_id_or_a_stated_value(
    tmp_path: Path, text: str, subject: Subject | None
) -> None:
    """Pinned certificates need none."""
    assert partner(tmp_path, f'subject = "{text}"').trusted.subject == subject


def test_a_self_signed_certificate_of_openssl_is_the_partys_own(tmp_path: Path) -> None:
    """`openssl req -x509` calls every certificate an issuer's; issuers that issued something here stay issuers."""
    alone = issue("BY.GTK", None, CA)
    found = partner(tmp_path, 'certificate = "BY.GTK.as4.pem"', as4=alone.pem + MIDDLE.pem + ROOT.pem)
    assert found.readers == (alone.certificate,)
    assert found.trusted.known == (alone.certificate, MIDDLE.certificate, ROOT.certificate)


def test_lists_are_read_in_pem_several_in_a_file(tmp_path: Path) -> None:
    """One of each issuer."""
    lists = b"".join(x509.load_der_x509_crl(crl(each)).public_bytes(Encoding.PEM) for each in (ROOT, MIDDLE))
    leaf = issue("BY.GTK", MIDDLE)
    section = 'certificate = "BY.GTK.as4.pem"\ncrl = "BY.GTK.crl.pem"'
    found = partner(tmp_path, section, as4=leaf.pem + MIDDLE.pem + ROOT.pem, crl=lists)
    assert len(found.trusted.said) == 2


@pytest.mark.parametrize(
    ("section", "files", "problem"),
    [
        ('certificate = "RU.FTS.as4.pem"', {}, "messages.certificate: expected BY.GTK.as4.pem"),
        ('issuers = "BY.GTK.pem"', {}, "messages.issuers: expected BY.GTK.issuers.pem"),
        ('crl = "x"', {}, "messages.crl: expected BY.GTK.crl.pem"),
        ('certificate = "BY.GTK.as4.pem"', {}, "messages.certificate: BY.GTK.as4.pem is no PEM file"),
        ('certificate = "BY.GTK.as4.pem"', {"as4": b"x"}, "messages.certificate: BY.GTK.as4.pem is no PEM file"),
        ('certificate = "BY.GTK.as4.pem"', {"as4": MIDDLE.pem}, "messages.certificate: holds only issuers"),
        ('certificate = "BY.GTK.as4.pem"', {"as4": issue("x", key=rsa_key(1024)).pem}, "CN=x has an RSA key of less"),
        ('trust = "issued"', {}, 'messages.issuers: trust = "issued" needs'),
        ('trust = "issued"\nissuers = "BY.GTK.issuers.pem"', {"issuers": issue("x").pem}, "CN=x issues no"),
        ('revocation = "required"', {}, "messages.revocation: .* self-signed"),
        ('crl = "BY.GTK.crl.pem"', {}, "messages.crl: BY.GTK.crl.pem cannot be read"),
        ('crl = "BY.GTK.crl.pem"', {"crl": b"x"}, "messages.crl: BY.GTK.crl.pem: it is no revocation list"),
        ('crl = "BY.GTK.crl.pem"', {"crl": crl(ROOT)}, "messages.crl: .* not signed by one of the issuers"),
        ('crl = "BY.GTK.crl.pem"', {"crl": b"x" * (32 * 1024**2 + 1)}, "messages.crl: .* larger than"),
    ],
)
def test_mistakes_in_a_partners_message_certificates_are_named(
    tmp_path: Path, section: str, files: dict[str, bytes], problem: str
) -> None:
    """File, key and what is wrong."""
    with pytest.raises(ConfigError, match=f"BY.GTK.toml: .*{problem}"):
        partner(tmp_path, section, **files)


def test_no_name_leads_out_of_the_folder_of_parties(pair: tuple[House, House]) -> None:
    """And every mistake of form is named with its key."""
    wrong = 'certificate = "../keys/gateway.key"\npolicy = "policy"\nsubject = "name"'
    pair[0].edit("parties/BY.GTK.toml", 'certificate = "BY.GTK.as4.pem"', wrong)
    with pytest.raises(ConfigError) as found:
        load(pair[0].folder)
    assert {fault.key for fault in found.value.faults} >= {
        "messages.certificate",
        "messages.policy",
        "messages.subject",
    }


def named(leaf: str = "http://crl.example/root.crl") -> tuple[x509.ExtensionType, ...]:
    """What a certificate says about where its issuer speaks of revocation."""
    uri, responder = (x509.UniformResourceIdentifier(each) for each in (leaf, "http://ocsp.example"))
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, responder)
    point = x509.DistributionPoint([uri], None, None, None)
    return x509.CRLDistributionPoints([point]), x509.AuthorityInformationAccess([access])


def test_revocation_is_asked_where_the_certificates_or_the_operator_say(tmp_path: Path) -> None:
    """Lists once each, responders for each certificate whose issuer is known; without either, nobody."""
    leaf = issue("BY.GTK", ROOT, *named(), critical=False)
    section, pem = 'certificate = "BY.GTK.as4.pem"\n', leaf.pem + ROOT.pem

    def asked(text: str, content: bytes = pem) -> list[tuple[str, bool]]:
        found = partner(tmp_path, section + text, as4=content)
        return [(source.url, source.certificate is None) for source in found.trusted.sources]

    assert asked("") == []
    assert asked('crl_from = "certificate"\nocsp_from = "certificate"') == [
        ("http://crl.example/root.crl", True), ("http://ocsp.example", False),
    ]  # fmt: skip
    assert asked('crl_from = "http://x/a.crl"') == [("http://x/a.crl", True)]
    assert asked('ocsp_from = "https://x/"') == [("https://x/", False)]
    assert asked('ocsp_from = "https://x/"', leaf.pem) == []
    other = issue("BY.GTK", ROOT, *named("ldap://x/"), critical=False)
    assert asked('crl_from = "certificate"', other.pem + ROOT.pem) == []


def test_a_list_that_is_out_of_date_is_named(tmp_path: Path, base: Register) -> None:
    """Before messages are refused for it; one that is up to date is not."""
    leaf = issue("BY.GTK", ROOT)
    section = 'certificate = "BY.GTK.as4.pem"\ncrl = "BY.GTK.crl.pem"\nrevocation = "required"'
    found = partner(tmp_path, section, as4=leaf.pem + ROOT.pem, crl=crl(ROOT))
    known = replace(base, parties={BY: replace(base.parties[BY], messages=found.trusted)})
    assert security.stale(known, NOW) == []
    (warning,) = security.stale(known, at(2))
    assert warning == "BY.GTK: the revocation list of CN=root is out of date; messages are refused"
    quiet = replace(found.trusted, revocation=Revocation.IF_KNOWN)
    (warning,) = security.stale(replace(base, parties={BY: replace(base.parties[BY], messages=quiet)}), at(2))
    assert warning.endswith("out of date")
