"""Step 7: time stamps of checkpoints, by authorities that are trusted."""

import re

from cryptography import x509

from gateway.core.evidence import bundle
from gateway.core.evidence.bundle import Members, instant
from gateway.core.evidence.checks.heads import Heads, Seen
from gateway.core.evidence.checks.index import named
from gateway.core.evidence.checks.whose import Whose, require_signed
from gateway.core.evidence.finding import Report, Step
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.stamp import LARGEST, Flaw, NoStamp, Unchecked, check

_STAMP = re.compile(r"stamps/(\d+)-(\d+)\.tsr", re.ASCII)


def check_stamps(members: Members, heads: Heads, whose: Whose, report: Report) -> tuple[Seen, ...]:
    """7. Each stamp is of the checkpoint it stands under, with the log's own signature alone; when each tree existed."""
    found = named(members, _STAMP)
    if not found:
        report.unproven(
            Step.STAMPS, "stamps", "when the log was so, by anybody but its owner and its witnesses: no time stamp"
        )
        return ()
    texts = whose.trust.authorities if whose.trust else ()
    authorities = [each for text in texts for each in x509.load_pem_x509_certificates(text.encode())]
    if not authorities:
        report.skip(Step.STAMPS, "stamps", f"{len(found)} stamps: no time-stamp authority is trusted")
        return ()
    seen: list[Seen] = []
    before = report.faults()
    for (size, _), name in found:
        with report.guarded(Step.STAMPS, name):
            content = bundle.read(members, name, LARGEST)
            if size not in heads:
                raise Malformed("a stamp of a checkpoint that is not there, or does not hold")
            note = heads[size].note.by(require_signed(whose)).bytes()
            try:
                stamp = check(content, note, authorities)
            except NoStamp as fault:
                if fault.flaw is not Flaw.OTHER_AUTHORITY:
                    raise Malformed(str(fault)) from None
                report.skip(Step.STAMPS, name, str(fault))
                continue
            except Unchecked:
                report.skip(Step.STAMPS, name, "the Python package rfc3161-client is not here")
                continue
            seen.append(Seen(size, stamp.time))
            told = f"the log of {size} entries existed on {instant(stamp.time)}: authority {stamp.authority.hex()[:16]}"
            report.proven(Step.STAMPS, name, told)
    if seen and report.faults() == before:
        report.ok(Step.STAMPS, "stamps", f"{len(seen)} stamps hold")
    return tuple(seen)
