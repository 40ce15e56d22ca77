"""Rule sections become rules: every path resolved against the schema, code lists found, conditions read."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.config import rule_paths
from gateway.config.faults import Faults
from gateway.config.models import AgreementFile, MessageSection
from gateway.config.rule_paths import Chain, Places, RulePathError, Written
from gateway.config.rule_sections import InCodeList, RuleSection
from gateway.core import paths
from gateway.core.agreement import Action, MessageType
from gateway.core.language import Language
from gateway.core.names import Direction, Member
from gateway.core.rules.kinds import KINDS, Kind
from gateway.core.rules.lists import CodeList
from gateway.core.rules.reading import Condition, Operand, Steps
from gateway.core.rules.rule import Rule
from gateway.core.rules.values import Form, canonical
from gateway.core.schema import Element, every
from gateway.core.texts import FACET_BREAK, Text

Laws = tuple[tuple[paths.Path, frozenset[Member]], ...]  # what may be taken out, and by whose law
Problem = tuple[str, str]  # the setting's key, what is wrong


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rules of one message type are resolved against."""

    places: Places
    prefixes: Mapping[str, str]
    laws: Laws
    lists: Mapping[str, CodeList]
    written: dict[str, Written] = field(default_factory=dict)  # paths read before
    stripped: dict[tuple[Chain, str], tuple[frozenset[Member], ...]] = field(
        default_factory=dict
    )  # places asked before

    def read(self, path: str) -> Written:
        """The path's steps: hundreds of places ask for the same one."""
        if path not in self.written:
            self.written[path] = rule_paths.read(path, self.prefixes)
        return self.written[path]

    def strips(self, chain: Chain, attribute: str) -> tuple[frozenset[Member], ...]:
        """Whose laws take out what stands at the end of the chain."""
        asked = chain, attribute
        if asked not in self.stripped:
            found = (members for law, members in self.laws if rule_paths.strips(law, chain, attribute))
            self.stripped[asked] = tuple(dict.fromkeys(found))
        return self.stripped[asked]


class CannotStandError(RulePathError):
    """The path names nothing that the schema lets stand here."""


class ListMissingError(RulePathError):
    """There is no such code list, or not the whole of it."""


@dataclass(slots=True)
class At:
    """Resolves the settings of one rule at one place of its context."""

    ground: Ground
    context: Chain
    key: str = ""  # of the setting that is being resolved
    reads: set[Steps] = field(default_factory=set)  # from the context
    strippable: list[Operand] = field(default_factory=list)
    ends: dict[Operand, Chain] = field(default_factory=dict)

    def path(self, key: str, path: str, form: Form | None = None) -> Operand:
        """What the path reads from the context, or from the root."""
        return self._operand(key, path, self.context, form)

    def inside(self, items: Operand, key: str, path: str, form: Form | None = None) -> Operand:
        """What the path reads from each of the items."""
        found = self._operand(key, path, self.ends[items], form)
        if found.absolute:
            raise RulePathError(f"{path!r} must start at the item")
        return found

    def attribute(self, key: str, name: str, *operands: Operand) -> str:
        """The attribute's name, if there is one and all the operands' elements can have it."""
        if not name:
            return ""
        self.key = key
        for operand in operands:
            element = self.ends[operand][-1].element
            if rule_paths.attribute_of(element, name) is None:
                raise RulePathError(f"{operand.path} can have no attribute {name}")
        return name

    def codes(self, key: str, name: str) -> CodeList:
        """The code list of that id."""
        self.key = key
        if name not in self.ground.lists:
            there = ", ".join(sorted(self.ground.lists)) or "none"
            raise ListMissingError(f"no code list {name} in codelists/; there are: {there}")
        if self.ground.lists[name].subset:
            raise ListMissingError(f"code list {name} is a subset: expected the whole list (`gateway codelist import`)")
        return self.ground.lists[name]

    def _operand(self, key: str, path: str, start: Chain, form: Form | None) -> Operand:
        self.key = key
        written = self.ground.read(path)
        if any(deep for deep, _ in written.steps):
            raise RulePathError(f"{path!r}: // may stand in context only")
        chain = self._chain(written, start, path)
        names = tuple(link.element.name for link in chain[1 if written.absolute else len(start) :])
        facets = self._facets(written, chain, path)
        known = rule_paths.form_of(facets, form) if facets else Form.NOTHING
        if known is None or (form is not None and not facets):
            raise RulePathError(f"{path!r} is {facets.split(FACET_BREAK)[0] or 'no value'}; expected a {form}")
        operand = Operand(
            path, names, written.attribute, known, written.absolute, self._laws(key, chain, written.attribute)
        )
        self.ends[operand] = chain
        full = names if written.absolute else tuple(link.element.name for link in chain[len(self.context) :])
        if not written.absolute:
            self.reads.add(full)
        if operand.stripped_by:
            self.strippable.append(replace(operand, steps=full))
        return operand

    def _laws(self, key: str, chain: Chain, attribute: str) -> tuple[frozenset[Member], ...]:
        """Whose laws take it out; a condition that was taken out does not hold: that is enough."""
        return () if key == "when" else self.ground.strips(chain, attribute)

    def _chain(self, written: Written, start: Chain, path: str) -> Chain:
        if written.absolute:
            (found,) = self.ground.places.found(written) or (None,)
        else:
            found = rule_paths.down(start, tuple(name for _, name in written.steps))
        if found is None:
            raise CannotStandError(f"{path!r} cannot stand here")
        return found

    def _facets(self, written: Written, chain: Chain, path: str) -> str:
        if not written.attribute:
            return chain[-1].element.facets
        found = rule_paths.attribute_of(chain[-1].element, written.attribute)
        if found is None:
            raise CannotStandError(f"{path!r}: no such attribute can stand here")
        return found.facets


@dataclass(slots=True)
class Built:
    """What became of the rules of one message type."""

    rules: list[Rule] = field(default_factory=list)
    used: set[str] = field(default_factory=set)  # ids of rules that stand somewhere
    unenforced: list[str] = field(default_factory=list)  # ids of optional rules whose code list is not there
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Agreed:
    """The rules of one agreement file, while its message types are built."""

    path: Path
    file: AgreementFile
    lists: Mapping[str, CodeList]
    faults: Faults
    used: set[str] = field(default_factory=set)

    def add(self, kind: MessageType, section: MessageSection, key: str) -> MessageType:
        """The message type with its rules."""
        built = build(self.file, section, key, kind.model, self.lists)
        self.used.update(built.used)
        for where, problem in built.problems:
            self.faults.add(self.path, where, problem)
        return replace(kind, rules=tuple(built.rules), unenforced=tuple(built.unenforced))

    def check(self) -> None:
        """No id stands twice, and every rule stands somewhere."""
        sections = [("", self.file.rule), *((kind.type, kind.rule) for kind in self.file.message)]
        holders: dict[str, set[str]] = {}
        for holder, rows in sections:
            for rule in rows:
                holders.setdefault(rule.id, set()).add(holder)
            ids = [rule.id for rule in rows]
            for name in sorted({name for name in ids if ids.count(name) > 1}):
                self.faults.add(self.path, f"{holder or 'rule'}.id", f"rule {name} stands twice")
        for name in sorted(name for name, found in holders.items() if len(found) > 1):
            self.faults.add(self.path, "rule.id", f"{name} stands twice: expected one meaning, in one type's versions")
        for number, rule in enumerate(self.file.rule, 1):
            if rule.id not in self.used:
                self.faults.add(self.path, f"rule[{number}]", f"{rule.id} can stand in no message type")


def build(
    file: AgreementFile, section: MessageSection, key: str, model: Element, lists: Mapping[str, CodeList]
) -> Built:
    """The type's own rules, each of which must be able to stand in it, and the agreement's that can."""
    built, where = Built(), Ground(Places(model), file.prefixes, _laws(file, section, model), lists)
    for number, rule in enumerate(section.rule, 1):
        _add(built, rule, f"{key}.rule[{number}]", where, own=True)
    for number, rule in enumerate(file.rule, 1):
        _add(built, rule, f"rule[{number}] ({section.type})", where, own=False)
    return built


def _laws(file: AgreementFile, section: MessageSection, model: Element) -> Laws:
    """What a sender takes out of a message of the type; a path that cannot be read is the restriction's own fault."""
    found, declared = [], {element.name for element in every(model)}
    for law in (*section.restricted, *file.restricted):
        if law.action is Action.STRIP and Direction.OUT in law.directions:
            with suppress(paths.PathError):
                found.append((paths.read(law.path, file.prefixes), frozenset(map(Member, law.members))))
    return tuple(law for law in found if law[0].ends_in(declared))


def _add(built: Built, section: RuleSection, key: str, where: Ground, *, own: bool) -> None:
    """The rule at every place where all its paths can stand."""
    at = At(where, where.places.top, "context")
    wrong: Problem | None = None
    try:
        contexts = _contexts(section, where)
        wrong = None if contexts else (f"{key}.context", f"{section.id}: {section.context!r} can stand nowhere")
        never: set[int] = set()  # what cannot stand in an element can stand in none of its places
        for context in contexts:
            if id(context[-1].element) in never:
                continue
            at = At(where, context, "context")
            try:
                built.rules.append(_rule(section, at))
            except CannotStandError as error:
                wrong = (f"{key}.{at.key}", f"{section.id}: {error}")
                never.add(id(context[-1].element))
                continue
            built.used.add(section.id)
    except ListMissingError as error:
        built.used.add(section.id)
        if isinstance(section, InCodeList) and section.optional:
            built.unenforced.append(section.id)
        else:
            built.problems.append((f"{key}.{at.key}", f"{section.id}: {error}"))
        return
    except RulePathError as error:
        built.used.add(section.id)
        built.problems.append((f"{key}.{at.key}", f"{section.id}: {error}"))
        return
    if own and wrong and section.id not in built.used:
        built.problems.append(wrong)


def _contexts(section: RuleSection, where: Ground) -> list[Chain]:
    if not section.context:
        return [where.places.top]
    written = rule_paths.read(section.context, where.prefixes)
    if not written.absolute or written.attribute:
        raise RulePathError(f"{section.context!r} is no path of an element from the root")
    return where.places.found(written)


def _rule(section: RuleSection, at: At) -> Rule:
    kind = KINDS[str(getattr(section, "check"))]  # noqa: B009 - each kind of section narrows it to its own literal
    condition = _condition(section.when, at) if section.when else None
    demand = section.demand(at)
    text = Text({language: getattr(section.text, language.value) or section.text.en for language in Language})
    context = tuple(link.element.name for link in at.context[1:])
    return Rule(
        section.id,
        kind.code,
        text,
        section.control,
        context,
        frozenset(at.reads),
        condition,
        demand,
        kind.judge,
        _needs(demand, condition, kind),
        tuple(at.strippable),
    )


def _needs(demand: object, condition: Condition | None, kind: Kind) -> frozenset[str]:
    """The children of the context without any of which the rule has nothing to say."""
    operands: list[Operand] = [getattr(demand, name) for name in kind.needs]
    operands += [condition.operand] if condition else []
    return frozenset(operand.steps[0] for operand in operands if operand.steps and not operand.absolute)


def _condition(when: str, at: At) -> Condition:
    path, equals, values = when.partition("=")
    operand = at.path("when", path.strip())
    stated = [canonical(value.strip(), operand.form) for value in values.split("|")] if equals else []
    if equals and not all(stated):
        raise RulePathError(f"{when!r}: expected values behind =, with | between them")
    return Condition(operand, frozenset(stated))
