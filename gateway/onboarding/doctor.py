"""What usually goes wrong with a partner, looked for one by one: the table of checks, and what each came to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.core.language import Language
from gateway.core.texts import told
from gateway.onboarding import checks_of_answer as answer
from gateway.onboarding import checks_of_way as way
from gateway.onboarding.advice import ADVICE, WORDS, tell
from gateway.onboarding.case import Case, Finding, Layer, Verdict

Check = Callable[[Case], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Row:
    """A check's outcome, told."""

    check: str
    verdict: Verdict
    finding: str = ""
    advice: str = ""


def examine(case: Case, language: Language) -> list[Row]:
    """Every check of the table in its order, with what it found."""
    rows: list[Row] = []
    for name, layer, check in CHECKS:
        if layer > case.reached:
            rows.append(Row(name, Verdict.SKIPPED))
            continue
        found = [_told(name, finding, language) for finding in check(case)]
        rows += found or [Row(name, Verdict.FINE)]
    return rows


def _told(name: str, finding: Finding, language: Language) -> Row:
    places = {key: _word(value, language) for key, value in finding.places.items()}
    what, advice = (tell(phrase, language).format(**places) for phrase in ADVICE[finding.key])
    return Row(name, finding.verdict, what, advice)


def _word(value: object, language: Language) -> object:
    if isinstance(value, str) and value in WORDS:
        return tell(WORDS[value], language)
    return told(value, language) if isinstance(value, str) else value


# Name, the layer that it looks at, the check; in the order in which an operator works through them.
CHECKS: Sequence[tuple[str, Layer, Check]] = (
    ("environment", Layer.FILES, way.environment),
    ("agreements", Layer.FILES, way.agreements),
    ("keys", Layer.FILES, way.keys),
    ("certificates", Layer.FILES, way.certificates),
    ("name", Layer.NAME, way.name),
    ("connection", Layer.CONNECTION, way.connection),
    ("tls versions and ciphers", Layer.TLS, way.versions),
    ("server certificate", Layer.TLS, way.chain),
    ("server name", Layer.TLS, way.server_name),
    ("our certificate", Layer.TLS, way.our_certificate),
    ("handshake", Layer.TLS, way.handshake),
    ("http", Layer.HTTP, answer.http),
    ("clock", Layer.HTTP, answer.clock),
    ("answer", Layer.AS4, answer.answered),
    ("error", Layer.AS4, answer.error),
    ("receipt", Layer.AS4, answer.receipt),
    ("duplicates", Layer.AS4, answer.duplicate),
)
