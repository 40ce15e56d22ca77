"""An agreement file becomes an Agreement: schemas compiled, every path checked against them."""

from collections.abc import Mapping
from pathlib import Path

from gateway.config import regulation, rules, schema_set, schemas, versions
from gateway.config.faults import Faults
from gateway.config.models import AgreementFile, MessageSection, RestrictionSection
from gateway.core import paths
from gateway.core.agreement import Action, Agreement, MessageType, Restriction, Signing
from gateway.core.misjudged import misjudged
from gateway.core.names import Member, Priority
from gateway.core.rules.lists import CodeList
from gateway.core.schema import Element, every


def build_agreement(  # noqa: PLR0913, PLR0917 - a file and what it is checked against
    path: Path,
    file: AgreementFile,
    roots: tuple[Path, ...],
    cache: Path | None,
    lists: Mapping[str, CodeList],
    faults: Faults,
) -> Agreement | None:
    """The agreement; None where one of its message types cannot be used. `roots`: where schema files are looked for."""
    before = len(faults.found)
    agreed = rules.Agreed(path, file, lists, faults)
    messages: dict[str, MessageType] = {}
    used: set[str] = set()
    for number, section in enumerate(file.message, 1):
        key = f"message[{number}]"
        built = _message(path, key, file, section, roots, cache, used, faults)
        if built is not None:
            messages[section.root] = agreed.add(built, section, key)
        regulation.check(regulation.Where(path, key, faults), file, section)
    agreed.check()
    for number, rule in enumerate(file.restricted, 1):
        if rule.id not in used:
            faults.add(path, f"restricted[{number}].path", f"{rule.path} can stand in no message type")
    versions.check(path, file, faults)
    _check_dates(path, file, faults)
    signals = regulation.signals(path, file, messages, faults)
    if len(faults.found) > before:
        return None
    return Agreement(
        file.id,
        file.version,
        file.title,
        file.environment,
        frozenset(map(Member, file.members)),
        frozenset(file.purposes),
        file.valid_from,
        file.valid_until,
        file.retain,
        tuple(file.marks),
        _prefix_of(file),
        messages,
        Signing(file.signature.demand) if file.signature else Signing.NONE,
        signals,
    )


def _check_dates(path: Path, file: AgreementFile, faults: Faults) -> None:
    if file.valid_until is not None and file.valid_until < file.valid_from:
        faults.add(path, "valid_until", "lies before valid_from")


def _message(  # noqa: PLR0913, PLR0917 - where a section stands and what it is checked against
    path: Path,
    key: str,
    file: AgreementFile,
    section: MessageSection,
    roots: tuple[Path, ...],
    cache: Path | None,
    used: set[str],
    faults: Faults,
) -> MessageType | None:
    read = _schemas(path, key, section, roots, cache, faults)
    if read is None:
        return None
    compiled, model = read
    restrictions = _restrictions(path, key, file, section, model, used, faults)
    _check_open(path, key, section, model, restrictions, faults)
    index = _index(path, key, file, section, model, faults)
    return MessageType(
        section.type,
        section.service,
        section.root,
        regulation.regulation(section),
        section.deliver_within,
        Priority[section.priority.upper()],
        frozenset(section.attachments),
        restrictions,
        index,
        model,
        compiled,
        misjudged(model),
        section.version,
        versions.first_day(section, file),
        section.valid_until,
        regulation.answering(file, section),
        regulation.codes(file, section),
        section.unrequested == "accept",
        section.ordered_by,
    )


def _schemas(  # noqa: PLR0913, PLR0917 - see _message
    path: Path, key: str, section: MessageSection, roots: tuple[Path, ...], cache: Path | None, faults: Faults
) -> tuple[schemas.CompiledSchema, Element] | None:
    """The compiled set and the declaration of the root; None where the set cannot be used."""
    entries = [_entry(name, roots) for name in section.schema_file]
    for name, found in zip(section.schema_file, entries, strict=True):
        if found is None:
            faults.add(path, f"{key}.schema", f"no such file under {' or '.join(map(str, roots))}: {name}")
    if None in entries:
        return None
    try:
        files = schema_set.read_set(entry for entry in entries if entry)
        return schemas.CompiledSchema(files), schemas.model(files, section.root, cache)
    except schema_set.SchemaError as error:
        faults.add(path, f"{key}.schema", f"{', '.join(section.schema_file)}: {error}")
        return None


def _entry(name: str, roots: tuple[Path, ...]) -> Path | None:
    """The entry file in the first folder that has it."""
    return next((root / name for root in roots if (root / name).is_file()), None)


def _check_open(  # noqa: PLR0913, PLR0917 - see _message
    path: Path,
    key: str,
    section: MessageSection,
    model: Element,
    restrictions: tuple[Restriction, ...],
    faults: Faults,
) -> None:
    """What no schema declares cannot be searched for restricted fields: that must have been agreed."""
    opened = [element.name for element in every(model) if element.open]
    if restrictions and opened and section.open_content == "refuse":
        problem = f"content that no schema declares can stand in {opened[0]}, where restricted fields are not found"
        faults.add(path, f"{key}.open_content", f'{problem}; expected "allow" if that was agreed')


def _restrictions(  # noqa: PLR0913, PLR0917 - see _message
    path: Path, key: str, file: AgreementFile, section: MessageSection, model: Element, used: set[str], faults: Faults
) -> tuple[Restriction, ...]:
    """The type's own restrictions, each of which must be able to stand in it, and the agreement's that can."""
    found, groups = [], paths.members(model)
    declared = {element.name for element in every(model)}
    unknown = any(element.open for element in every(model))  # what no schema declares is looked at by its names
    own = [(rule, f"{key}.restricted[{number}].path") for number, rule in enumerate(section.restricted, 1)]
    shared = [(rule, f"restricted[{number}].path ({section.type})") for number, rule in enumerate(file.restricted, 1)]
    for rule, where in [*own, *shared]:
        try:
            wanted = paths.read(rule.path, file.prefixes, groups)
            removable = rule.action is Action.STRIP
            possible = wanted.ends_in(declared) and paths.stands(wanted, model, _prefix_of(file), removable=removable)
        except paths.PathError as error:
            faults.add(path, where, f"{rule.id}: {error}")
            used.add(rule.id)
            continue
        if possible:
            used.add(rule.id)
        elif rule in section.restricted:
            faults.add(path, where, f"{rule.path} cannot stand in {section.type}")
        if possible or unknown:
            found.append(_restriction(rule, wanted))
    if len({rule.id for rule in found}) != len(found):
        faults.add(path, f"{key}.restricted", "two restrictions have the same id")
    return tuple(found)


def _prefix_of(file: AgreementFile) -> dict[str, str]:
    return {namespace: prefix for prefix, namespace in file.prefixes.items()}


def _restriction(rule: RestrictionSection, wanted: paths.Path) -> Restriction:
    members = frozenset(map(Member, rule.members))
    return Restriction(rule.id, rule.kind, rule.ground, members, rule.directions, rule.action, wanted)


def _index(  # noqa: PLR0913, PLR0917 - see _message
    path: Path, key: str, file: AgreementFile, section: MessageSection, model: Element, faults: Faults
) -> tuple[tuple[str, paths.Path], ...]:
    rows, groups = [], paths.members(model)
    for name, pattern in {**section.index, **regulation.index_paths(file, section)}.items():
        try:
            wanted = paths.read(pattern, file.prefixes, groups)
            possible = paths.stands(wanted, model, _prefix_of(file), removable=False)
        except paths.PathError as error:
            faults.add(path, f"{key}.index.{name}", str(error))
            continue
        if not possible:
            faults.add(path, f"{key}.index.{name}", f"{pattern} cannot stand in {section.type}")
        rows.append((name, wanted))
    return tuple(rows)
