"""Code lists are brought, shown and taken away; what is wrong with one is named, and nothing is half done."""

import tomllib
from pathlib import Path

import pytest

from gateway.cli import setup
from gateway.cli.output import CONFIG, FOUND, USAGE
from gateway.config.load import load
from tests.cli.command import Ended, gateway

HEADING = "code,name_en,name_ru,name_kk"
KINDS = [HEADING, "02015,road waybill,накладная,", '09999,"other, further",прочие,басқа']


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new configuration."""
    setup.write(tmp_path / "new", setup.Service("KZ.KGD", "KZ", "K", "127.0.0.1", 8443, 8444))
    return tmp_path / "new"


def bring(folder: Path, rows: list[str], *more: object, name: str = "2009", version: str = "2026") -> Ended:
    """A list imported from these rows."""
    file = folder / "rows.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    told = (
        "--id",
        name,
        "--version",
        version,
        "--title",
        "Kinds",
        "--source",
        "a decision",
        "--valid-from",
        "2026-01-01",
    )
    return gateway("codelist", "import", file, *told, "--config", folder, *more)


def test_new_gateway_has_the_shipped_lists(folder: Path) -> None:
    """All countries, the currencies of two years, and what is a subset says so."""
    rows = {(row["list"], row["version"]): row for row in gateway("codelist", "list", "--json", "-c", folder).json}

    assert rows["2021", "2011"]["codes"] == 249
    assert (rows["2022", "2025"]["valid_until"], rows["2022", "2026"]["valid_until"]) == ("2025-12-31", "")
    assert [key for key, row in rows.items() if row["whole"] == "no"] == [("2009", "2010"), ("2016", "2010")]
    assert gateway("codelist", "check", "-c", folder).code == 0


def test_import_says_what_changed_and_the_rule_is_enforced(folder: Path) -> None:
    """Codes that came, went and were renamed; afterwards `gateway check` misses one rule less."""
    missing = gateway("check", "--json", "-c", folder).json["not_enforced"]

    done = bring(folder, KINDS, "--json")

    assert (done.code, done.json["codes"]) == (0, 2)
    assert (done.json["came"], done.json["renamed"], len(done.json["went"])) == ([], ["02015", "09999"], 9)
    left = gateway("check", "--json", "-c", folder).json["not_enforced"]
    assert [line for line in missing if line not in left] == [line for line in missing if "GEN-R05" in line] != []
    file = tomllib.loads((folder / "codelists" / "2009-2026.toml").read_text())
    assert file["codes"]["09999"] == {"en": "other, further", "ru": "прочие", "kk": "басқа"}
    assert gateway("codelist", "show", "2009", "--json", "-c", folder).json[0]["code"] == "02015"


def test_show_knows_days(folder: Path) -> None:
    """The version of the day, the newest without one."""
    shown = {
        day: [row["code"] for row in gateway("codelist", "show", "2022", *day, "--json", "-c", folder).json]
        for day in [(), ("--on", "2025-10-01")]
    }

    assert {day: "BGN" in codes for day, codes in shown.items()} == {(): False, ("--on", "2025-10-01"): True}
    assert gateway("codelist", "show", "2022", "--on", "2001-01-01", "-c", folder).code == FOUND
    assert "Countries" in gateway("codelist", "show", "2021", "-c", folder).out


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["code;name_en", "1;one"], "heading"),
        ([HEADING, "1,one,,", "1,two,,"], ":3: stands twice"),
        ([HEADING, ",one,,"], ":2: not of the heading"),
        ([HEADING, "1,one"], ":2: not of the heading"),
        ([HEADING, "1,,,"], "codes.1.en"),
        ([HEADING, "1  2,one,,"], "without outer or double blanks"),
        ([HEADING, "1\x002,one,,"], "without control characters"),
        ([HEADING, "1,o\x7fne,,"], "without control characters"),
        ([HEADING], "codes"),
    ],
)
def test_wrong_file_changes_nothing(folder: Path, rows: list[str], said: str) -> None:
    """The line is named, and there is no new list."""
    before = sorted((folder / "codelists").iterdir())

    done = bring(folder, rows)

    assert done.code == USAGE
    assert said in done.err + done.out
    assert sorted((folder / "codelists").iterdir()) == before


def test_list_that_a_rule_needs_stays(folder: Path) -> None:
    """Taking it away would stop the next start; one that none needs goes."""
    needed = gateway("codelist", "remove", "2021", "--version", "2011", "-c", folder)
    free = gateway("codelist", "remove", "customs-value-methods", "--version", "1994", "-c", folder)

    assert (needed.code, free.code) == (CONFIG, 0)
    assert "GEN-R01" in needed.err + needed.out
    assert (folder / "codelists" / "2021-2011.toml").is_file()
    assert not (folder / "codelists" / "customs-value-methods-1994.toml").exists()
    assert gateway("codelist", "remove", "2021", "--version", "1", "-c", folder).code == FOUND
    load(folder)


def test_import_that_would_stop_the_next_start_changes_nothing(folder: Path) -> None:
    """A whole list that rules enforce does not become a subset; the faults are named, the file stays."""
    before = (folder / "codelists" / "2021-2011.toml").read_bytes()

    done = bring(folder, [HEADING, "KZ,Kazakhstan,,"], "--subset", name="2021", version="2011")

    assert done.code == CONFIG
    assert "GEN-R01" in done.err + done.out
    assert (folder / "codelists" / "2021-2011.toml").read_bytes() == before
    assert bring(folder, [HEADING, "KZ,Kazakhstan,,"], name="2021", version="2011").code == 0


def test_import_mends_a_configuration_step_by_step(folder: Path) -> None:
    """Of two lists that are missing, one is brought: what was wrong before does not forbid it."""
    for name in ("2021-2011", "2004-2010"):
        (folder / "codelists" / f"{name}.toml").unlink()

    assert bring(folder, [HEADING, "KZ,Kazakhstan,,"], name="2021", version="2011").code == 0
    assert gateway("check", "-c", folder).code == CONFIG


def test_another_list_with_the_same_file_name_stays(folder: Path) -> None:
    """`customs` of version `procedures-2010` would lie where `customs-procedures` of 2010 does."""
    before = (folder / "codelists" / "customs-procedures-2010.toml").read_bytes()

    done = bring(folder, KINDS, name="customs", version="procedures-2010")

    assert done.code == USAGE
    assert "holds version 2010 of code list customs-procedures" in done.err + done.out
    assert (folder / "codelists" / "customs-procedures-2010.toml").read_bytes() == before


def test_version_is_replaced_where_it_stands(folder: Path) -> None:
    """A list whose file has no version in its name does not come to stand twice."""
    short = (folder / "codelists" / "2009-2010.toml").rename(folder / "codelists" / "2009.toml")

    assert bring(folder, KINDS, version="2010").code == 0
    assert tomllib.loads(short.read_text())["codes"].keys() == {"02015", "09999"}
    assert not (folder / "codelists" / "2009-2010.toml").exists()


def test_folder_that_cannot_be_written_or_is_none_is_named(folder: Path, tmp_path: Path) -> None:
    """In one line, without a traceback; no list is told as no lists."""
    (folder / "codelists" / "2009-2026.new").mkdir()

    assert (bring(folder, KINDS).code, (folder / "codelists" / "2009-2026.toml").exists()) == (CONFIG, False)
    assert "cannot be written" in bring(folder, KINDS).err
    for command in ("list", "check"):
        none = gateway("codelist", command, "-c", tmp_path / "none")
        assert none.code == CONFIG
        assert "expected" in none.err


def test_versions_that_share_days_are_named(folder: Path) -> None:
    """A code of either is taken then, which somebody should know."""
    assert bring(folder, [HEADING, "KZT,tenge,,"], name="2022", version="2027").code == 0

    done = gateway("codelist", "check", "--json", "-c", folder)

    assert done.code == FOUND
    assert "2022-2026 and 2022-2027" in done.json["shared"][0] or "2022-2027 and 2022-2026" in done.json["shared"][0]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.toml", "id = 1", "codelists/x.toml: id"),
        ("2099-1.toml", None, "expected 2021.toml or 2021-2011.toml"),
        ("2021.toml", None, "stands in"),
    ],
)
def test_faulty_list_stops_the_start(folder: Path, name: str, text: str | None, said: str) -> None:
    """With file and key."""
    good = (folder / "codelists" / "2021-2011.toml").read_text()
    (folder / "codelists" / name).write_text(good if text is None else text)

    done = gateway("codelist", "list", "-c", folder)

    assert done.code == CONFIG
    assert said in done.err + done.out
    assert gateway("check", "-c", folder).code == CONFIG
