"""Each kind of evidence, checked in the order of the steps."""

from gateway.core.evidence.asice import is_container
from gateway.core.evidence.bundle import NAMES, Kind, Members
from gateway.core.evidence.checks import asice, log
from gateway.core.evidence.checks.heads import (
    check_checkpoints,
    check_consistency,
    check_cosignatures,
)
from gateway.core.evidence.checks.index import check_container, check_index, opened
from gateway.core.evidence.checks.leaves import check_leaves, check_times
from gateway.core.evidence.checks.messages import check_messages
from gateway.core.evidence.checks.stamps import check_stamps
from gateway.core.evidence.checks.subject import check_subject
from gateway.core.evidence.checks.whose import Whose, whose
from gateway.core.evidence.container import Container
from gateway.core.evidence.dispute import Dispute, Weight, weigh
from gateway.core.evidence.finding import Report, Step, called
from gateway.core.evidence.trust import Trust

PROVES = {
    Weight.FORKED: "its key signed two different histories of one length",
    Weight.REWRITTEN: "its key signed a history, and later another that does not begin with it",
}


def check_file(found: Container, trust: Trust | None, report: Report) -> None:
    """A bundle, alone or in an ASiC-E container."""
    if not is_container(found):
        check_bundle(found, trust, report)
        return
    keys = check_bundle(asice.inner(found, report), trust, report)
    asice.check_signature(found, keys, report)


def check_bundle(container: Container, trust: Trust | None, report: Report) -> Whose:
    """A bundle: steps 1 to 9; whose it is."""
    check_container(container, report)
    found = opened(container, report)
    keys = whose(container, found[0].origin if found else "", trust, report)
    if found is not None and found[0].subject.kind is Kind.LOG:
        report.fault(Step.INDEX, "index", "the index of a whole log's folder, not of a bundle")
    check_index(container, found, keys, report)
    heads = check_checkpoints(container, keys, report)
    seen = check_cosignatures(heads, keys, report)
    check_consistency(container, heads, report)
    book = check_leaves(container, heads, report)
    stamped = check_stamps(container, heads, keys, report)
    check_times(book, seen, stamped, report)
    messages = check_messages(container, book, keys, (*seen, *stamped), report)
    covers = [name for name in container.names() if name.startswith("cover/")]
    if covers:
        told = f"what {', '.join(covers)} say: they are {keys.origin}'s own words, which nobody compared"
        report.unproven(Step.INDEX, "cover", told)
    if found is not None:
        check_subject(found[0].subject, messages, book, report)
        subject, made = found[0].subject, found[0].made
        told = f"that this is all there is about {subject.kind} {called(subject.value)}: {keys.origin} chose what to put in ({made})"
        report.unproven(Step.INDEX, "index", told)
    return keys


def check_log(members: Members, trust: Trust | None, report: Report) -> None:
    """The folder of a whole log: steps 1 to 7."""
    strange = [name for name in members.names() if name != "index" and not NAMES[Kind.LOG].fullmatch(name)]
    for name in strange:
        report.fault(Step.CONTAINER, name, "no file that a log's folder has")
    if not strange:
        report.ok(Step.CONTAINER, "the folder", f"{len(members.names())} files, no others")
    indexed = "index" in members.names()
    found = opened(members, report) if indexed else None
    keys = whose(members, found[0].origin if found else "", trust, report)
    if found is not None and found[0].subject.kind is not Kind.LOG:
        report.fault(Step.INDEX, "index", "the index of a bundle, not of a whole log's folder")
    if indexed:
        check_index(members, found, keys, report)
    else:
        report.skip(Step.INDEX, "index", "the folder has no index")
    heads = check_checkpoints(members, keys, report)
    size = log.check_newest(members, heads, keys, report)
    seen = check_cosignatures(heads, keys, report)
    log.check_seen(size, seen, report)
    stamped = check_stamps(members, heads, keys, report)
    log.check_leaves(members, size, heads, (*seen, *stamped), report)


def check_dispute(content: bytes, trust: Trust | None, report: Report) -> None:
    """Two signed checkpoints that exclude each other: what they prove, and against whom."""
    with report.guarded(Step.CONTAINER, "the file"):
        dispute = Dispute.of(content)
        report.ok(Step.CONTAINER, "the file", "two checkpoints and what joins them")
        if trust is None:
            report.skip(Step.CHECKPOINTS, "trust", "no trust given: whose key signed the checkpoints is not known")
            return
        weights = {each: weigh(dispute, each.key) for each in trust.logs}
        weighty = [(each, weight) for each, weight in weights.items() if weight in PROVES]
        if not weighty:
            report.fault(Step.CHECKPOINTS, "the file", "no trusted log signed both, or they do not exclude each other")
        for each, weight in weighty:
            report.ok(Step.CHECKPOINTS, "the file", f"both signed by {each.key}")
            report.proven(
                Step.CONSISTENCY, "the file", f"{each.party} rewrote its log {each.key.name}: {PROVES[weight]}"
            )
