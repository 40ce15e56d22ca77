"""What belongs together: which messages follow each other, who writes them, what they answer, how long it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.traffic.documents import result, transit, verification
from gateway.traffic.documents.scene import Scene
from gateway.traffic.node import Node

MINUTE, HOUR, DAY = 60, 3_600, 86_400
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Step:
    """One message of a conversation."""

    type: str
    build: Callable[[Scene], Node]
    writer: int  # 0: the first party, 1: the second
    after: tuple[int, int]  # seconds since the step before, at least and at most
    answers: int = NOTHING  # the step that it answers: same eb:ConversationId, RefToMessageId
    times: tuple[int, int] = (1, 1)  # how often it comes, at least and at most


PROCESSED = "ProcessingResult"

# Kind ► its steps. The first party is the one that has the goods, the declaration or the vehicle at first.
CONVERSATIONS: Mapping[str, tuple[Step, ...]] = {
    "transit": (
        Step("TransitReleaseNotice", transit.release_notice, 0, (0, 0)),
        Step(PROCESSED, result.processed, 1, (5, 2 * MINUTE), answers=0),
        Step("TransitArrivalCompletionNotice", transit.completion_notice, 1, (10 * HOUR, 6 * DAY)),
        Step(PROCESSED, result.processed, 0, (5, 2 * MINUTE), answers=2),
    ),
    "verification": (
        Step("DocumentVerificationRequest", verification.request, 1, (0, 0)),
        Step("DocumentVerificationResponse", verification.response, 0, (2 * HOUR, 5 * DAY), answers=0),
    ),
}
MIX: Mapping[str, int] = {"transit": 5, "verification": 2}
LARGE = frozenset({"transit"})  # kinds whose size is their goods
