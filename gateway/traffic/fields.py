"""What a recording keeps of a document: a whitelist. Everything that is not named here gets another value."""

from enum import Enum
from types import MappingProxyType

CSDO = "urn:eurasec-gw:M:SimpleDataObjects:v1.0.0"
CASDO = "urn:eurasec-gw:M:CA:SimpleDataObjects:v1.0.0"
CASDO11 = "urn:eurasec-gw:M:CA:SimpleDataObjects:v1.1.0"


class Handling(Enum):
    """What becomes of a value."""

    KEPT = "kept: a code of a public list, a yes or no, a place in a row, a count"
    SHIFTED = "a date, moved by the same secret number of weeks everywhere"
    SCALED = "a mass or sum, multiplied by a secret factor of its movement"
    UUID = "another UUID"
    TEXT = "a name or text: other words of the same script and length"
    MASKED = "each letter and digit another one of its kind"


KEPT = (
    (CSDO, "InfEnvelopeCode EDocCode LanguageCode ProcessingResultCode SignalCode EDocErrorCode"),
    (CSDO, "CustomsOfficeCode UnifiedCountryCode CommodityCode UnifiedTransportModeCode TransportTypeCode"),
    (CSDO, "VehicleMakeCode DocKindCode BusinessEntityTypeCode AddressKindCode CommunicationChannelCode ReasonCode"),
    (CASDO, "TransitProcedureCode TransitFeatureCode CACountryCode RegistrationNationalityCode DepartureCountryCode"),
    (CASDO, "DestinationCountryCode GuaranteePresentCode PaymentGuaranteeMethodCode PackageKindCode DiscrepancyCode"),
    (CASDO, "TransitCompletionCode RequestPurposeCode RequestGroundCode VerificationQuestionCode EDocIndicatorCode"),
    (CASDO, "VerificationResultCode CustomsOperationCode CustomsMarkCode CargoOperationKindCode DeclarationKindCode"),
    (CASDO, "CustomsProcedureCode PreviousCustomsProcedureCode CustomsPaymentModeCode UsageCode OperationCode"),
    (CASDO, "TransportMeansEntryPurposeCode CustomsDecisionModeCode TIEStatusCode TIERequestKindCode"),
    (CASDO, "ValuationMethodCode ValueComparisonCode DeliveryTermsCode"),
    (CASDO, "ContainerIndicator DamagedSealIndicator TIRCarnetIndicator GoodsFullyExportedIndicator"),
    (CASDO11, "TransitProcedureCode DeclarationKindCode NavigationSealIndicator AuthorizedOperatorIndicator"),
    (CASDO, "TIRPageOrdinal ObjectOrdinal ConsignmentItemOrdinal"),
    (CASDO, "CargoQuantity PackageQuantity SealQuantity GoodsQuantity"),
)
SHIFTED = (
    (CSDO, "DocCreationDate DocValidityDate EventDate EDocDateTime EventDateTime"),
    (CASDO, "TransitLimitDate ReplyLimitDate TempImportLimitDate ArrivalDateTime ExpectedArrivalDateTime"),
    (CASDO11, "ReleaseDateTime"),
    (CASDO, "CustomsProcedureTerminationDateTime ExportCancelDateTime"),
)
SCALED = (
    (CSDO, "UnifiedGrossMassMeasure UnifiedNetMassMeasure"),
    (CASDO, "TotalGrossMassMeasure FactGrossMassMeasure GoodsMeasure RemainGrossWeightMeasure"),
    (CASDO, "TotalAmount CAValueAmount CustomsValueAmount StatisticValueAmount CustomsPaymentAmount GuaranteeAmount"),
)
UUIDS = ((CSDO, "EDocId EDocRefId"),)
HANDLING = MappingProxyType(
    {
        f"{{{namespace}}}{name}": handling
        for handling, rows in (
            (Handling.KEPT, KEPT),
            (Handling.SHIFTED, SHIFTED),
            (Handling.SCALED, SCALED),
            (Handling.UUID, UUIDS),
        )
        for namespace, names in rows
        for name in names.split()
    }
)
TEXTS = ("Name", "Text")  # representation terms


def handling(name: str) -> Handling:
    """What becomes of an element's value."""
    return HANDLING.get(name) or (Handling.TEXT if name.endswith(TEXTS) else Handling.MASKED)


# Which list a code is from, which unit and currency a figure has.
KEPT_ATTRIBUTES = frozenset(
    {
        "codeListId",
        "currencyCode",
        "currencyCodeListId",
        "scaleNumber",
        "measurementUnitCode",
        "measurementUnitCodeListId",
        "countryCode",
        "countryCodeListId",
        "{http://www.w3.org/2001/XMLSchema-instance}type",
    }
)
