"""`gateway codelist`: the code lists that rules use: which there are, what is in them, bring one, take one away."""

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from gateway.cli.looking import configured
from gateway.cli.output import CONFIG, FOUND, HERE, USAGE, Folder, Json, console, fail, print_json, show
from gateway.config import codelists
from gateway.config.codelists import CodeListFile, CodeNames
from gateway.config.faults import ConfigError, ConfigFault, Faults
from gateway.config.load import load
from gateway.core.rules.lists import CodeList

COLUMNS = ("code", "name_en", "name_ru", "name_kk")
ListId = Annotated[str, typer.Argument(help="the list's id, as codeListId names it")]
Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="the version of that day")]
Files = list[tuple[Path, CodeListFile]]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The code lists that rules use.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show_)
    group.command("check")(check)
    group.command("import")(import_)
    group.command("remove")(remove)
    app.add_typer(group, name="codelist")


def list_(config: Folder = HERE, as_json: Json = False) -> None:  # noqa: FBT002 - a command-line switch
    """Every list and version: its days, how many codes it has, whether it is whole."""
    rows = [_row(path, file) for path, file in _files(config)]
    show(rows, ["list", "version", "valid_from", "valid_until", "codes", "whole", "title"], as_json=as_json)


def show_(name: ListId, config: Folder = HERE, on: Day = None, as_json: Json = False) -> None:  # noqa: FBT002
    """The codes of a list with their meanings: of the newest version, or of the one valid on a day."""
    versions = [file for _, file in _files(config) if file.id == name and (on is None or _valid(file, on.date()))]
    if not versions:
        fail(FOUND, f"no code list {name}" + (f" on {on.date()}" if on else ""))
    newest = max(versions, key=lambda file: file.valid_from)
    rows = [{"code": code, **names.model_dump()} for code, names in newest.codes.items()]
    if not as_json:
        console.print(f"{newest.stem}: {newest.title} ({newest.source})", highlight=False)
    show(rows, ["code", "en", "ru", "kk"], as_json=as_json)


def check(config: Folder = HERE, as_json: Json = False) -> None:  # noqa: FBT002 - a command-line switch
    """Whether every list can be used; days that two versions of a list share are named."""
    found = _files(config)
    shared = list(_shared(found))
    if as_json:
        print_json({"lists": len(found), "shared": shared})
    else:
        console.print(f"{len(found)} versions of {len({file.id for _, file in found})} lists", highlight=False)
        for line in shared:
            console.print(line, style="yellow", highlight=False)
    raise typer.Exit(FOUND if shared else 0)


def import_(  # noqa: PLR0913, PLR0917 - what has to be known about a list
    source_file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV: code,name_en and, if known, name_ru,name_kk")
    ],
    name: Annotated[str, typer.Option("--id", help="the list's id, as codeListId names it")],
    version: Annotated[str, typer.Option(help="which edition this is")],
    title: Annotated[str, typer.Option(help="what it is called")],
    source: Annotated[str, typer.Option(help="where the codes come from")],
    valid_from: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="first day on which it counts")],
    valid_until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day, if known")] = None,
    subset: Annotated[bool, typer.Option("--subset", help="codes are missing: rules do not enforce it")] = False,  # noqa: FBT002
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Take a list over from a CSV file; say what changed against the version before; a running gateway reloads by itself."""
    head = {"id": name, "version": version, "title": title, "source": source, "subset": subset}
    days = {"valid_from": valid_from.date(), "valid_until": valid_until.date() if valid_until else None}
    try:
        file = CodeListFile.model_validate({**head, **days, "codes": _codes(source_file)})
    except ValidationError as error:
        fail(USAGE, *(f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in error.errors(include_input=False)))
    before = _files(config)
    target = _target(config, before, file)
    faults = Faults()
    codelists.check(target, file, faults)
    if faults.found:
        fail(USAGE, *map(str, faults.found))
    _stop_if_worse(config, [each for path, each in before if path != target] + [file], f"{target} is not written:")
    changes = _changes(_previous(before, file), file)
    try:
        _write(target, file)
    except OSError as error:
        fail(CONFIG, f"{target}: cannot be written: {error.strerror}")
    configured(config, "codelist import", file.stem)
    if as_json:
        print_json({"file": str(target), "codes": len(file.codes), **changes})
        return
    console.print(f"{target}: {len(file.codes)} codes", highlight=False)
    for what, codes in changes.items():
        console.print(f"{what}: {len(codes)} {' '.join(codes[:20])}{' …' if len(codes) > 20 else ''}", highlight=False)  # noqa: PLR2004


def remove(
    name: ListId,
    version: Annotated[str, typer.Option(help="which edition")],
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Take a version of a list away, unless the configuration could not be used without it."""
    files = _files(config)
    named = [path for path, file in files if (file.id, file.version) == (name, version)]
    if not named:
        fail(FOUND, f"no version {version} of code list {name}")
    (path,) = named
    _stop_if_worse(config, [file for each, file in files if each != path], f"{path.name} stays:")
    try:
        path.unlink()
    except OSError as error:
        fail(CONFIG, f"{path}: cannot be removed: {error.strerror}")
    configured(config, "codelist remove", f"{name}-{version}")
    if as_json:
        print_json({"removed": str(path)})
    else:
        console.print(f"{path} removed", highlight=False)


def _files(config: Path) -> Files:
    """The lists; every mistake in them ends the command, and so does a folder that is no configuration."""
    if not (config / "gateway.toml").is_file():
        fail(CONFIG, f"{config}: no configuration there: expected {config / 'gateway.toml'}")
    faults = Faults()
    found = codelists.files(config / "codelists", faults)
    if faults.found:
        fail(CONFIG, *map(str, faults.found))
    return found


def _target(config: Path, found: Files, file: CodeListFile) -> Path:
    """Where the version stands, or will; never the file of another one (a-b 1 and a b-1 have the same name)."""
    target = config / "codelists" / f"{file.stem}.toml"
    taken = {path: (each.id, each.version) for path, each in found}
    named = [path for path, each in taken.items() if each == (file.id, file.version)]
    if not named and target in taken:
        fail(USAGE, f"{target} holds version {taken[target][1]} of code list {taken[target][0]}")
    return named[0] if named else target


def _stop_if_worse(config: Path, lists: list[CodeListFile], why: str) -> None:
    """The command ends where the configuration would have faults with these lists that it has not got now."""
    then = _faults(config, codelists.assembled(lists))
    now = {(fault.file, fault.key) for fault in _faults(config, None)} if then else set()
    if worse := [fault for fault in then if (fault.file, fault.key) not in now]:
        fail(CONFIG, why, *map(str, worse))


def _faults(config: Path, lists: Mapping[str, CodeList] | None) -> tuple[ConfigFault, ...]:
    try:
        load(config, lists)
    except ConfigError as error:
        return error.faults
    return ()


def _row(path: Path, file: CodeListFile) -> dict[str, object]:
    return {
        "list": file.id,
        "version": file.version,
        "valid_from": str(file.valid_from),
        "valid_until": str(file.valid_until or ""),
        "codes": len(file.codes),
        "whole": "no" if file.subset else "yes",
        "title": file.title,
        "source": file.source,
        "file": path.name,
    }


def _valid(file: CodeListFile, day: date) -> bool:
    return file.valid_from <= day and (file.valid_until is None or day <= file.valid_until)


def _shared(found: Files) -> Iterator[str]:
    """The pairs of versions of one list that are valid on the same day."""
    ordered = sorted((file for _, file in found), key=lambda file: (file.id, file.valid_from))
    for first, then in pairwise(ordered):
        if first.id == then.id and _valid(first, then.valid_from):
            yield f"{first.stem} and {then.stem} both count from {then.valid_from}: a code of either is taken"


def _codes(path: Path) -> dict[str, dict[str, str]]:
    """The rows of the CSV file; every mistake in it ends the command, with its line."""
    wrong: list[str] = []
    codes: dict[str, dict[str, str]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            unknown = set(reader.fieldnames or ()) ^ set(COLUMNS) - (
                {"name_ru", "name_kk"} - set(reader.fieldnames or ())
            )
            if unknown:
                fail(USAGE, f"{path}: expected the heading {','.join(COLUMNS)} (name_ru and name_kk may be left out)")
            for row in reader:
                code = (row["code"] or "").strip()
                if not code or None in row or None in row.values() or code in codes:
                    wrong.append(
                        f"{path}:{reader.line_num}: {'stands twice' if code in codes else 'not of the heading'}"
                    )
                    continue
                codes[code] = {key[-2:]: row[key].strip() for key in COLUMNS[1:] if key in row}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fail(USAGE, f"{path}: {error}")
    if wrong:
        fail(USAGE, *wrong)
    return codes


def _previous(found: Files, file: CodeListFile) -> Mapping[str, CodeNames]:
    """The codes of the version that this one replaces or follows."""
    before = [each for _, each in found if each.id == file.id and each.valid_from <= file.valid_from]
    same = [each for each in before if each.version == file.version]
    return max(same or before, key=lambda each: each.valid_from).codes if before else {}


def _changes(before: Mapping[str, CodeNames], file: CodeListFile) -> dict[str, list[str]]:
    return {
        "came": sorted(file.codes.keys() - before.keys()),
        "went": sorted(before.keys() - file.codes.keys()),
        "renamed": sorted(code for code in before.keys() & file.codes.keys() if before[code] != file.codes[code]),
    }


def _write(target: Path, file: CodeListFile) -> None:
    """The file appears whole: a gateway that runs reads the old one or the new one."""
    head = {"id": file.id, "version": file.version, "title": file.title, "source": file.source}
    lines = [f"{key} = {_text(value)}" for key, value in head.items()]
    lines += [
        f"{key} = {day}" for key, day in (("valid_from", file.valid_from), ("valid_until", file.valid_until)) if day
    ]
    lines += ["subset = true"] * file.subset
    lines += ["", "[codes]", *(f"{_text(code)} = {_names(names)}" for code, names in file.codes.items())]
    target.parent.mkdir(exist_ok=True)
    temporary = target.with_suffix(".new")
    temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    temporary.replace(target)


def _names(names: CodeNames) -> str:
    said = {language: name for language, name in names.model_dump().items() if name}
    return "{ " + ", ".join(f"{language} = {_text(name)}" for language, name in said.items()) + " }"


def _text(value: str) -> str:
    """A TOML string: JSON's form is one, too."""
    return json.dumps(value, ensure_ascii=False)
