"""`gateway verify`: what was given is checked in numbered steps; all faults, what is proven, what is not."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path

from gateway.core.evidence.checks.run import check_dispute, check_file, check_log
from gateway.core.evidence.container import Container
from gateway.core.evidence.dispute import HEAD, LARGEST_DISPUTE
from gateway.core.evidence.finding import TITLES, Finding, Report, Result, State, Step, Verdict
from gateway.core.evidence.trust import Misread, Trust
from gateway.verifier.folder import Folder

USAGE = 2
EXIT_CODES = {Result.VERIFIED: 0, Result.FAULTS: 1, Result.PARTLY: 6}
LARGEST_TRUST = 16 * 1024 * 1024
NOTHING = "nothing of its kind here"


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 verified, 1 faults, 2 wrong command line or trust file, 6 partly verified."""
    parser = argparse.ArgumentParser(
        prog="gateway verify",
        description="Check an evidence bundle, the folder of a whole log, or a dispute: offline, without its gateway.",
        epilog="Exit codes: 0 verified; 1 faults; 2 wrong command line or trust file; 6 partly verified.",
    )
    parser.add_argument("evidence", type=Path, help="the bundle, the log's folder or the dispute")
    parser.add_argument(
        "--trust",
        type=Path,
        action="append",
        default=[],
        help="whose keys and certificates count (gateway evidence trust); may be given again",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    try:
        found = parser.parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return verify(found.evidence, found.trust, as_json=found.json)


def verify(evidence: Path, trust: Sequence[Path], *, as_json: bool) -> int:
    """Check it and print what was found; the exit code."""
    try:
        verdict = check(evidence, trusting(trust))
    except Misread as wrong:
        sys.stderr.writelines(f"{plain(fault)}\n" for fault in wrong.faults)
        return USAGE
    except OSError as error:
        sys.stderr.write(plain(f"{error.filename}: {error.strerror}") + "\n")
        return USAGE
    rows = [json.dumps(facts(verdict), ensure_ascii=False, indent=2)] if as_json else told(verdict)
    _show(rows)
    return EXIT_CODES[verdict.result]


def _show(rows: Iterable[str]) -> None:
    """On standard output, as far as anybody reads it."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter shows its number
    try:
        sys.stdout.writelines(f"{row}\n" for row in rows)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head`: the rest goes nowhere, also at the end of the process
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def trusting(paths: Sequence[Path]) -> Trust | None:
    """What all the files say together, None where there are none; Misread, by file, or OSError where one cannot be read."""
    found: Trust | None = None
    for path in paths:
        try:
            read = Trust.of(_text(path))
            found = found.joined(read) if found else read
        except Misread as wrong:
            raise Misread([f"{path}: {fault}" for fault in wrong.faults]) from None
    return found


def _text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(LARGEST_TRUST + 1)
    if len(content) > LARGEST_TRUST:
        raise Misread([f"expected at most {LARGEST_TRUST} bytes"])
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Misread(["expected UTF-8"]) from None


def check(evidence: Path, trust: Trust | None) -> Verdict:
    """Every finding about what stands at that path; OSError where nothing that can be read does."""
    report = Report()
    try:
        _check(evidence, trust, report)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever hostile bytes do, the reader is told, and not by a traceback
        report.fault(
            Step.CONTAINER, "the verifier", f"the check ended early at something unforeseen: {type(error).__name__}"
        )
    return report.verdict()


def _check(evidence: Path, trust: Trust | None, report: Report) -> None:
    if evidence.is_dir():
        folder = Folder(evidence)
        for where, misfit in folder.misfits:
            report.fault(Step.CONTAINER, where, misfit)
        check_log(folder, trust, report)
        return
    with evidence.open("rb") as file:
        if file.read(len(HEAD)) == HEAD:
            file.seek(0)
            check_dispute(file.read(LARGEST_DISPUTE + 1), trust, report)
        else:
            check_file(Container.of(file), trust, report)


def facts(verdict: Verdict) -> dict[str, object]:
    """The verdict as JSON has it."""
    steps = verdict.steps()
    return {
        "result": verdict.result,
        "steps": [
            {
                "number": int(step),
                "title": TITLES[step],
                "state": state or "nothing",
                "findings": [_row(each) for each in verdict.findings if each.step is step and each.state in SHOWN],
            }
            for step, state in steps.items()
        ],
        "faults": [{"step": int(each.step), **_row(each)} for each in verdict.of(State.FAULT)],
        "proven": [_row(each) for each in proven(verdict)],
        "not_proven": [_row(each) for each in verdict.of(State.UNPROVEN)],
    }


SHOWN = (State.OK, State.FAULT, State.SKIPPED)


def told(verdict: Verdict) -> Iterator[str]:
    """The verdict for people: the steps, all faults, then plain sentences."""
    for step, state in verdict.steps().items():
        notes = [each.text for each in verdict.findings if each.step is step and each.state is state]
        note = f"{len(notes)} faults, below" if state is State.FAULT else "; ".join(dict.fromkeys(notes))
        yield plain(f"{int(step):2} {TITLES[step]}: {state or NOTHING}{f' ({note})' if note else ''}")
    for each in verdict.of(State.FAULT):
        yield plain(f"FAULT step {int(each.step)}, {each.where}: {each.text}")
    for state, rows in ((State.PROVEN, proven(verdict)), (State.UNPROVEN, verdict.of(State.UNPROVEN))):
        yield f"{state}:" if rows else f"{state}: nothing"
        yield from (plain(f"  {each.text}") for each in rows)
    yield f"{verdict.result}: {_summary(verdict)}"


def proven(verdict: Verdict) -> list[Finding]:
    """What follows: from evidence with faults, nothing."""
    return [] if verdict.result is Result.FAULTS else verdict.of(State.PROVEN)


def plain(text: str) -> str:
    """The text in one line that does nothing to a terminal, whatever names it holds."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _summary(verdict: Verdict) -> str:
    if verdict.result is Result.FAULTS:
        return f"{len(verdict.of(State.FAULT))}"
    if verdict.result is Result.PARTLY:
        skipped = sorted({int(each.step) for each in verdict.of(State.SKIPPED)})
        return f"nothing wrong was found, but not everything was checked (steps {', '.join(map(str, skipped))})"
    return "nothing wrong was found, and everything was checked"


def _row(finding: Finding) -> dict[str, str]:
    return {"state": finding.state, "where": plain(finding.where), "text": plain(finding.text)}
