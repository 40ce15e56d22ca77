"""The blocks that several message types share."""

from gateway.traffic.facts import Declaration, Facts, Item, Office, Subject, Vehicle
from gateway.traffic.node import Node, el

COUNTRIES, CURRENCIES, UNITS, MODES, KINDS, PACKAGES = "2021", "2022", "2016", "2004", "2009", "2013"  # code lists
KILOGRAM, ROAD = "166", "31"


def header(  # noqa: PLR0913, PLR0917 - the fields of the header
    envelope: str, code: str, document: str, at: str, answered: str = "", language: str = ""
) -> Node:
    """ccdo:EDocHeader."""
    return el(
        "ccdo:EDocHeader",
        el("csdo:InfEnvelopeCode", envelope),
        el("csdo:EDocCode", code),
        el("csdo:EDocId", document),
        el("csdo:EDocRefId", answered) if answered else None,
        el("csdo:EDocDateTime", at),
        el("csdo:LanguageCode", language) if language else None,
    )


def declaration(number: Declaration, name: str = "cacdo:CustomsDeclarationIdDetails") -> Node:
    """A registration number: customs body, day, number in its journal."""
    return el(
        name,
        el("csdo:CustomsOfficeCode", number.office),
        el("csdo:DocCreationDate", number.day),
        el("casdo:CustomsDocumentId", number.number),
    )


def carnet(facts: Facts, page: int = 0) -> Node | None:
    """The TIR carnet, where the goods go under one."""
    if facts.carnet is None:
        return None
    series, number = facts.carnet
    sheet = el("casdo:TIRPageOrdinal", str(page)) if page else None
    return el("cacdo:TIRCarnetIdDetails", el("casdo:TIRSeriesId", series), el("casdo:TIRId", number), sheet)


def country(code: str, name: str = "csdo:UnifiedCountryCode") -> Node:
    """A country by the named list."""
    return el(name, code, codeListId=COUNTRIES)


def office(place: Office, name: str = "cacdo:UnifiedCustomsOfficeDetails") -> Node:
    """A customs body."""
    return el(
        name,
        el("csdo:CustomsOfficeCode", place.code),
        el("csdo:CustomsOfficeName", place.name),
        country(place.country),
    )


def subject(who: Subject, name: str, *more: Node) -> Node:
    """A company, without anything about persons."""
    return el(
        name,
        country(who.country),
        el("csdo:SubjectName", who.name),
        el("csdo:SubjectBriefName", who.brief),
        el("csdo:BusinessEntityId", who.entity),
        more,
    )


def vehicle(one: Vehicle, name: str = "cacdo:TransportMeansItemDetails") -> Node:
    """A means of transport."""
    return el(
        name,
        el("csdo:UnifiedTransportModeCode", ROAD, codeListId=MODES),
        country(one.country, "casdo:RegistrationNationalityCode"),
        el("csdo:TransportMeansRegId", one.plate, countryCode=one.country, countryCodeListId=COUNTRIES),
        el("csdo:VehicleId", one.vin) if one.vin else None,
        el("csdo:TransportTypeCode", one.type),
        el("csdo:VehicleMakeCode", one.make),
    )


def mass(grams: int, name: str) -> Node:
    """A mass in kilograms."""
    whole, rest = divmod(grams, 1000)
    text = f"{whole}.{rest:03}".rstrip("0").rstrip(".") if rest else str(whole)
    return el(name, text, measurementUnitCode=KILOGRAM, measurementUnitCodeListId=UNITS)


def gross(item: Item) -> Node:
    """The gross mass of a goods item."""
    return mass(item.gross, "csdo:UnifiedGrossMassMeasure")


def net(item: Item) -> Node:
    """The net mass of a goods item."""
    return mass(item.net, "csdo:UnifiedNetMassMeasure")


def money(hundredths: int, currency: str, name: str) -> Node:
    """A sum of money; restricted wherever it stands."""
    return el(name, f"{hundredths // 100}.{hundredths % 100:02}", currencyCode=currency, currencyCodeListId=CURRENCIES)


def packages(item: Item) -> Node:
    """Cargo places and packages of a goods item."""
    return el(
        "cacdo:CargoPackagePalletDetails",
        el("casdo:CargoQuantity", str(item.places)),
        el("casdo:PackageKindCode", item.package, codeListId=PACKAGES),
        el("casdo:PackageQuantity", str(item.packages)),
    )


def goods(number: int, item: Item) -> list[Node]:
    """What every description of a goods item begins with."""
    return [
        el("casdo:ConsignmentItemOrdinal", str(number)),
        el("csdo:CommodityCode", item.code),
        *(el("casdo:GoodsDescriptionText", text) for text in item.texts),
        gross(item),
        net(item),
        packages(item),
        origin(item),
    ]


def origin(item: Item) -> Node:
    """The country from which goods come."""
    return el("cacdo:OriginCountryDetails", country(item.origin, "casdo:CACountryCode"))


def paper(name: str, kind: str, number: str, day: str, title: str = "") -> Node:
    """A document by kind, number and day."""
    return el(
        name,
        el("csdo:DocKindCode", kind, codeListId=KINDS),
        el("csdo:DocName", title) if title else None,
        el("csdo:DocId", number),
        el("csdo:DocCreationDate", day),
    )


def seals(numbers: tuple[str, ...]) -> Node:
    """Seals, counted."""
    return el(
        "cacdo:SealDetails",
        el("casdo:SealQuantity", str(len(numbers))),
        [el("casdo:SealId", number) for number in numbers],
    )


def itinerary(facts: Facts) -> list[Node]:
    """Every point of the route."""
    return [
        el(
            "cacdo:ItineraryPointDetails",
            el("casdo:ObjectOrdinal", str(number)),
            country(point.country, "casdo:CACountryCode"),
            office(point, "cacdo:CustomsOfficeDetails"),
            el("casdo:PlaceName", point.place),
        )
        for number, point in enumerate(facts.offices(), 1)
    ]


def containers(facts: Facts, number: int) -> list[Node]:
    """The containers in which the goods item of that number lies."""
    return [el("casdo:ContainerId", facts.containers[number % len(facts.containers)])] if facts.containers else []
