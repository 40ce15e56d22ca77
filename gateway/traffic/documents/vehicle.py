"""M07: a vehicle was imported temporarily; what became of it."""

from datetime import timedelta

from gateway.traffic.documents import blocks
from gateway.traffic.documents.scene import Scene
from gateway.traffic.facts import Facts, Vehicle, local
from gateway.traffic.node import Node, el

ALLOWED, LONGER = 30, 60  # days


def registered(scene: Scene) -> Node:
    """M07 TemporaryVehicleNotice: it came in."""
    return _notice(scene, "P.CP.03.MSG.001", "IM_OPEN", [])


def extended(scene: Scene) -> Node:
    """M07 TemporaryVehicleNotice: it may stay longer."""
    details = el(
        "cacdo:TIEOperationsDetails",
        el(
            "cacdo:TIEExtensionDetails",
            el("csdo:EventDate", scene.day()),
            blocks.office(scene.facts.destination, "cacdo:CustomsOfficeDetails"),
            el("casdo:TempImportLimitDate", _limit(scene.facts, LONGER)),
        ),
    )
    return _notice(scene, "P.CP.03.MSG.003", "IN_EXTENTION", [details], LONGER)


def closed(scene: Scene) -> Node:
    """M07 TemporaryVehicleNotice: it left."""
    details = el(
        "cacdo:TIEOperationsDetails",
        el(
            "cacdo:TIECloseDetails",
            el("csdo:EventDate", scene.day()),
            blocks.office(scene.facts.destination, "cacdo:CustomsOfficeDetails"),
        ),
    )
    return _notice(scene, "P.CP.03.MSG.005", "IM_CLOSE", [details], LONGER)


def request(scene: Scene) -> Node:
    """M07 TemporaryVehicleRequest."""
    facts = scene.facts
    return el(
        "tvq:TemporaryVehicleRequest",
        scene.header("P.CP.03.MSG.006", "R.CA.CP.03.002"),
        el("casdo:TIERequestKindCode", scene.dice.pick(("RG", "EX", "CL"))),
        _identified(facts.vehicles[0], "cacdo:TransportMeansIdDetails"),
        _document(facts),
        blocks.office(facts.destination),
        el("casdo:ReplyLimitDate", local(scene.at + timedelta(days=5), scene.country)[:10]),
    )


def _notice(scene: Scene, envelope: str, status: str, operations: list[Node], days: int = ALLOWED) -> Node:
    facts = scene.facts
    first, *others = facts.vehicles
    return el(
        "tvn:TemporaryVehicleNotice",
        scene.header(envelope, "R.CA.CP.03.001"),
        el(
            "cacdo:TITransportDetails",
            _identified(first, "cacdo:TransportMeansIdDetails"),
            [_identified(other, "cacdo:DependTransportMeansIdDetails") for other in others],
        ),
        el(
            "cacdo:TIERegistrationDetails",
            _document(facts),
            el(
                "cacdo:RegistrationOperationDetails",
                el("csdo:CustomsOfficeCode", facts.departure.code),
                el("casdo:OperationCode", "ВВ"),
                el("csdo:EventDate", facts.declaration.day),
            ),
            blocks.office(facts.departure, "cacdo:CustomsOfficeDetails"),
        ),
        blocks.subject(facts.carrier, "cacdo:TIECarrierDetails"),
        el("casdo:TransportMeansEntryPurposeCode", "01"),
        operations,
        el("casdo:TIEStatusCode", status),
        el("casdo:TempImportLimitDate", _limit(facts, days)),
    )


def _identified(one: Vehicle, name: str) -> Node:
    return el(
        name,
        el("csdo:VehicleId", one.vin) if one.vin else None,
        el("csdo:TransportMeansRegId", one.plate, countryCode=one.country, countryCodeListId=blocks.COUNTRIES),
    )


def _document(facts: Facts) -> Node:
    """The declaration on the vehicle."""
    number = blocks.declaration(facts.declaration, "cacdo:DTMDocDetails")
    number.children.append(el("csdo:UnifiedTransportModeCode", blocks.ROAD, codeListId=blocks.MODES))
    return number


def _limit(facts: Facts, days: int) -> str:
    return local(facts.began + timedelta(days=days), facts.departure.country)[:10]
