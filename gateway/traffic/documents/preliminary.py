"""M05: goods are about to arrive by road."""

from datetime import timedelta

from gateway.traffic.documents import blocks
from gateway.traffic.documents.scene import Scene
from gateway.traffic.facts import Facts, local
from gateway.traffic.node import Node, el


def information(scene: Scene) -> Node:
    """M05 PreliminaryInformation: the goods, vehicles and companies that the notice of release will tell."""
    facts = scene.facts
    return el(
        "pin:PreliminaryInformation",
        scene.header("P.PI.01.MSG.001", "R.CA.PI.01.001"),
        el("casdo:PreliminaryInformationId", f"{facts.departure.code}/{scene.at:%d%m%y}/{scene.dice.digits(7)}"),
        el("casdo:UsageCode", "ТТ"),
        el(
            "cacdo:PIATEntryCheckPointDetails",
            el("csdo:CustomsOfficeCode", facts.departure.code),
            el("csdo:BorderCheckpointName", facts.departure.place),
        ),
        el(
            "casdo:ExpectedArrivalDateTime", local(scene.at + timedelta(hours=scene.dice.between(3, 40)), scene.country)
        ),
        blocks.subject(facts.declarant, "cacdo:PIDeclarantDetails"),
        el(
            "cacdo:PIATBorderTransportDetails",
            el("csdo:UnifiedTransportModeCode", blocks.ROAD, codeListId=blocks.MODES),
            el("casdo:ContainerIndicator", "true" if facts.containers else "false"),
            [blocks.vehicle(one, "cacdo:PIATTransportMeansItemDetails") for one in facts.vehicles],
            blocks.itinerary(facts),
        ),
        blocks.subject(facts.carrier, "cacdo:PIATCarrierDetails"),
        _consignments(facts),
    )


def _consignments(facts: Facts) -> Node:
    return el(
        "cacdo:PIATMainConsignmentDetails",
        el("casdo:TIRCarnetIndicator", "true" if facts.carnet else "false"),
        blocks.carnet(facts),
        el("casdo:TransitProcedureCode", "ТТ"),
        el("casdo:GoodsQuantity", str(len(facts.items))),
        el("casdo:CargoQuantity", str(sum(item.places for item in facts.items))),
        blocks.mass(sum(item.gross for item in facts.items), "casdo:TotalGrossMassMeasure"),
        el(
            "cacdo:PIATConsignmentDetails",
            el("casdo:ObjectOrdinal", "1"),
            blocks.paper("cacdo:PIATTransportDocumentDetails", "02015", facts.waybill, facts.declaration.day),
            blocks.country(facts.consignor.country, "casdo:DepartureCountryCode"),
            blocks.country(facts.destination.country, "casdo:DestinationCountryCode"),
            blocks.subject(facts.consignor, "cacdo:PIConsignorDetails"),
            blocks.subject(facts.consignee, "cacdo:PIConsigneeDetails"),
            [el("cacdo:PIContainerDetails", el("casdo:ContainerId", number)) for number in facts.containers],
            [
                el(
                    "cacdo:PIATConsignmentItemDetails",
                    blocks.goods(number, item),
                    blocks.containers(facts, number),
                )
                for number, item in enumerate(facts.items, 1)
            ],
        ),
    )
