"""M01: what does this declaration say, and what it says."""

from datetime import timedelta

from gateway.traffic.documents import blocks
from gateway.traffic.documents.scene import Scene
from gateway.traffic.facts import Facts, Item, local
from gateway.traffic.node import Node, el

EXPORT = "10"
NEWER = 0.4  # share of declarations in version 1.1


def request(scene: Scene) -> Node:
    """M01 GoodsDeclarationRequest: about all goods."""
    return el(
        "gdq:GoodsDeclarationRequest",
        scene.header("P.CP.02.MSG.001", "R.CA.CP.02.001"),
        blocks.declaration(scene.facts.declaration),
        el("casdo:ConsignmentItemOrdinal", "0"),
        blocks.office(scene.facts.destination),
        el("casdo:ReplyLimitDate", local(scene.at + timedelta(days=7), scene.country)[:10])
        if scene.dice.chance(0.6)
        else None,
    )


def info(scene: Scene) -> Node:
    """M01 GoodsDeclarationInfo, in version 1.0 or 1.1."""
    told = _info(scene)
    if scene.dice.chance(NEWER):
        told.name = "gdi11:GoodsDeclarationInfo"
        told.rename("casdo:DeclarationKindCode", "casdo11:DeclarationKindCode")
        told.insert_after("cacdo:DeclarantDetails", el("casdo11:AuthorizedOperatorIndicator", "false"))
    return told


def _info(scene: Scene) -> Node:
    facts = scene.facts
    return el(
        "gdi:GoodsDeclarationInfo",
        scene.header("P.CP.02.MSG.002", "R.CA.CP.02.002"),
        blocks.declaration(facts.declaration),
        el("casdo:DeclarationKindCode", "ЭК"),
        el("casdo:CustomsProcedureCode", EXPORT),
        el("casdo:EDocIndicatorCode", "ЭД"),
        el("casdo:GoodsQuantity", str(len(facts.items))),
        el("casdo:CargoQuantity", str(sum(item.places for item in facts.items))),
        blocks.subject(facts.declarant, "cacdo:DeclarantDetails"),
        blocks.subject(facts.declarant, "cacdo:ConsignorDetails"),
        blocks.subject(facts.consignee, "cacdo:ConsigneeDetails"),
        el("cacdo:DepartureCountryDetails", blocks.country(facts.departure.country, "casdo:CACountryCode")),
        el("cacdo:DestinationCountryDetails", blocks.country(facts.destination.country, "casdo:CACountryCode")),
        _consignment(facts),
        [_item(number, item) for number, item in enumerate(facts.items, 1)],
        el("cacdo:GoodsReleaseIdDetails", el("csdo:EventDate", facts.declaration.day)),
    )


def _consignment(facts: Facts) -> Node:
    return el(
        "cacdo:GDConsignmentDetails",
        el("casdo:ContainerIndicator", "true" if facts.containers else "false"),
        map(blocks.vehicle, facts.vehicles),
        blocks.paper("cacdo:TransportDocumentDetails", "02015", facts.waybill, facts.declaration.day),
        blocks.office(facts.destination, "cacdo:CustomsOfficeDetails"),
    )


def _item(number: int, item: Item) -> Node:
    return el(
        "cacdo:GDGoodsItemDetails",
        blocks.goods(number, item),
        el(
            "cacdo:CustomsProcedureDetails",
            el("casdo:CustomsProcedureCode", EXPORT),
            el("casdo:PreviousCustomsProcedureCode", "00"),
        ),
    )
