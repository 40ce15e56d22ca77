"""What an AS4 request is, told before it is taken: a user message, or a signal that came by itself (ebMS 5.2.3)."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.core import soap
from gateway.core.agreement import Limits
from gateway.core.ebms import EB, about
from gateway.core.errors import Rejected
from gateway.core.message import Received
from gateway.core.pmode import DEFAULT_MPC

NS = f"{{{EB}}}"
SIGNAL = b"SignalMessage"
INFO = f"{NS}MessageInfo/{NS}"


class Kind(StrEnum):
    """What a signal is; the values are the names of its elements."""

    PULL = "PullRequest"
    RECEIPT = "Receipt"
    ERRORS = "Error"


@dataclass(frozen=True, slots=True)
class Heading:
    """A signal in a request of its own."""

    kind: Kind
    message_id: str
    ref_to_message_id: str  # of a receipt or errors
    mpc: str  # of a PullRequest


def heading(received: Received, limits: Limits) -> Heading | None:
    """The signal that the request is; None for a user message, and for what is neither: intake says what is wrong with it.

    A signal beside a user message in one eb:Messaging is not looked at (ebMS 5.2.4 lets senders bundle; AS4 has none do it).
    """
    if received.parts or SIGNAL not in received.body:
        return None
    try:
        header = soap.messaging(soap.split(received.body, received.content_type, limits).envelope)
    except Rejected:
        return None
    signals = header.findall(f"{NS}SignalMessage")
    if len(signals) != 1 or header.find(f"{NS}UserMessage") is not None:
        return None
    kind = next((kind for kind in Kind if signals[0].find(f"{NS}{kind}") is not None), None)
    if kind is None:
        return None
    message_id = (signals[0].findtext(f"{INFO}MessageId") or "").strip()
    request = signals[0].find(f"{NS}PullRequest")
    mpc = (request.get("mpc") or "").strip() if request is not None else ""
    return Heading(kind, message_id, about(signals[0]), mpc or DEFAULT_MPC)
