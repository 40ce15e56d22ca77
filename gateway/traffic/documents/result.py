"""M10: what became of a message."""

from datetime import timedelta

from gateway.traffic.documents.scene import Scene
from gateway.traffic.node import Node, el

WARNINGS = (
    ("W.CP.01.0114", "Предупреждение: наименование таможенного органа отличается от справочника, принято по коду"),
    ("W.CP.01.0120", "Предупреждение: срок транзита превышает обычный для этого маршрута"),
    ("W.CP.01.0131", "Ескерту: тіркеу нөмірі бұрын басқа рейсте көрсетілген"),
)


def accepted(scene: Scene) -> Node:
    """M10 ProcessingResult, the signal: accepted for processing."""
    return _result(scene, "2", "P.MSG.PRS")


def processed(scene: Scene) -> Node:
    """M10 ProcessingResult, no signal but an answer: processed, at times with warnings."""
    return _result(scene, "6", "")


def _result(scene: Scene, code: str, signal: str) -> Node:
    dice = scene.dice
    happened = scene.at - timedelta(seconds=dice.between(1, 30))
    return el(
        "prs:ProcessingResult",
        scene.header("P.CP.01.MSG.002", "R.006"),
        el("csdo:EventDateTime", f"{happened:%Y-%m-%dT%H:%M:%S}.{dice.digits(3)}Z"),
        el("csdo:ProcessingResultCode", code),
        el("csdo:SignalCode", signal) if signal else None,
        [
            el(
                "ccdo:EDocErrorDetails",
                el("csdo:EDocErrorCode", code),
                el("csdo:EDocErrorText", text),
            )
            for code, text in dice.some(WARNINGS, 0 if signal else max(0, dice.between(-2, 2)))
        ],
    )
