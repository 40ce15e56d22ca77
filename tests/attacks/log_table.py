"""What an attacker would try on the delivery log, what it takes, and who finds it: the table of docs/evidence.md."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.attacks import log_deeds as deeds
from tests.attacks.log_checks import Check

DATABASE, FILES, KEY = "the database", "all files but keys", "all files and the log's key"


@dataclass(frozen=True, slots=True)
class Attack:
    """One row."""

    deed: str
    holds: str
    do: deeds.Deed
    found: Mapping[Check, str] = field(default_factory=dict)  # words of what is found; who is not here finds nothing


OLDER = "is an older copy"
SEEN = "are in no tree that enough trusted cosigners have seen"
ROOT = "its root is not that of the first"
ATTACKS: tuple[Attack, ...] = (
    Attack(
        "delete the newest rows",
        DATABASE,
        deeds.newest,
        {
            Check.OWN: OLDER,
            Check.START: OLDER,
            Check.WITNESS: "409",
            Check.OUTSIDER: "the log is smaller now",
        },
    ),
    Attack(
        "delete the newest rows, and set back the file of what was published",
        FILES,
        deeds.newest_unanchored,
        {
            Check.OWN: "its log entry is gone",
            Check.WITNESS: "409",
            Check.OUTSIDER: "the log is smaller now",
        },
    ),
    Attack(
        "delete old rows",
        DATABASE,
        deeds.old,
        {
            Check.OWN: "leaf 2: missing; the next one is 5",
            Check.OUTSIDER: "bad result slice",
            Check.VERIFIER: "entries, a line each; expected",
        },
    ),
    Attack(
        "delete a message with all of its rows; make the tree anew, sign it with the log's key",
        KEY,
        deeds.forgotten,
        {
            Check.WITNESS: "409",
            Check.OUTSIDER: "the log is smaller now",
            Check.VERIFIER: SEEN,
            Check.DAY: "only by.gtk.gateway/log",
        },
    ),
    Attack(
        "insert a row that never was; make the tree anew, sign it with the log's key",
        KEY,
        deeds.inserted,
        {
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "invalid transparency proof",
            Check.VERIFIER: SEEN,
        },
    ),
    Attack(
        "reorder rows",
        DATABASE,
        deeds.reordered,
        {
            Check.OWN: "its root is not the root of the leaves",
            Check.WITNESS: "inconsistent",
            Check.OUTSIDER: "inconsistent tile",
            Check.VERIFIER: ROOT,
        },
    ),
    Attack(
        "reorder rows; make the tree anew, sign it with the log's key",
        KEY,
        deeds.reordered_signed,
        {
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "invalid transparency proof",
            Check.VERIFIER: SEEN,
        },
    ),
    Attack(
        "back-date a row",
        DATABASE,
        deeds.backdated,
        {
            Check.OWN: "its entry was changed",
            Check.OUTSIDER: ": invalid transparency proof",
            Check.VERIFIER: ROOT,
        },
    ),
    Attack(
        "back-date a row and its leaf's hash",
        DATABASE,
        deeds.backdated_rehashed,
        {
            Check.OWN: "its root is not the root of the leaves",
            Check.WITNESS: "inconsistent",
            Check.OUTSIDER: "inconsistent tile",
            Check.VERIFIER: ROOT,
        },
    ),
    Attack(
        "back-date a row; make the tree anew, sign it with the log's key",
        KEY,
        deeds.backdated_signed,
        {
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "invalid transparency proof",
            Check.VERIFIER: SEEN,
        },
    ),
    Attack(
        "truncate the whole log",
        DATABASE,
        deeds.truncated,
        {
            Check.OWN: OLDER,
            Check.START: OLDER,
            Check.WITNESS: "409",
            Check.OUTSIDER: "no checkpoint",
            Check.VERIFIER: "no checkpoint",
        },
    ),
    Attack(
        "put back yesterday's copy of the database",
        DATABASE,
        deeds.database_rolled_back,
        {
            Check.OWN: OLDER,
            Check.START: OLDER,
            Check.WITNESS: "409",
            Check.OUTSIDER: "the log is smaller now",
            Check.DAY: "only by.gtk.gateway/log",
        },
    ),
    Attack(
        "put back yesterday's copy of the database, and delete the file of what was published",
        FILES,
        deeds.unanchored,
        {
            Check.WITNESS: "409",
            Check.OUTSIDER: "the log is smaller now",
            Check.DAY: "only by.gtk.gateway/log",
        },
    ),
    Attack(
        "put back yesterday's copy of everything",
        FILES,
        deeds.rolled_back,
        {
            Check.WITNESS: "409",
            Check.OUTSIDER: "the log is smaller now",
            Check.DAY: "only by.gtk.gateway/log",
        },
    ),
    Attack(
        "put back yesterday's copy of everything, and go on under another name with a new key",
        FILES,
        deeds.renamed,
        {
            Check.WITNESS: "404 unknown",
            Check.OUTSIDER: "note has no verifiable signatures",
            Check.VERIFIER: "a checkpoint of another log",
            Check.DAY: "not reconciled",
        },
    ),
    Attack(
        "swap two bodies",
        DATABASE,
        deeds.swapped,
        {
            Check.OWN: "the stored body is not what its digest says",
            Check.VERIFIER: "the SHA-256 of its bytes is another",
        },
    ),
    Attack(
        "rewrite a refusal",
        DATABASE,
        deeds.refusal,
        {
            Check.OWN: "its entry was changed",
            Check.OUTSIDER: ": invalid transparency proof",
            Check.VERIFIER: ROOT,
        },
    ),
    Attack(
        "rewrite a refusal and its leaf's hash",
        DATABASE,
        deeds.refusal_rehashed,
        {
            Check.OWN: "its root is not the root of the leaves",
            Check.WITNESS: "inconsistent",
            Check.OUTSIDER: "inconsistent tile",
            Check.VERIFIER: ROOT,
        },
    ),
    Attack(
        "rewrite a refusal; make the tree anew, sign it with another key",
        FILES,
        deeds.refusal_stranger,
        {
            Check.OWN: "its checkpoint is not signed by the log's key",
            Check.START: "log.key is not the key that signed",
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "note has no verifiable signatures",
            Check.VERIFIER: "not signed by",
        },
    ),
    Attack(
        "rewrite a refusal; make the tree anew, sign it with the log's key",
        KEY,
        deeds.rewritten,
        {
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "invalid transparency proof",
            Check.VERIFIER: SEEN,
        },
    ),
    Attack(
        "fork: go on from yesterday's copy with another history, for another partner",
        KEY,
        deeds.forked,
        {
            Check.WITNESS: "equivocation",
            Check.OUTSIDER: "the log is smaller now",
            Check.VERIFIER: SEEN,
            Check.DAY: "only by.gtk.gateway/log",
        },
    ),
)


def table() -> str:
    """As docs/evidence.md shows it."""
    head = ["What an attacker does", "with", *Check]
    rows = [
        [each.deed, each.holds, *("**finds it**" if check in each.found else "" for check in Check)] for each in ATTACKS
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |").replace("|  |", "| |") for line in lines)
