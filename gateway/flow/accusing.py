"""Two checkpoints of a partner's log that do not fit: the security event, and the proof that is kept with it."""

import base64

from gateway.core.entry import entry
from gateway.core.evidence.dispute import Dispute, Weight, joined, weigh
from gateway.core.evidence.note import Verifier
from gateway.core.evidence.proofs import Proof
from gateway.core.evidence.witness import Witnessed
from gateway.core.names import Micros
from gateway.flow.ports_witness import DEMAND, PROOF, Accusation, Log

CONTROLS = ["EA-3.5", "EA-4.1"]
Moment = tuple[Micros, bytes]  # and a nonce
Pair = tuple[Witnessed, Witnessed]  # the smaller tree first
Join = tuple[bytes, Proof]  # the root that the later tree has at the earlier one's size, and what shows it
APART: Join = (b"", ())  # of two trees of one size nothing is to be shown


def equivocation(log: Log, key: Verifier, pair: Pair, moment: Moment, join: Join = APART) -> Accusation:
    """Proof of fraud: the key signed both, and they exclude each other (core/evidence/dispute.py).

    Where it did not, nothing is proven by it: the log's key is another one now, or its name was another party's once.
    """
    first, second = pair
    if weigh(Dispute(first.note, second.note, *join), key) is Weight.NOTHING:
        return inconsistent(log, pair, moment, join[1])
    return _accusation(PROOF, log, pair, joined(*join), moment)


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
