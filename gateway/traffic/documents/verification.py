"""M09: are these documents authentic, and the answer."""

from datetime import timedelta

from gateway.traffic.documents import blocks
from gateway.traffic.documents.scene import Scene
from gateway.traffic.facts import local
from gateway.traffic.node import Node, el

INVOICE = ("04021", "Счёт-фактура (инвойс)")
WAYBILL = ("02015", "Международная товарно-транспортная накладная (CMR)")
DIFFERING = ("UnifiedGrossMassMeasure", "UnifiedNetMassMeasure", "CommodityCode", "PackageQuantity")


def request(scene: Scene) -> Node:
    """M09 DocumentVerificationRequest: the service of destination asks that of departure."""
    facts, dice = scene.facts, scene.dice
    questions = ("IS", "DM", "CP")[: dice.between(1, 3)]
    return el(
        "dvq:DocumentVerificationRequest",
        scene.header("P.DV.01.MSG.001", "R.CA.DV.01.001"),
        el("csdo:DocId", f"{facts.destination.country}-{facts.destination.code}-{scene.at.year}/{dice.digits(5)}"),
        el("csdo:DocCreationDate", scene.day()),
        el("cacdo:RequestingAuthorityDetails", blocks.office(facts.destination)),
        el(
            "cacdo:RequestedAuthorityDetails",
            blocks.office(facts.departure) if dice.chance(0.8) else blocks.country(facts.departure.country),
        ),
        el("casdo:RequestPurposeCode", dice.pick(("DC", "TC", "VC"))),
        el("cacdo:RequestGroundDetails", el("casdo:RequestGroundCode", dice.pick(("PC", "SC", "MR")))),
        papers(scene),
        blocks.declaration(facts.declaration),
        [el("casdo:VerificationQuestionCode", question) for question in questions],
        _compared(scene) if "DM" in questions else None,
        el("casdo:ReplyLimitDate", local(scene.at + timedelta(days=30), scene.country)[:10]),
    )


def papers(scene: Scene) -> list[Node]:
    """The documents in question: the same in the answer."""
    facts = scene.facts
    return [
        blocks.paper("ccdo:DocV4Details", kind, number, facts.declaration.day, title)
        for (kind, title), number in ((INVOICE, facts.invoice), (WAYBILL, facts.waybill))
    ]


def _compared(scene: Scene) -> list[Node]:
    facts = scene.facts
    return [
        el(
            "cacdo:VerificationDataDetails",
            el("casdo:ConsignmentItemOrdinal", str(number)),
            el("csdo:CommodityCode", item.code),
            blocks.gross(item),
            blocks.net(item),
            el("csdo:VehicleId", facts.vehicles[0].vin),
        )
        for number, item in enumerate(facts.items[:8], 1)
    ]


def response(scene: Scene) -> Node:
    """M09 DocumentVerificationResponse."""
    facts = scene.facts
    return el(
        "dvr:DocumentVerificationResponse",
        scene.header("P.DV.01.MSG.002", "R.CA.DV.01.002"),
        el("csdo:EDocRefId", scene.answered),
        el("csdo:DocId", f"{facts.departure.country}-{facts.departure.code}-{scene.at.year}/{scene.dice.digits(5)}"),
        el("csdo:DocCreationDate", scene.day()),
        blocks.office(facts.departure),
        [_result(scene, paper) for paper in papers(scene)],
        el("csdo:ProcessingResultCode", "6"),
    )


def _result(scene: Scene, paper: Node) -> Node:
    code = scene.dice.weighted(((6, "CF"), (1, "NI"), (2, "DD"), (1, "ND")))
    differing = scene.dice.some(DIFFERING, 2) if code == "DD" else []
    return el(
        "cacdo:VerificationResultDetails",
        paper,
        el("casdo:VerificationResultCode", code),
        [el("casdo:DifferingDataName", name) for name in differing],
        el("csdo:AuthorityName", scene.facts.departure.name),
    )
