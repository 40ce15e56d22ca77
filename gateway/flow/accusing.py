"""Two checkpoints of a partner's log that do not fit: the security event, and the proof that is kept with it."""

import base64

from gateway.core.entry import entry
from gateway.core.evidence.dispute import joined
from gateway.core.evidence.proofs import Proof
from gateway.core.evidence.witness import Witnessed
from gateway.core.names import Micros
from gateway.flow.ports_witness import DEMAND, PROOF, Accusation, Log

CONTROLS = ["EA-3.5", "EA-4.1"]
Moment = tuple[Micros, bytes]  # and a nonce
Pair = tuple[Witnessed, Witnessed]  # the smaller tree first


def equivocation(log: Log, pair: Pair, moment: Moment, root: bytes = b"", proof: Proof = ()) -> Accusation:
    """Proof of fraud: both are signed, and they exclude each other (core/evidence/dispute.py)."""
    return _accusation(PROOF, log, pair, joined(root, proof), moment)


def inconsistent(log: Log, pair: Pair, moment: Moment, proof: Proof = ()) -> Accusation:
    """No proof by itself: nothing that was shown joins the two. It is demanded again."""
    shown = b"".join(base64.b64encode(each) + b"\n" for each in proof)
    return _accusation(DEMAND, log, pair, shown, moment)


def _accusation(kind: str, log: Log, pair: Pair, proof: bytes, moment: Moment) -> Accusation:
    first, second = pair
    leaf = entry(
        kind,
        *moment,
        party=log.party,
        origin=log.origin,
        size=first.size,
        root=first.root,
        other_size=second.size,
        other_root=second.root,
        controls=CONTROLS,
    )
    return Accusation(log.party, kind, first.note, second.note, proof, leaf)
