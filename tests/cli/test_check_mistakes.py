"""Mistakes in a configuration: each is named by file and key, with exit code 3, all at once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli import setup
from gateway.cli.output import CONFIG
from tests.cli.command import gateway
from tests.house import House

AGREEMENT = "agreements/eurasec-customs.toml"
OTHER = '\n[[system]]\nid = "other"\ntoken_sha256 = ["' + "7" * 64 + '"]\nmay_send = ["*"]\nreceives = ["*"]\n'


@dataclass(frozen=True, slots=True)
class Mistake:
    """A text replaced in a file, and where and how it must be named."""

    name: str
    edited: str
    old: str
    new: str
    key: str
    problem: str
    file: str = ""  # where it differs from the edited one


FORMS = (
    Mistake("unknown key", "gateway.toml", "[gateway]\n", "[gateway]\nsurprise = 1\n", "gateway.surprise", "not permitted"),
    Mistake("wrong type", "gateway.toml", "[api]  # national systems\nport = ", '[api]\nport = "x" # ', "api.port", "integer"),
    Mistake("bad duration", "gateway.toml", "\n[api]", 'reload_every = "2 fortnights"\n\n[api]', "gateway.reload_every", "duration"),
    Mistake("bad size", "gateway.toml", "\n[api]", '\n[limits]\nbody = "20"\n\n[api]', "limits.body", "size"),
    Mistake("missing key", "gateway.toml", 'domain = "kz.kgd.gateway"\n', "", "gateway.domain", "required"),
    Mistake("no https", "gateway.toml", 'receives = ["*"]', 'receives = ["*"]\nwebhook = "http://x/"', "system[1].webhook", "https"),
)  # fmt: skip
FILES = (
    Mistake("no key file", "gateway.toml", 'key = "keys/gateway.key"', 'key = "keys/none.key"', "msh.key", "not a file"),
    Mistake("no proof", "gateway.toml", "token_sha256", "token_sha256 = [] #", "system national", "proves"),
    Mistake("no webhook ca", "gateway.toml", 'receives = ["*"]', 'receives = ["*"]\nwebhook_ca = "x.pem"', "system national: webhook_ca", "x.pem"),
    Mistake("bad TOML", AGREEMENT, 'id = "eurasec-customs"', "id = eurasec", "", "not TOML"),
    Mistake("unknown prefix", AGREEMENT, "//casdo:GuaranteeAmount", "//nope:GuaranteeAmount", "restricted[10].path", "nope"),
    Mistake("nowhere", AGREEMENT, "//cacdo:DriverDetails", "//cacdo:CustomsPersonDetails/csdo:NoteText", "message[1].restricted[1].path", "cannot stand"),
    Mistake("nowhere at all", AGREEMENT, "//casdo:GuaranteeAmount", "//casdo:Guaranty", "restricted[10].path", "no message type"),
    Mistake("mandatory", AGREEMENT, 'action = "refuse"', "", "message[3].restricted[1].path", "case-number"),
    Mistake("bad index", AGREEMENT, 'declaration = "/trn:', 'declaration = "/tac:', "message[1].index.declaration", ""),
    Mistake("no schema", AGREEMENT, "TransitReleaseNotice.xsd", "None.xsd", "message[1].schema", "no such file"),
    Mistake("no such root", AGREEMENT, ":v1.0.0}ProcessingResult", ":v1.0.0}Result", "message[5].schema", "no global element"),
    Mistake("dates", AGREEMENT, "valid_from = 2011-05-19", "valid_from = 2011-05-19\nvalid_until = 2000-01-01", "valid_until", "before"),
    Mistake("missing PEM", "parties/BY.GTK.toml", '"BY.GTK.pem"', '"none.pem"', "certificate", "BY.GTK.pem"),
    Mistake("PEM elsewhere", "parties/BY.GTK.toml", '"BY.GTK.pem"', '"../keys/gateway.pem"', "certificate", "pattern"),
    Mistake("signers elsewhere", "parties/BY.GTK.toml", 'id = "BY.GTK"', 'id = "BY.GTK"\nsigners = "x.pem"', "signers", "BY.GTK.signers.pem"),
    Mistake("missing signers", "parties/BY.GTK.toml", 'id = "BY.GTK"', 'id = "BY.GTK"\nsigners = "BY.GTK.signers.pem"', "signers", "no PEM file"),
    Mistake("signature without a treaty", AGREEMENT, "[prefixes]", '[signature]\ndemand = "required"\n\n[prefixes]', "signature.ground", "required"),
    Mistake("another id", "parties/BY.GTK.toml", 'id = "BY.GTK"', 'id = "BY.GTX"', "id", "BY.GTK"),
    Mistake("bad member", "parties/BY.GTK.toml", '"BY"', '"Belarus"', "member", "pattern"),
)  # fmt: skip
REGULATION = (
    Mistake("unknown answer", AGREEMENT, '["DocumentVerificationResponse"]', '["Nothing"]', "message[3].answers", "no message type Nothing"),
    Mistake("nobody answers", AGREEMENT, 'answers = ["DocumentVerificationResponse"]', "", "message[3].answers", "request-response"),
    Mistake("no time to answer", AGREEMENT, 'answer_within = "30 days"', "", "message[3].answer_within", "request-response"),
    Mistake("no time to accept", AGREEMENT, 'accept_within = "10 minutes"', "", "message[2].accept_within", "accepted"),
    Mistake("answer to a notice", AGREEMENT, 'pattern = "notification"', 'pattern = "notification"\nanswers = ["ProcessingResult"]', "message[1].answers", "nothing answers"),
    Mistake("signal not of the pattern", AGREEMENT, 'pattern = "notification"', 'pattern = "notification"\nsignals = { accepted = "gateway" }', "message[1].signals.accepted", "expected none"),
    Mistake("obligation without signal", AGREEMENT, '{ received = "gateway", accepted', '{ received = "none", accepted', "message[2].signals.received", "receipt"),
    Mistake("name of the signals", AGREEMENT, "index = { declaration", "index = { document", "message[1].index.document", "[signals]"),
    Mistake("signal of no type", AGREEMENT, '[signals]                                                   # how services tell each other how far a transaction is (EA-4.3)\ntype = "ProcessingResult"', '[signals]\ntype = "Nothing"', "signals.type", "Nothing"),
    Mistake("unknown placeholder", AGREEMENT, "{at}", "{now}", "signals.templates.received", "unknown now"),
    Mistake("template no XML", AGREEMENT, "<csdo:EDocId>{document}", "<csdo:EDocId {document}", "signals.templates.received", "well-formed"),
    Mistake("template not valid", AGREEMENT, "<csdo:EDocId>{document}", "<csdo:EDocId>x{document}", "signals.templates.received", "not a valid"),
    Mistake("template of another signal", AGREEMENT, "P.MSG.RCV</csdo:SignalCode>", "P.MSG.PRS</csdo:SignalCode>", "signals.templates.received", "expected P.MSG.RCV"),
)  # fmt: skip
TOGETHER = (
    Mistake("unknown agreement", "parties/BY.GTK.toml", '["eurasec-customs", ', '["eurasec", ', "agreements", "eurasec-customs"),
    Mistake("no signers", AGREEMENT, "[prefixes]", '[signature]\ndemand = "required"\nground = "a treaty"\n\n[prefixes]', "signers", "demands", "parties/BY.GTK.toml"),
    Mistake("no member", AGREEMENT, '"BY", "KG"', '"KG"', "member", "BY", "parties/BY.GTK.toml"),
    Mistake("two receivers", "gateway.toml", "", OTHER, "system.receives", "national and other"),
    Mistake("no receiver", "gateway.toml", 'receives = ["*"]', 'receives = ["ProcessingResult"]', "system.receives", "no system receives"),
    Mistake("unknown type", "gateway.toml", 'may_send = ["*"]', 'may_send = ["Transit"]', "system national", "Transit"),
)  # fmt: skip


def make(house: House, mistake: Mistake) -> None:
    """The mistake is in the folder."""
    if mistake.old:
        house.edit(mistake.edited, mistake.old, mistake.new)
    else:
        path = house.folder / mistake.edited
        path.write_text(path.read_text() + mistake.new)


def is_named(house: House, mistake: Mistake, faults: list[dict[str, str]]) -> bool:
    """Whether one of the faults names the file, the key and the problem."""
    file = str(house.folder / (mistake.file or mistake.edited))
    return any(
        (f["file"], f["key"].partition(" (")[0]) == (file, mistake.key) and mistake.problem in f["problem"]
        for f in faults
    )


MIXED = ("no key file", "no proof", "unknown prefix", "nowhere", "mandatory", "bad index", "dates", "missing PEM")


@pytest.mark.parametrize(
    "mistake",
    [*FORMS, *FILES, *REGULATION, *TOGETHER],
    ids=lambda mistake: mistake.name,
)
def test_a_mistake_is_named_by_file_and_key(pair: tuple[House, House], mistake: Mistake) -> None:
    """Exit 3, and a fault with the file, the key as it reads in TOML, and what is wrong."""
    make(pair[0], mistake)
    ended = gateway("check", "--config", pair[0].folder, "--json")
    assert ended.code == CONFIG
    assert is_named(pair[0], mistake, ended.json["faults"]), ended.json["faults"]


@pytest.mark.parametrize("mistakes", [FORMS, [row for row in FILES if row.name in MIXED]], ids=["forms", "files"])
def test_mistakes_of_a_kind_are_named_at_once(pair: tuple[House, House], mistakes: tuple[Mistake, ...]) -> None:
    """Every mistake within one file, and every one that shows when single files are read."""
    for mistake in mistakes:
        make(pair[0], mistake)
    faults = gateway("check", "--config", pair[0].folder, "--json").json["faults"]
    assert [mistake.name for mistake in mistakes if not is_named(pair[0], mistake, faults)] == []


@pytest.mark.parametrize(
    "names",
    [
        (*[mistake.name for mistake in FORMS if mistake.edited == "gateway.toml"], "unknown prefix", "mandatory", "missing PEM"),
        ("no key file", "no proof", "no webhook ca", "unknown agreement", "two receivers"),
        ("no key file", "bad TOML", "missing PEM"),
        ("no key file", "no member", "unknown type", "no receiver"),
    ],
    ids=["gateway.toml of another form", "each file usable", "an agreement unreadable", "across files"],
)  # fmt: skip
def test_all_mistakes_of_a_folder_are_named_at_once(pair: tuple[House, House], names: tuple[str, ...]) -> None:
    """Form, file and cross-file mistakes together: one check names every one that can be seen beside the others."""
    mistakes = [mistake for mistake in (*FORMS, *FILES, *TOGETHER) if mistake.name in names]
    assert len(mistakes) == len(names)
    for mistake in mistakes:
        make(pair[0], mistake)
    faults = gateway("check", "--config", pair[0].folder, "--json").json["faults"]
    assert [mistake.name for mistake in mistakes if not is_named(pair[0], mistake, faults)] == []


def test_a_faulty_agreement_hides_no_other_files_mistake(pair: tuple[House, House]) -> None:
    """Two systems that receive the same are a mistake of gateway.toml, whatever the agreements hold."""
    mistakes = [mistake for mistake in (*FILES, *TOGETHER) if mistake.name in {"unknown prefix", "two receivers"}]
    for mistake in mistakes:
        make(pair[0], mistake)
    faults = gateway("check", "--config", pair[0].folder, "--json").json["faults"]
    assert [mistake.name for mistake in mistakes if not is_named(pair[0], mistake, faults)] == []


def test_a_key_of_another_certificate_is_named(pair: tuple[House, House]) -> None:
    """Certificate and key that do not belong together stop the start."""
    folder = pair[0].folder
    _, key = setup.key_pair(setup.Service("X", "KZ", "x", "127.0.0.1", 1, 2))
    (folder / "keys" / "gateway.key").write_bytes(key)
    ended = gateway("check", "--config", folder, "--json")
    assert ended.code == CONFIG
    assert [(fault["file"], fault["key"]) for fault in ended.json["faults"]] == [
        (str(folder / "gateway.toml"), "api.key"),
        (str(folder / "gateway.toml"), "msh.key"),
    ]


@pytest.mark.parametrize("text", ["", "00", "zz" * 32], ids=["empty", "short", "not hex"])
def test_a_bad_redaction_key_is_named_and_never_shown(pair: tuple[House, House], text: str) -> None:
    """The file is named; what is in it is not."""
    path = pair[0].folder / "keys" / "redaction.key"
    path.write_text(text)
    ended = gateway("check", "--config", pair[0].folder)
    assert (ended.code, str(path) in ended.err) == (CONFIG, True)
    assert "zz" not in ended.err


def test_two_files_of_one_version_are_named(pair: tuple[House, House]) -> None:
    """The same agreement version in two files is ambiguous."""
    folder = pair[0].folder / "agreements"
    (folder / "copy.toml").write_text((folder / "eurasec-customs.toml").read_text())
    ended = gateway("check", "--config", pair[0].folder)
    assert (ended.code, "eurasec-customs:1.0 stands in two files" in ended.err) == (CONFIG, True)


def test_a_folder_that_is_no_configuration_is_named(tmp_path: Path) -> None:
    """Every command that reads a configuration says which file is missing, with exit 3."""
    for command in (("check",), ("serve",), ("messages",), ("log", "show"), ("log", "verify"), ("party", "show")):
        ended = gateway(*command, "--config", tmp_path)
        assert (ended.code, str(tmp_path / "gateway.toml") in ended.err) == (CONFIG, True), command


def test_one_certificate_of_two_parties_is_named(pair: tuple[House, House]) -> None:
    """Nobody could tell which of them is calling."""
    parties = pair[0].folder / "parties"
    text = (parties / "BY.GTK.toml").read_text().replace("BY.GTK", "RU.FTS").replace('"BY"', '"RU"')
    (parties / "RU.FTS.toml").write_text(text)
    for name in ("pem", "as4.pem"):
        (parties / f"RU.FTS.{name}").write_bytes((parties / f"BY.GTK.{name}").read_bytes())
    ended = gateway("check", "--config", pair[0].folder)
    assert (ended.code, "is BY.GTK's, too" in ended.err) == (CONFIG, True)
