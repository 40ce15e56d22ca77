"""`gateway reference`: the reference of commands, settings, errors, states and log entries, drawn from the code."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.cli.catalogue import page
from gateway.cli.guide import guide
from gateway.cli.output import CONFIG, EXIT_CODES, FOUND, console, fail
from gateway.config import models
from gateway.config.codelists import CodeListFile
from gateway.config.faults import ConfigError
from gateway.config.rule_sections import SECTIONS, RuleSection
from gateway.core import patterns
from gateway.core.entry import DIGESTS, KINDS
from gateway.core.errors import BY_CODE, ErrorCode
from gateway.core.language import Language
from gateway.core.patterns import Pattern
from gateway.core.published import ROWS, WARNING, Published
from gateway.core.rules.kinds import KINDS as RULES
from gateway.core.schedule import disposition
from gateway.core.states import INBOX_MEANINGS, MEANINGS, MOVES, Event
from gateway.flow.ports_days import STATES

FILES = (
    ("gateway.toml", models.GatewayFile),
    ("parties/<id>.toml", models.PartyFile),
    ("agreements/<id>.toml", models.AgreementFile),
    ("codelists/<id>-<version>.toml", CodeListFile),
)
PATTERNS = {
    Pattern.MUTUAL_OBLIGATIONS: "request and response, each confirmed twice; cancelled on both sides if a step fails",
    Pattern.QUESTION_ANSWER: "question, then answer",
    Pattern.REQUEST_RESPONSE: "request, optional confirmations, then response",
    Pattern.REQUEST_CONFIRMATION: "request, then response or confirmation",
    Pattern.NOTIFICATION: "notice, then confirmation of receipt",
    Pattern.DISTRIBUTION: "one message, nothing awaited",
}

NAMED = ".<name>"  # of a table of tables
MET_BY_DELIVERIES = ("EBMS:", "GW:8", "GW:7004")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reference")(command)


def command(
    check: Annotated[Path | None, typer.Option(help="compare with this file instead of printing")] = None,
    language: Annotated[Language, typer.Option(help="ru, kk: the errors alone")] = Language.EN,
    messages: Annotated[Path | None, typer.Option(help="an agreement's file: the guide to its messages")] = None,
) -> None:
    """Print the reference (docs/reference.md), the errors in another language or an agreement's messages; or check a file."""
    text, option = _page(language, messages)
    if check is None:
        typer.echo(text, nl=False)
    elif check.read_text() != text:
        console.print(f"{check} is out of date: gateway reference{option} > {check}", style="red", highlight=False)
        raise typer.Exit(FOUND)


def _page(language: Language, messages: Path | None) -> tuple[str, str]:
    """The page that was asked for, and the option that asks for it."""
    if messages is not None:
        try:
            return guide(messages), f" --messages {messages}"
        except ConfigError as error:
            fail(CONFIG, *map(str, error.faults))
    return (reference(), "") if language is Language.EN else (page(language), f" --language {language}")


def reference() -> str:
    """The whole page."""
    from gateway.cli import application  # noqa: PLC0415 - the table of commands names this module, too

    parts = [
        ["# Reference", "", "Drawn from the code by `gateway reference`; a test keeps it equal.", ""],
        _commands(typer.main.get_command(application())),
        _settings(),
        _rules(),
        _errors(),
        _published(),
        _states(),
        _table("Delivery log entries", ("kind", "what happened"), KINDS.items()),
        _table("Digests in delivery log entries", ("where", "over what"), DIGESTS.items()),
        _table("Transaction patterns", ("pattern", "sequence"), ((p.value, text) for p, text in PATTERNS.items())),
        _transactions(),
        _table("Exit codes", ("code", "meaning"), ((str(code), text) for code, text in EXIT_CODES.items())),
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _table(title: str, columns: tuple[str, ...], rows: Any) -> list[str]:  # noqa: ANN401 - rows of texts
    lines = [f"## {title}", "", f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    return [*lines, *(f"| {' | '.join(map(_cell, row))} |" for row in rows), ""]


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _commands(group: Any) -> list[str]:  # noqa: ANN401 - click's classes
    lines = ["## Commands", "", "Every command has `--help`; where it prints a table, `--json` prints JSON.", ""]
    for path, command in _leaves(group, ()):
        lines += [f"### gateway {' '.join(path)}", "", (command.help or "").strip(), ""]
        rows = [_parameter(found) for found in command.params if found.name != "help"]
        if rows:
            lines += ["| option | meaning | default |", "| --- | --- | --- |"]
            lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows] + [""]
    return lines


def _leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, found in inner.items():
        yield from _leaves(found, (*path, name))


def _parameter(found: Any) -> tuple[str, str, str]:  # noqa: ANN401 - click's classes
    name = (
        ", ".join(f"`{option}`" for option in found.opts) if found.param_type_name == "option" else found.name.upper()
    )
    environment = f" (or {found.envvar})" if getattr(found, "envvar", None) else ""
    default = "" if found.default in (None, "", False) or found.required else found.default
    text = str(default() if callable(default) else getattr(default, "value", default))
    return name, (getattr(found, "help", "") or "") + environment, text


def _settings() -> list[str]:
    lines = ["## Settings", "", "Durations: «30 seconds», «72 hours», «5 years». Sizes: «256 KB», «20 MB».", ""]
    for file, model in FILES:
        lines += [f"### {file}", "", inspect.getdoc(model) or "", ""]
        lines += ["| key | meaning | default |", "| --- | --- | --- |"]
        lines += [f"| {' | '.join(map(_cell, row))} |" for row in _keys(model, "")] + [""]
    return lines


def _keys(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, info in model.model_fields.items():
        key = prefix + (info.alias or name)
        inner = _inner(info)
        if inner is None:
            yield f"`{key}`", info.description or "", _default(info)
        else:
            many = NAMED if get_origin(info.annotation) is dict else "[]" if info.annotation is not inner else ""
            yield f"`{key}{many}`", inspect.getdoc(inner) or "", ""
            yield from _keys(inner, f"{key}{many}.")


def _rules() -> list[str]:
    """What every rule has, and each kind with the keys of its own."""
    shared = set(RuleSection.model_fields)
    lines = ["## Rules", "", "The tables `[[rule]]` and `[[message.rule]]` of an agreement. In every rule:", ""]
    lines += ["| key | meaning | default |", "| --- | --- | --- |", "| `check` | the kind | required |"]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in _keys(RuleSection, "")] + [""]
    for section in SECTIONS:
        kind = RULES[get_args(section.model_fields["check"].annotation)[0]]
        own = {name: info for name, info in section.model_fields.items() if name not in shared | {"check"}}
        lines += [f'### check = "{kind.label}"', "", f"{kind.code.code} {kind.code.short}: {kind.meaning}.", ""]
        lines += ["| key | meaning | default |", "| --- | --- | --- |"]
        for name, info in own.items():
            lines.append(f"| `{name}` | {_cell(_choices(info))} | {_cell(_default(info))} |")
        lines.append("")
    return lines


def _choices(info: FieldInfo) -> str:
    """The meaning, and the values where only some are allowed."""
    values = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()
    return f"{info.description}{': ' if values else ''}{', '.join(values)}"


def _inner(info: FieldInfo) -> type[BaseModel] | None:
    """The section that a key holds, alone or in a list."""
    candidates = (info.annotation, *get_args(info.annotation))
    return next((found for found in candidates if isinstance(found, type) and issubclass(found, BaseModel)), None)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if value in ("", [], None):
        return "none"
    return str(getattr(value, "value", value))


def _errors() -> list[str]:
    rows = ((row.code, row.short, row.meaning, row.status, row.ebms, _outcome(row), row.control) for row in ErrorCode)
    columns = ("code", "name", "meaning", "HTTP", "to partners", "as a delivery's outcome", "control")
    return _table("Error codes", columns, rows)


def _published() -> list[str]:
    rows = (
        (code, BY_CODE[code].short, row.severity, row.category, row.origin, row.answered, _met(code, row), row.met)
        for code, row in ROWS.items()
    )
    columns = ("code", "name", "severity", "category", "origin", "written here", "a delivery that meets it", "because")
    return _table("Published errors (ebMS 3.0 6.7, AS4 1.0 3.5)", columns, rows)


def _met(code: str, row: Published) -> str:
    return Event.POSTPONE.value if row.severity == WARNING else _outcome(BY_CODE[code])


def _outcome(row: ErrorCode) -> str:
    """What becomes of a delivery that meets the code; blank for codes that no delivery meets."""
    return disposition(row)[0].value if row.code.startswith(MET_BY_DELIVERIES) else ""


def _transactions() -> list[str]:
    """The states of a transaction, and for each pattern what is awaited from whom and what leads where."""
    meanings = ((state.value, text) for state, text in patterns.MEANINGS.items())
    lines = _table("Transaction states", ("state", "meaning"), meanings)
    rows = []
    for pattern in Pattern:
        states = dict.fromkeys(state for found, state, _ in patterns.MOVES if found is pattern)
        rows += [(pattern.value, state.value, _awaited(pattern, state), _leaves_by(pattern, state)) for state in states]
    return lines + _table("Moves of a transaction", ("pattern", "state", "awaits", "event → next state"), rows)


def _awaited(pattern: Pattern, state: patterns.State) -> str:
    event = patterns.AWAITED.get((pattern, state))
    if event is None:
        return "nothing"
    role = patterns.BY[event]
    return f"{event.value} from {role.value}" if role else event.value


def _leaves_by(pattern: Pattern, state: patterns.State) -> str:
    moves = {event: to for (found, here, event), to in patterns.MOVES.items() if (found, here) == (pattern, state)}
    return "; ".join(f"{event.value} → {to.value}" for event, to in moves.items())


def _states() -> list[str]:
    lines = _table("Delivery states", ("state", "meaning"), ((state.value, text) for state, text in MEANINGS.items()))
    lines += _table(
        "Moves of a delivery",
        ("from", "event", "to"),
        ((before.value, event.value, after.value) for (before, event), after in MOVES.items()),
    )
    lines += _table("Inbox states", ("state", "meaning"), ((s.value, text) for s, text in INBOX_MEANINGS.items()))
    return lines + _table("States of a day that is reconciled", ("state", "meaning"), STATES.items())
