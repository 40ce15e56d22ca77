"""What belongs together: which messages follow each other, who writes them, what they answer, how long it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gateway.traffic.documents import (
    declaration,
    export,
    operation,
    preliminary,
    result,
    transit,
    value,
    vehicle,
    verification,
)
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


RESULT = "ProcessingResult"
RELEASE = Step("TransitReleaseNotice", transit.release_notice, 0, (0, 0))
OPERATION = Step("TransitOperationNotice", operation.notice, 1, (2 * HOUR, DAY), times=(0, 3))
ARRIVAL = Step("TransitArrivalCompletionNotice", transit.completion_notice, 1, (10 * HOUR, 4 * DAY))


def _answered(question: int) -> tuple[Step, ...]:
    """Mutual obligations: the other side accepts it and answers, and its own side accepts the answer.

    The gateways tell by themselves that something was received.
    """
    return (
        Step(RESULT, result.accepted, 0, (5, 2 * MINUTE), answers=question),
        Step(RESULT, result.processed, 0, (10, 5 * MINUTE), answers=question),
        Step(RESULT, result.accepted, 1, (5, 2 * MINUTE), answers=question + 2),
    )


# Kind ► its steps. The first party is the one that has the goods, the declaration or the vehicle at first.
CONVERSATIONS: Mapping[str, tuple[Step, ...]] = {
    "transit": (RELEASE, OPERATION, ARRIVAL, *_answered(2)),
    "preliminary": (
        Step("PreliminaryInformation", preliminary.information, 0, (0, 0)),
        replace(RELEASE, after=(3 * HOUR, 2 * DAY)),
        OPERATION,
        ARRIVAL,
        *_answered(3),
    ),
    "declaration": (
        Step("GoodsDeclarationRequest", declaration.request, 1, (0, 0)),
        Step("GoodsDeclarationInfo", declaration.info, 0, (MINUTE, 20 * MINUTE), answers=0),
    ),
    "export": (
        Step("ActualExportNotice", export.notice, 1, (0, 0)),
        Step(RESULT, result.processed, 0, (10, 5 * MINUTE), answers=0),
        Step("ActualExportCancellation", export.cancellation, 1, (HOUR, 12 * HOUR), times=(0, 1)),
        Step(RESULT, result.processed, 0, (10, 5 * MINUTE), answers=2),
    ),
    "vehicle": (
        Step("TemporaryVehicleNotice", vehicle.registered, 0, (0, 0)),
        Step("TemporaryVehicleNotice", vehicle.extended, 1, (5 * DAY, 20 * DAY), times=(0, 1)),
        Step("TemporaryVehicleRequest", vehicle.request, 0, (DAY, 5 * DAY)),
        Step("TemporaryVehicleNotice", vehicle.closed, 1, (MINUTE, 4 * HOUR), answers=2),
    ),
    "value": (
        Step("CustomsValueRequest", value.request, 1, (0, 0)),
        Step("CustomsValueInfo", value.info, 0, (HOUR, 6 * DAY), answers=0),
    ),
    "verification": (
        Step("DocumentVerificationRequest", verification.request, 1, (0, 0)),
        Step("DocumentVerificationResponse", verification.response, 0, (2 * HOUR, 5 * DAY), answers=0),
    ),
}
MIX: Mapping[str, int] = {
    "transit": 6,
    "preliminary": 4,
    "declaration": 4,
    "export": 3,
    "vehicle": 2,
    "value": 1,
    "verification": 2,
}
LARGE = frozenset({"transit", "preliminary", "declaration", "export"})  # kinds whose size is their goods
