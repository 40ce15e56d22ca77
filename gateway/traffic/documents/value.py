"""M08: does this value match, and how the values compare."""

from datetime import timedelta

from gateway.traffic.documents import blocks
from gateway.traffic.documents.scene import Scene
from gateway.traffic.facts import local
from gateway.traffic.node import Node, el

ASKED = 12  # goods items in one question


def request(scene: Scene) -> Node:
    """M08 CustomsValueRequest."""
    facts = scene.facts
    return el(
        "cvq:CustomsValueRequest",
        scene.header("P.CV.01.MSG.001", "R.CA.CV.01.001"),
        blocks.declaration(facts.declaration),
        [el("cacdo:ValueQuestionDetails", question) for question in _items(scene)],
        blocks.office(facts.destination),
        el("casdo:ReplyLimitDate", local(scene.at + timedelta(days=14), scene.country)[:10]),
    )


def info(scene: Scene) -> Node:
    """M08 CustomsValueInfo: the outcome for each goods item that was asked about."""
    dice = scene.dice
    return el(
        "cvi:CustomsValueInfo",
        scene.header("P.CV.01.MSG.002", "R.CA.CV.01.002"),
        blocks.declaration(scene.facts.declaration),
        blocks.office(scene.facts.departure),
        [
            el(
                "cacdo:ValueVerificationDetails",
                question,
                el("casdo:ValueComparisonCode", dice.weighted(((7, "MT"), (2, "DF"), (1, "ND")))),
                el(
                    "cacdo:DeliveryTermsDetails", el("casdo:DeliveryTermsCode", dice.pick(("DAP", "CPT", "FCA", "EXW")))
                ),
            )
            for question in _items(scene)
        ],
    )


def _items(scene: Scene) -> list[list[Node]]:
    return [
        [
            el("casdo:ConsignmentItemOrdinal", str(number)),
            el("csdo:CommodityCode", item.code),
            el("casdo:ValuationMethodCode", "1"),
        ]
        for number, item in enumerate(scene.facts.items[:ASKED], 1)
    ]
