"""Code lists: codelists/<id>.toml or <id>-<version>.toml, one version of one list a file."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from pydantic import Field

from gateway.config.faults import Faults
from gateway.config.parsing import parse
from gateway.config.strict import Name, Strict
from gateway.core.rules.lists import CodeList, ListVersion


class CodeNames(Strict):
    """What a code means."""

    en: str = Field(min_length=1, description="in English")
    ru: str = Field("", description="in Russian")
    kk: str = Field("", description="in Kazakh")


class CodeListFile(Strict):
    """codelists/<id>-<version>.toml: one version of one code list."""

    id: Name = Field(description="the list's id, as codeListId names it")
    version: Name = Field(description="which edition this is")
    title: str = Field(min_length=1, description="what it is called")
    source: str = Field(min_length=1, description="where the codes come from")
    valid_from: date = Field(description="first day on which these codes count")
    valid_until: date | None = Field(None, description="last day on which these codes count; absent: no end known")
    subset: bool = Field(default=False, description="codes are missing: rules that name the list are not enforced")
    codes: dict[str, CodeNames] = Field(min_length=1, description="code = { en, ru, kk }")

    @property
    def stem(self) -> str:
        """Its file's name, without .toml."""
        return f"{self.id}-{self.version}"


def files(folder: Path, faults: Faults) -> list[tuple[Path, CodeListFile]]:
    """Every list file of the folder that can be used; what is wrong is collected."""
    parsed = [(path, parse(path, CodeListFile, faults)) for path in sorted(folder.glob("*.toml"))]
    found = [(path, file) for path, file in parsed if file is not None]
    for path, file in found:
        check(path, file, faults)
    seen: dict[tuple[str, str], Path] = {}
    for path, file in found:
        other = seen.setdefault((file.id, file.version), path)
        if other != path:
            faults.add(path, "version", f"{file.id} {file.version} stands in {other.name}, too")
    return found


def check(path: Path, file: CodeListFile, faults: Faults) -> None:
    """What is wrong within one file."""
    if path.stem not in (file.id, file.stem):
        faults.add(path, "id", f"expected {file.id}.toml or {file.stem}.toml as the file's name")
    if file.valid_until is not None and file.valid_until < file.valid_from:
        faults.add(path, "valid_until", "lies before valid_from")
    for code, names in file.codes.items():
        if not code or code != " ".join(code.split()):
            faults.add(path, f"codes.{code!r}", "expected a code without outer or double blanks")
        if not all(text.isprintable() for text in (code, names.en, names.ru, names.kk)):
            faults.add(path, f"codes.{code!r}", "expected code and names without control characters")


def read(folder: Path, faults: Faults) -> dict[str, CodeList]:
    """The lists by id, each with its versions."""
    return assembled(file for _, file in files(folder, faults))


def assembled(found: Iterable[CodeListFile]) -> dict[str, CodeList]:
    """The lists that rules use, each with all its versions."""
    versions: dict[str, list[CodeListFile]] = {}
    for file in found:
        versions.setdefault(file.id, []).append(file)
    return {name: CodeList(name, tuple(map(_version, rows))) for name, rows in versions.items()}


def _version(file: CodeListFile) -> ListVersion:
    return ListVersion(file.version, file.valid_from, file.valid_until, frozenset(file.codes), file.subset)
