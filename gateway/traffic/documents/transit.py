"""M02 and M04: goods were released under transit; they arrived, and their transit ended."""

from datetime import timedelta

from gateway.traffic.documents import blocks
from gateway.traffic.documents.scene import Scene
from gateway.traffic.facts import Facts, local
from gateway.traffic.node import Node, el

RELEASE_TO_LIMIT = 14  # days
NEWER = 0.4  # share of notices in version 1.1


def release_notice(scene: Scene) -> Node:
    """M02 TransitReleaseNotice, in version 1.0 or 1.1."""
    notice = _release_notice(scene)
    if scene.dice.chance(NEWER):
        notice.name = "trn11:TransitReleaseNotice"
        notice.rename("casdo:TransitProcedureCode", "casdo11:TransitProcedureCode")
        notice.insert_after("casdo:TransitFeatureCode", el("casdo11:ReleaseDateTime", scene.written()))
        notice.insert_after("casdo:ContainerIndicator", el("casdo11:NavigationSealIndicator", "false"))
    return notice


def _release_notice(scene: Scene) -> Node:
    facts = scene.facts
    return el(
        "trn:TransitReleaseNotice",
        scene.header("P.CP.01.MSG.010", "R.CA.CP.01.001"),
        blocks.declaration(facts.declaration),
        blocks.carnet(facts, 1),
        el("casdo:TransitProcedureCode", "ТТ"),
        el("casdo:TransitFeatureCode", scene.dice.pick(("ИМ", "ТТ", "ТР"))),
        el("casdo:ContainerIndicator", "true" if facts.containers else "false"),
        map(blocks.vehicle, facts.vehicles),
        blocks.subject(facts.declarant, "cacdo:DeclarantDetails"),
        blocks.subject(facts.carrier, "cacdo:CarrierDetails"),
        _shipment(facts),
        el("cacdo:CustomsIdentificationDetails", blocks.seals(facts.seals)),
        _guarantee(),
        el(
            "casdo:TransitLimitDate",
            local(facts.began + timedelta(days=RELEASE_TO_LIMIT), facts.departure.country)[:10],
        ),
        blocks.itinerary(facts),
    )


def _guarantee() -> Node:
    return el(
        "cacdo:TransitGuaranteeDetails",
        el("casdo:GuaranteePresentCode", "01"),
        el("casdo:PaymentGuaranteeMethodCode", "05"),
    )


def _shipment(facts: Facts) -> Node:
    return el(
        "cacdo:TDGoodsShipmentDetails",
        el("casdo:ObjectOrdinal", "1"),
        blocks.paper("cacdo:TransportDocumentDetails", "02015", facts.waybill, facts.declaration.day),
        blocks.country(facts.consignor.country, "casdo:DepartureCountryCode"),
        blocks.country(facts.destination.country, "casdo:DestinationCountryCode"),
        blocks.mass(sum(item.gross for item in facts.items), "casdo:TotalGrossMassMeasure"),
        blocks.subject(facts.consignor, "cacdo:ConsignorDetails"),
        blocks.subject(facts.consignee, "cacdo:ConsigneeDetails"),
        _destination(facts),
        [
            el(
                "cacdo:TransitGoodsItemDetails",
                blocks.goods(number, item),
                blocks.containers(facts, number),
            )
            for number, item in enumerate(facts.items, 1)
        ],
    )


def _destination(facts: Facts) -> Node:
    return el(
        "cacdo:TransitDestinationDetails",
        blocks.office(facts.destination, "cacdo:CustomsOfficeDetails"),
        el("casdo:CustomsControlZoneId", f"{facts.destination.code}/310124/0017"),
        el("casdo:PlaceName", facts.destination.place),
    )


def completion_notice(scene: Scene) -> Node:
    """M04 TransitArrivalCompletionNotice."""
    facts, there = scene.facts, scene.facts.destination.country
    arrived = scene.at - timedelta(minutes=scene.dice.between(70, 400))
    completion = scene.dice.weighted(((8, "CM"), (1, "TM"), (2, "PT")))
    number = f"0{scene.dice.digits(6)}"
    return el(
        "tac:TransitArrivalCompletionNotice",
        scene.header("P.CP.01.MSG.016", "R.CA.CP.01.004"),
        blocks.declaration(facts.declaration),
        blocks.carnet(facts, 2),
        el("casdo:ArrivalDateTime", local(arrived, there)),
        el(
            "cacdo:ArrivalDocumentIdDetails",
            el("csdo:CustomsOfficeCode", facts.destination.code),
            el("csdo:DocCreationDate", local(arrived, there)[:10]),
            el("casdo:CustomsDocumentId", number),
        ),
        blocks.office(facts.destination),
        map(blocks.vehicle, facts.vehicles),
        blocks.seals(facts.seals),
        el("casdo:DamagedSealIndicator", "false"),
        el("casdo:TransitCompletionCode", completion),
        el("casdo:CustomsProcedureTerminationDateTime", local(scene.at - timedelta(minutes=5), there)),
        _discrepancies(scene) if completion == "PT" else None,
    )


def _discrepancies(scene: Scene) -> list[Node]:
    """What was found of some goods items, more or less than declared."""
    rows = list(enumerate(scene.facts.items, 1))
    return [
        el(
            "cacdo:ItemDiscrepancyDetails",
            el("casdo:ConsignmentItemOrdinal", str(number)),
            el("csdo:CommodityCode", item.code),
            blocks.mass(item.gross * scene.dice.between(60, 97) // 100, "casdo:FactGrossMassMeasure"),
            el("casdo:DiscrepancyCode", scene.dice.pick(("SH", "DM"))),
        )
        for number, item in sorted(scene.dice.some(rows, scene.dice.between(1, 3)), key=lambda row: row[0])
    ]
