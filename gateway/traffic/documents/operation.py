"""M03: what happened on the way: departure, passage, reloading, prolongation."""

from datetime import timedelta

from gateway.traffic.documents import blocks
from gateway.traffic.documents.scene import Scene
from gateway.traffic.facts import Office, Vehicle, local
from gateway.traffic.node import Node, el
from gateway.traffic.numbers import registration, vin

TRANSHIPMENT = "02"


def notice(scene: Scene) -> Node:
    """M03 TransitOperationNotice: passages most of the time, at times a reloading with a later limit."""
    place = (*scene.facts.route, scene.facts.destination)[0]
    code, mark, more = ("ПР", "PASS01", []) if scene.dice.chance(0.7) else ("ГО", "TRSH-04", _reloaded(scene, place))
    return el(
        "ton:TransitOperationNotice",
        scene.header("P.CP.01.MSG.017", "R.CA.CP.01.005"),
        blocks.declaration(scene.facts.declaration),
        blocks.carnet(scene.facts, 2 + scene.number),
        el("casdo:CustomsOperationCode", code),
        el("casdo:CustomsMarkCode", mark),
        el("csdo:EventDateTime", local(scene.at - timedelta(minutes=scene.dice.between(2, 25)), scene.country)),
        el("csdo:CustomsOfficeCode", place.code),
        more,
    )


def _reloaded(scene: Scene, place: Office) -> list[Node]:
    """Onto another lorry, under new seals, with more time."""
    dice, country = scene.dice, scene.facts.departure.country
    lorry = Vehicle(country, registration(country, dice), vin(dice), "30", f"{dice.between(100, 199)}")
    later = local(scene.facts.began + timedelta(days=20), country)[:10]
    seals = tuple(f"{place.country}{dice.digits(7)}" for _ in scene.facts.seals)
    return [
        el("casdo:TransitLimitDate", later),
        el("casdo:CargoOperationKindCode", TRANSHIPMENT),
        el(
            "cacdo:TranshipmentDetails",
            el("casdo:CargoOperationKindCode", TRANSHIPMENT),
            blocks.vehicle(scene.facts.vehicles[0]),
            blocks.vehicle(lorry),
            [el("casdo:ContainerId", number) for number in scene.facts.containers],
            el("casdo:PlaceName", place.place),
            blocks.office(place, "cacdo:CustomsOfficeDetails"),
        ),
        el("cacdo:CustomsIdentificationDetails", blocks.seals(seals)),
        blocks.paper(
            "ccdo:DocV4Details", "09013", f"{place.code}/А-{dice.digits(4)}", scene.day(), "Акт о перегрузке товаров"
        ),
        el("casdo:DamagedSealIndicator", "false"),
    ]
