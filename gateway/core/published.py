"""The published errors (ebMS 3.0 6.7, AS4 1.0 3.5): how each is written, when this gateway writes it, what it means for a delivery.

Whether a delivery that meets one is tried again stands in `schedule`; here stands why.
"""

from dataclasses import dataclass

CONTENT, COMMUNICATION, UNPACKAGING, PROCESSING = "Content", "Communication", "Unpackaging", "Processing"
FAILURE, WARNING = "failure", "warning"
EBMS, SECURITY, RELIABILITY = "ebms", "security", "reliability"
NO_ORIGIN = ""  # AS4 publishes none for its own codes, and eb:Error/@origin is optional


@dataclass(frozen=True, slots=True)
class Published:
    """One row of the published tables, and what it is used for here."""

    severity: str
    category: str
    origin: str
    answered: str  # when this gateway writes it
    met: str  # what it says about a delivery that met it


UNCHANGED = "the same bytes would be refused again"
ROWS: dict[str, Published] = {
    "EBMS:0001": Published(
        FAILURE, CONTENT, EBMS, "a header value of no known kind: CompressionType, CharacterSet", UNCHANGED
    ),
    "EBMS:0002": Published(
        WARNING,
        CONTENT,
        EBMS,
        "never: what is not supported is refused (EBMS:0008)",
        "a warning is no failure: a receipt beside it counts, and none is waited for; who calls it a failure has refused",
    ),
    "EBMS:0003": Published(
        FAILURE, CONTENT, EBMS, "a PartyId or Service without type that is no URI, several PartyIds", UNCHANGED
    ),
    "EBMS:0004": Published(
        FAILURE, CONTENT, EBMS, "the content breaks what was agreed; the detail has every fault", UNCHANGED
    ),
    "EBMS:0005": Published(
        FAILURE, COMMUNICATION, EBMS, "never: nothing is connected to before the answer", "the partner's network passes"
    ),
    "EBMS:0006": Published(
        WARNING,
        COMMUNICATION,
        EBMS,
        "nothing waits in the pulled channel",
        "a warning, and no answer to a user message",
    ),
    "EBMS:0007": Published(FAILURE, UNPACKAGING, EBMS, "the MIME structure and eb:PartInfo do not fit", UNCHANGED),
    "EBMS:0008": Published(
        FAILURE,
        UNPACKAGING,
        EBMS,
        "a payload in the SOAP Body, a split message, multi-hop, a SOAP header that must be understood",
        UNCHANGED,
    ),
    "EBMS:0009": Published(FAILURE, UNPACKAGING, EBMS, "the ebMS header is missing or incomplete", UNCHANGED),
    "EBMS:0010": Published(
        FAILURE,
        PROCESSING,
        EBMS,
        "no agreement, party, service and action of that kind, or no such channel",
        "the header contradicts what the partner has configured: an operator compares both and retries",
    ),
    "EBMS:0011": Published(FAILURE, CONTENT, EBMS, "a payload outside the message: nothing is fetched", UNCHANGED),
    "EBMS:0101": Published(
        FAILURE,
        PROCESSING,
        SECURITY,
        "certificate unknown, not believed or not the sender's; the signature does not hold",
        "the partner does not know our certificate (yet): its operators mend that, nobody resends",
    ),
    "EBMS:0102": Published(
        FAILURE,
        PROCESSING,
        SECURITY,
        "encrypted for another key, or damaged",
        "encrypted for a key that the partner has replaced: its new certificate mends that, and security is applied anew",
    ),
    "EBMS:0103": Published(
        FAILURE,
        PROCESSING,
        SECURITY,
        "not signed or encrypted as agreed, or not all of it",
        "the P-Modes differ, as while one side has changed its own first: ours is changed, and security is applied anew",
    ),
    "EBMS:0201": Published(
        FAILURE,
        PROCESSING,
        RELIABILITY,
        "WS-Reliability or WS-ReliableMessaging headers: AS4 has its own",
        "none of its headers is sent: what is out of order is the partner's",
    ),
    "EBMS:0202": Published(
        FAILURE, COMMUNICATION, RELIABILITY, "it cannot be stored now: send again", "the partner could not take it now"
    ),
    "EBMS:0301": Published(
        FAILURE,
        COMMUNICATION,
        NO_ORIGIN,
        "to the producer: no receipt came before the deadline",
        "the partner misses a receipt of ours: that says nothing against the message",
    ),
    "EBMS:0302": Published(
        FAILURE,
        COMMUNICATION,
        NO_ORIGIN,
        "to the producer and to the partner: its receipt does not fit what was sent",
        "the next receipt may fit, and a duplicate is eliminated",
    ),
    "EBMS:0303": Published(
        FAILURE, COMMUNICATION, NO_ORIGIN, "a part is damaged, too large once inflated, or lacks MimeType", UNCHANGED
    ),
    "EBMS:4001": Published(
        FAILURE,
        PROCESSING,
        NO_ORIGIN,
        "never: a duplicate gets its receipt again",
        "phase4 has the message already: delivered, but there is no receipt",
    ),
}
