"""The cover sheet of an evidence bundle: what is in it, in words, for whoever opens it first. It proves nothing itself.

One self-contained page without scripts; every value is escaped.
"""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.core.evidence.bundle import Subject
from gateway.core.evidence.facts import Kept, MessageFacts, PartFacts
from gateway.core.language import Language
from gateway.core.phrases_of_evidence import ABSENT, COVER, HAPPENED, SUBJECTS
from gateway.core.phrases_of_exchange import Phrase

STYLE = (
    "body{font:14px/1.45 sans-serif;color:#111;max-width:60em;margin:2em auto;padding:0 1em}"
    "h1{font-size:22px;margin:0 0 .3em}h2{font-size:17px;margin:1.6em 0 .4em}h3{font-size:14px;margin:1em 0 .3em}"
    "table{border-collapse:collapse;width:100%;margin:.3em 0 1em}"
    "th,td{border:1px solid #bbb;padding:.25em .5em;text-align:left;vertical-align:top;overflow-wrap:break-word}"
    "th{background:#f2f2f2;font-weight:600}th[scope=row]{width:14em}"
    "code{font:12px/1.4 monospace;overflow-wrap:anywhere}.no{color:#8a1f11}pre{background:#f2f2f2;padding:.6em;white-space:pre-wrap}"
    "@media print{body{margin:0;max-width:none;font-size:11px}h2,h3{break-after:avoid}tr{break-inside:avoid}}"
)
COMMANDS = "gateway verify {file} --trust trust.toml\npython3 verify.pyz {file} --trust trust.toml"


@dataclass(frozen=True, slots=True)
class Gone:
    """What a rule removed at one place: never what stood there."""

    rule: str
    path: str
    count: int
    kind: str = ""
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """Whose certificate a signature is by; both empty: it is only named."""

    name: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message, and what is said about it beside its facts."""

    facts: MessageFacts
    agreement: str
    parties: tuple[str, str]  # sender and recipient, with the names of their authorities
    accepted: str
    delivered: str = ""  # empty: no checked receipt
    removed: tuple[Gone, ...] = ()
    signers: tuple[Signed, Signed] = (Signed(), Signed())  # of the envelope, of the receipt


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the log."""

    index: int
    at: str
    kind: str
    codes: str
    hash: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """A checkpoint, who cosigned it and when, and when it was stamped."""

    size: int
    root: str
    cosigned: tuple[tuple[str, str], ...] = ()
    stamped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that a cover sheet says."""

    subject: Subject
    made: str
    maker: str
    origin: str
    key: str
    messages: Sequence[Shown]
    lines: Sequence[Line]
    vouched: Sequence[Vouched]


Cell = str  # HTML


def cover(sheet: Sheet, language: Language) -> bytes:
    """The page in that language."""
    page = _Page(language)
    title = page.text("title")
    parts = [
        f"<h1>{title}</h1><p>{page.text('intro')}</p>",
        page.facts(_head(sheet, page)),
        *(_message(number, shown, page) for number, shown in enumerate(sheet.messages, 1)),
        "" if sheet.messages else f"<p>{page.text('no_message')}</p>",
        _proven(sheet, page),
        _vouched(sheet.vouched, page),
        _lines(sheet.lines, page),
        _check(page),
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body>\n{chr(10).join(filter(None, parts))}\n</body></html>\n"
    ).encode()


@dataclass(frozen=True, slots=True)
class _Page:
    language: Language

    def text(self, key: str, **places: object) -> Cell:
        """What the sheet says under that key of COVER."""
        return escape(self.of(COVER, key).format(**places))

    def of(self, table: Mapping[str, Phrase], key: str) -> str:
        """A table's row; the key itself where there is none."""
        row = table.get(key)
        return dict(zip(Language, row, strict=True))[self.language] if row else key

    def facts(self, rows: Iterable[tuple[Cell, Cell]]) -> str:
        """Names and values."""
        found = (f'<tr><th scope="row">{name}</th><td>{cell}</td></tr>' for name, cell in rows)
        return f"<table>{''.join(found)}</table>"

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
        """A table with heads."""
        head = "".join(f"<th>{self.text(each)}</th>" for each in heads)
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        return f"<table><tr>{head}</tr>{body}</table>"

    def absent(self, why: str) -> Cell:
        """Why something is not there."""
        return f'<span class="no">{escape(self.of(ABSENT, why))}</span>'


def _head(sheet: Sheet, page: _Page) -> list[tuple[Cell, Cell]]:
    subject = page.of(SUBJECTS, sheet.subject.kind).replace("{value}", sheet.subject.value)
    return [
        (page.text("subject"), escape(subject)),
        (page.text("made"), escape(sheet.made)),
        (page.text("by"), escape(sheet.maker)),
        (page.text("log"), escape(sheet.origin)),
        (page.text("key"), _code(sheet.key)),
    ]


def _message(number: int, shown: Shown, page: _Page) -> str:
    facts = shown.facts
    national = facts.edge == "national"
    delivered = escape(shown.delivered) if shown.delivered else page.text("not_delivered")
    rows: list[tuple[Cell, Cell]] = [
        ("MessageId", _code(facts.message_id)),
        ("ConversationId", _code(facts.conversation_id)),
        (page.text("direction"), page.text("edge_national" if national else "edge_partner")),
        (page.text("sender"), escape(shown.parties[0])),
        (page.text("recipient"), escape(shown.parties[1])),
        (page.text("agreement"), escape(shown.agreement)),
        (page.text("accepted"), escape(shown.accepted)),
        *([(page.text("delivered"), delivered)] if national else []),
    ]
    title = page.text("message", n=number, type=facts.type)
    return f"<h2>{title}</h2>{page.facts(rows)}{_parts(facts, page)}{_removed(shown, page)}{_signatures(shown, page)}"


def _parts(facts: MessageFacts, page: _Page) -> str:
    heads = [
        "part_name",
        "part_type",
        "part_size",
        "part_digest",
        "part_file",
    ]
    rows = (
        (
            escape(part.name) or page.text("document") if not number else escape(part.name or part.cid),
            escape(part.media_type),
            str(part.size),
            _code(part.digest),
            _there(part, page),
        )
        for number, part in enumerate(facts.parts)
    )
    return f"<h3>{page.text('parts')}</h3>{page.table(heads, rows)}"


def _there(part: PartFacts, page: _Page) -> Cell:
    """Where a part is, and what keeps it from being all that one could wish."""
    return " ".join([*([_code(part.file)] if part.file else []), *([page.absent(part.why)] if part.why else [])])


def _removed(shown: Shown, page: _Page) -> str:
    title = f"<h3>{page.text('removed')}</h3>"
    if not shown.removed:
        return f"{title}<p>{page.text('removed_none')}</p>"
    heads = ["rule", "place", "count", "class", "ground"]
    rows = (
        (escape(gone.rule), _code(gone.path), str(gone.count), escape(gone.kind), escape(gone.ground))
        for gone in shown.removed
    )
    return title + page.table(heads, rows)


def _signatures(shown: Shown, page: _Page) -> str:
    both = zip((shown.facts.envelope, shown.facts.receipt), shown.signers, strict=True)
    names = (page.text("signed_by_sender"), page.text("signed_by_recipient"))
    cells = [_signature(kept, by, page) for kept, by in both]
    return f"<h3>{page.text('signatures')}</h3>{page.facts(zip(names, cells, strict=True))}"


def _signature(kept: Kept, by: Signed, page: _Page) -> Cell:
    if kept.why:
        return page.absent(kept.why)
    if not by.digest:
        return page.text("certificate_unknown")
    return page.text("certificate", name=by.name, digest=by.digest)


def _proven(sheet: Sheet, page: _Page) -> str:
    nobody = f'<span class="no">{page.text("by_nobody")}</span>'
    names = ", ".join(dict.fromkeys(name for each in sheet.vouched for name, _ in each.cosigned))
    stamps = sorted(time for each in sheet.vouched for time in each.stamped)
    rows: list[tuple[Cell, Cell]] = [
        (page.text("claim_written"), page.text("by_log", name=sheet.origin)),
        (page.text("claim_same"), page.text("by_cosigners", names=names) if names else nobody),
        (page.text("claim_time"), page.text("by_stamp", time=stamps[0]) if stamps else nobody),
    ]
    for number, shown in enumerate(sheet.messages, 1):
        own, signature = page.text("by_own_log"), page.text("by_signature")
        envelope, receipt = shown.facts.envelope, shown.facts.receipt
        rows.append((page.text("claim_sent", n=number), own if envelope.why else signature))
        if shown.facts.edge == "national":
            rows.append((page.text("claim_delivered", n=number), signature if not receipt.why else nobody))
    left = ("open_truth", "open_removed", "open_trust")
    listed = "".join(f"<li>{page.text(each)}</li>" for each in left)
    return f"<h2>{page.text('proven')}</h2>{page.facts(rows)}<h3>{page.text('open')}</h3><ul>{listed}</ul>"


def _vouched(found: Sequence[Vouched], page: _Page) -> str:
    heads = ["entries_covered", "root", "cosigned", "stamped"]
    rows = (
        (
            str(each.size),
            _code(each.root),
            "<br>".join(escape(f"{name}, {time}") for name, time in each.cosigned) or page.text("nobody"),
            "<br>".join(map(escape, each.stamped)) or page.text("no_stamp"),
        )
        for each in found
    )
    return f"<h2>{page.text('vouched')}</h2>{page.table(heads, rows)}"


def _lines(lines: Sequence[Line], page: _Page) -> str:
    heads = ["index", "time", "event", "hash"]
    rows = (
        (
            str(each.index),
            escape(each.at),
            escape(" ".join((page.of(HAPPENED, each.kind), each.codes)).strip()),
            _code(each.hash),
        )
        for each in lines
    )
    return f"<h2>{page.text('entries')}</h2>{page.table(heads, rows)}"


def _check(page: _Page) -> str:
    commands = escape(COMMANDS.format(file="evidence.zip"))
    return f"<h2>{page.text('check')}</h2><p>{page.text('check_text')}</p><pre>{commands}</pre>"


def escape(text: str) -> Cell:
    """The text without markup, and without letters that are not seen or turn those beside them: their numbers instead."""
    seen = (each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode() for each in text)
    return html.escape("".join(seen))


def _code(text: str) -> Cell:
    return f"<code>{escape(text)}</code>"
