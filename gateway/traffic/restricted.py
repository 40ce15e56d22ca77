"""What senders leave in although it is restricted: blocks put into a valid document, and which rules take them out."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.traffic import numbers, words
from gateway.traffic.dice import Dice
from gateway.traffic.documents import blocks
from gateway.traffic.documents.scene import Scene
from gateway.traffic.facts import Declaration
from gateway.traffic.node import Node, el

CANARY = 6  # letters at least: what is shorter may stand elsewhere by chance
MOST = 4  # rows in one document
NEWER = "11"  # in the prefix of a document of version 1.1


@dataclass(frozen=True, slots=True)
class Row:
    """A block, where it is put, and what the rules say about it."""

    roots: tuple[str, ...]  # prefixes of document types
    at: str  # the element into which it is put; a path from the root, empty: the root
    make: Callable[[Scene], Node]
    removed: Mapping[str, int]  # rule ► how many of its fields are in the block
    before: tuple[str, ...] = ()  # elements that come after it there
    members: frozenset[str] = field(default_factory=frozenset)  # whose law it is; empty: everybody's


def put_in(root: Node, scene: Scene, members: set[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Restricted blocks stand in the document: what each rule must remove, and the values that must not survive."""
    prefix, said = root.name.partition(":")[0], "\n".join(node.text for node in root.walk())
    kinds = {prefix, prefix.removesuffix(NEWER)}
    fit = [
        number
        for number, row in enumerate(TABLE)
        if kinds.intersection(row.roots) and (not row.members or row.members & members)
    ]
    removed: Counter[str] = Counter()
    canaries: list[str] = []
    for number in sorted(scene.dice.some(fit, scene.dice.between(1, MOST))):
        row = TABLE[number]
        for place in (root.all(row.at) if row.at else [root])[:1]:
            block = row.make(scene)
            _insert(place, block, row.before)
            removed.update(row.removed)
            canaries += [node.text for node in block.walk() if len(node.text) >= CANARY and node.text not in said]
    return dict(removed), tuple(dict.fromkeys(canaries))


def _insert(parent: Node, block: Node, before: tuple[str, ...]) -> None:
    places = [number for number, child in enumerate(parent.children) if child.name in before]
    parent.children.insert(places[0] if places else len(parent.children), block)


def _person(dice: Dice) -> Node:
    language = dice.pick(tuple(words.PEOPLE))
    first, middle, last = dice.pick(words.PEOPLE[language])
    return el(
        "ccdo:FullNameDetails",
        el("csdo:FirstName", first),
        el("csdo:MiddleName", middle) if middle else None,
        el("csdo:LastName", f"{last}-{dice.digits(4)}"),
    )


def _identity(scene: Scene) -> Node:
    return el(
        "ccdo:IdentityDocV3Details",
        blocks.country(scene.country),
        el("csdo:DocKindName", "Паспорт"),
        el("csdo:DocId", "N" + scene.dice.digits(8)),
        el(
            "csdo:DocCreationDate",
            f"20{scene.dice.between(10, 24)}-0{scene.dice.between(1, 9)}-1{scene.dice.below(10)}",
        ),
    )


def _address(scene: Scene) -> Node:
    dice = scene.dice
    language = dice.pick(tuple(words.STREETS))
    return el(
        "ccdo:SubjectAddressDetails",
        blocks.country(scene.country),
        el("csdo:CityName", dice.pick(words.PLACES[scene.country])[0]),
        el("csdo:StreetName", f"{dice.pick(words.STREETS[language])} {dice.digits(4)}"),
        el("csdo:BuildingNumberId", f"{dice.between(1, 180)}/{dice.between(1, 9)}"),
        el("csdo:PostCode", dice.digits(6)),
    )


def _contact(scene: Scene) -> Node:
    return el(
        "ccdo:CommunicationDetails",
        el("csdo:CommunicationChannelCode", "EM"),
        el("csdo:CommunicationChannelId", f"{scene.dice.letters(9, 'abcdefghijkmnoprstuvz')}@posta.example"),
    )


def _driver(scene: Scene) -> Node:
    born = f"19{scene.dice.between(60, 99)}-0{scene.dice.between(1, 9)}-1{scene.dice.below(10)}"
    return el("cacdo:DriverDetails", _person(scene.dice), el("csdo:BirthDate", born), _identity(scene))


def _representative(scene: Scene) -> Node:
    return el("cacdo:CarrierRepresentativeDetails", _person(scene.dice), el("csdo:PositionName", "экспедитор"))


def _official(scene: Scene) -> Node:
    return el(
        "cacdo:CustomsPersonDetails",
        _person(scene.dice),
        el("csdo:PositionName", "главный государственный таможенный инспектор"),
        el("casdo:LNPId", scene.dice.digits(4)),
    )


def _taxpayer(scene: Scene, at: str) -> Node:
    who = scene.facts.declarant if "Declarant" in at else scene.facts.carrier
    return el("csdo:TaxpayerId", numbers.taxpayer(who.country, scene.dice))


def _signatory(scene: Scene) -> Node:
    return el("cacdo:SignatoryPersonV2Details", _person(scene.dice), el("csdo:PositionName", "декларант"))


def _presented(scene: Scene) -> Node:
    facts = scene.facts
    number = f"{facts.invoice}-{scene.dice.digits(6)}"
    return blocks.paper("cacdo:PresentedDocDetails", "04021", number, facts.declaration.day, "Инвойс")


def _payment(scene: Scene) -> Node:
    return el(
        "cacdo:CustomsPaymentDetails",
        el("casdo:CustomsPaymentModeCode", "1010"),
        _sum("casdo:CustomsPaymentAmount")(scene),
    )


def _inspected(scene: Scene) -> Node:
    act = Declaration(scene.facts.destination.code, scene.day(), scene.dice.digits(7))
    return blocks.declaration(act, "cacdo:ActInspectionDocIdDetails")


def _text(name: str) -> Callable[[Scene], Node]:
    return lambda scene: el(name, f"Ескертпе / примечание {scene.dice.digits(7)}: связаться с отделом")


def _sum(name: str) -> Callable[[Scene], Node]:
    return lambda scene: blocks.money(scene.dice.between(10_000_000, 99_999_999), scene.facts.currency, name)


def _code(name: str, start: str) -> Callable[[Scene], Node]:
    return lambda scene: el(name, f"{start}-{scene.dice.digits(5)}")


TRN, TAC, TON, GDQ, GDI, PIN, AEN, AEC = "trn", "tac", "ton", "gdq", "gdi", "pin", "aen", "aec"
TVN, TVQ, CVQ, CVI, DVQ, DVR, PRS = "tvn", "tvq", "cvq", "cvi", "dvq", "dvr", "prs"
FORM, MEASURE, OFFENCE = "casdo:CustomsControlFormCode", "casdo:CustomsControlMeasureCode", "casdo:OffenceIndicator"
NOTE, LIMIT, MORE = "csdo:NoteText", "casdo:ReplyLimitDate", "casdo:AdditionalInfoText"
ACT, DAMAGED, PERSON = "cacdo:ActInspectionDocIdDetails", "casdo:DamagedSealIndicator", "cacdo:CustomsPersonDetails"
OFFICIAL = {"customs-official": 1, "person-name": 1}
DRIVER = {"driver": 1, "person-name": 1, "identity-document": 1}
REPRESENTATIVE, DRIVERS = "cacdo:CarrierRepresentativeDetails", "cacdo:DriverDetails"
SUBJECTS = (
    (TRN, "cacdo:DeclarantDetails"),
    (TRN, "cacdo:CarrierDetails"),
    (GDI, "cacdo:DeclarantDetails"),
    (PIN, "cacdo:PIDeclarantDetails"),
    (PIN, "cacdo:PIATCarrierDetails"),
    (TVN, "cacdo:TIECarrierDetails"),
)
SHIPMENT = "cacdo:TDGoodsShipmentDetails"
MAIN = "cacdo:PIATMainConsignmentDetails"
GOODS = "cacdo:GDGoodsItemDetails"
PREANNOUNCED = f"{MAIN}/cacdo:PIATConsignmentDetails/cacdo:PIATConsignmentItemDetails"
SEALS = "cacdo:CustomsIdentificationDetails/cacdo:SealDetails"
PURPOSE = ("casdo:TransportMeansEntryPurposeCode", "cacdo:TIEOperationsDetails", "casdo:TIEStatusCode")
AFTER_TEXT = ("casdo:TransitLimitDate", "casdo:CargoOperationKindCode", FORM, MEASURE, ACT, DAMAGED, OFFENCE, PERSON)


def _subject(root: str, at: str) -> tuple[Row, ...]:
    """What senders leave in a company's block."""
    people = (REPRESENTATIVE, DRIVERS)
    return (
        Row((root,), at, lambda scene: _taxpayer(scene, at), {"taxpayer-number": 1}, people, frozenset({"KZ"})),
        Row((root,), at, lambda scene: el("casdo:PersonId", numbers.person(scene.dice)), {"person-number": 1}, people),
        Row((root,), at, _identity, {"identity-document": 1}, people),
        Row((root,), at, _address, {"address": 1}, people),
        Row((root,), at, _contact, {"contact": 1}, people),
    )


# Rows that meet in one element stand in the order of its schema.
TABLE: tuple[Row, ...] = (
    *(row for root, at in SUBJECTS for row in _subject(root, at)),
    Row((TRN,), "cacdo:CarrierDetails", _representative, {"person-name": 1}, (DRIVERS,)),
    Row((TRN,), "cacdo:CarrierDetails", _driver, DRIVER),
    Row((PIN,), "cacdo:PIATCarrierDetails", _driver, DRIVER),
    Row((TVN,), "", _driver, DRIVER, PURPOSE),
    Row((TVN,), "cacdo:TIERegistrationDetails", _official, OFFICIAL),
    Row((TRN,), SHIPMENT, _sum("casdo:TotalAmount"), {"shipment-value": 1}, ("cacdo:ConsignorDetails",)),
    Row((PIN,), MAIN, _sum("casdo:TotalAmount"), {"shipment-value": 1}, ("cacdo:PIATConsignmentDetails",)),
    Row((TRN,), f"{SHIPMENT}/cacdo:TransitGoodsItemDetails", _sum("casdo:CAValueAmount"), {"goods-value": 1}),
    Row((PIN,), PREANNOUNCED, _sum("casdo:CAValueAmount"), {"goods-value": 1}),
    Row((PIN,), PREANNOUNCED, _text("casdo:GoodsUsageDescriptionText"), {"goods-usage": 1}),
    Row((GDI,), GOODS, _presented, {"presented-document": 1}),
    Row((GDI,), GOODS, _sum("casdo:CAValueAmount"), {"goods-value": 1}),
    Row((GDI,), GOODS, _sum("casdo:CustomsValueAmount"), {"customs-value": 1}),
    Row((GDI,), GOODS, _sum("casdo:StatisticValueAmount"), {"statistic-value": 1}),
    Row((GDI,), GOODS, _payment, {"customs-payment": 1}),
    Row(("gdi11",), "", _text("casdo11:DeclarantNoteText"), {"declarant-note": 1}, ("cacdo:ConsignorDetails",)),
    Row((GDI,), "", _signatory, {"signatory": 1, "person-name": 1}),
    Row((CVQ,), "cacdo:ValueQuestionDetails", _sum("casdo:CustomsValueAmount"), {"customs-value": 1}),
    Row((TRN,), "cacdo:TransitGuaranteeDetails", _sum("casdo:GuaranteeAmount"), {"guarantee-sum": 1}),
    Row((TRN, TON), SEALS, _code("casdo:SealDeviceId", "NP"), {"navigation-seal": 1}),
    Row((TON,), "", _text("csdo:DescriptionText"), {"operation-description": 1}, AFTER_TEXT),
    Row((TAC,), "", lambda _: el(OFFENCE, "true"), {"offence": 1}),
    Row((DVR,), "cacdo:VerificationResultDetails", _text(NOTE), {"note": 1}),
    Row((TAC,), "", _text(NOTE), {"note": 1}),
    Row((TRN, TON), "", _code(FORM, "ТД"), {"control-form": 1}, (MEASURE, ACT, DAMAGED, OFFENCE, PERSON)),
    Row((TRN, TON), "", _code(MEASURE, "СОПР"), {"control-measure": 1}, (ACT, DAMAGED, OFFENCE, PERSON)),
    Row((TON,), "", _inspected, {"inspection-act": 1}, (DAMAGED, OFFENCE, PERSON)),
    Row((TON,), "", lambda _: el(OFFENCE, "true"), {"offence": 1}),
    Row((AEN,), "", _text(MORE), {"additional-information": 1}),
    Row((AEC,), "cacdo:ExportCancellationReasonDetails", _text(MORE), {"additional-information": 1}),
    Row((TRN,), "", _official, OFFICIAL, (FORM, MEASURE)),
    Row((TAC, TON, AEN, AEC, CVQ, CVI, DVQ, DVR), "", _official, OFFICIAL),
    Row((GDQ, TVQ), "", _official, OFFICIAL, (LIMIT,)),
    Row((DVQ,), "", _contact, {"contact": 1}),
    Row((CVQ, CVI, DVQ, DVR), "", _text(NOTE), {"note": 1}),
    Row((PRS,), "", _text("csdo:DescriptionText"), {"result-description": 1}),
    Row((PRS,), "ccdo:EDocErrorDetails", _text("csdo:EDocDetailedErrorText"), {"error-details": 1}),
)
