"""M06: goods left; they did not leave after all."""

from datetime import datetime, timedelta

from gateway.traffic.documents import blocks
from gateway.traffic.documents.scene import Scene
from gateway.traffic.facts import Declaration, local
from gateway.traffic.node import Node, el

REASONS = (
    ("01", "Товары возвращены на таможенную территорию"),
    ("02", "Ошибочно указан порядковый номер товара"),
    ("03", "Көлік құралы кері қайтарылды"),
)


def notice(scene: Scene) -> Node:
    """M06 ActualExportNotice: all goods of the declaration left, at times in part."""
    facts, left = scene.facts, scene.at - timedelta(minutes=scene.dice.between(5, 50))
    return el(
        "aen:ActualExportNotice",
        scene.header("P.CP.02.MSG.003", "R.CA.CP.02.003"),
        blocks.declaration(facts.declaration),
        blocks.declaration(_registered(scene, left), "cacdo:FERegistrationIdDetails"),
        el("csdo:EventDateTime", local(left, scene.country)),
        el(
            "cacdo:BorderTransportsDetails",
            el("csdo:UnifiedTransportModeCode", blocks.ROAD, codeListId=blocks.MODES),
            el("casdo:ContainerIndicator", "true" if facts.containers else "false"),
            map(blocks.vehicle, facts.vehicles),
        ),
        [_goods(scene, number) for number in range(len(facts.items))],
    )


def _registered(scene: Scene, at: datetime) -> Declaration:
    """The number in the exit journal: the notice and its cancellation tell the same."""
    return Declaration(scene.facts.destination.code, local(at, scene.country)[:10], scene.facts.declaration.number)


def _goods(scene: Scene, place: int) -> Node:
    item, whole = scene.facts.items[place], scene.dice.chance(0.8)
    share = 100 if whole else scene.dice.between(30, 90)
    gross = item.gross * share // 100
    return el(
        "cacdo:FEGoodsDetails",
        el(
            "cacdo:FEGoodsInfoDetails",
            el("casdo:ConsignmentItemOrdinal", str(place + 1)),
            el("csdo:CommodityCode", item.code),
            blocks.mass(gross, "csdo:UnifiedGrossMassMeasure"),
            blocks.mass(item.net * share // 100, "csdo:UnifiedNetMassMeasure"),
            None if whole else blocks.mass(item.gross - gross, "casdo:RemainGrossWeightMeasure"),
            el("casdo:GoodsFullyExportedIndicator", "true" if whole else "false"),
            el("casdo:CustomsDecisionModeCode", "10"),
        ),
        None
        if place
        else blocks.paper("cacdo:CADocDetails", "02015", scene.facts.waybill, scene.facts.declaration.day),
    )


def cancellation(scene: Scene) -> Node:
    """M06 ActualExportCancellation."""
    code, reason = scene.dice.pick(REASONS)
    return el(
        "aec:ActualExportCancellation",
        scene.header("P.CP.02.MSG.005", "R.CA.CP.02.004"),
        blocks.declaration(scene.facts.declaration),
        blocks.declaration(_registered(scene, scene.facts.began), "cacdo:FERegistrationIdDetails"),
        el("casdo:ExportCancelDateTime", local(scene.at - timedelta(minutes=3), scene.country)),
        el("cacdo:ExportCancellationReasonDetails", el("csdo:ReasonCode", code), el("csdo:ReasonName", reason)),
    )
