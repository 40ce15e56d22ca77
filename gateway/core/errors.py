"""The one catalogue of error codes, and the one exception that carries them.

A row is published: its code and name never change their meaning. Texts are phrases, never a validator's message.
"""

from dataclasses import dataclass
from enum import Enum

from gateway.core.language import Language
from gateway.core.meanings import MEANINGS
from gateway.core.pmode import PMode
from gateway.core.texts import Text, told

MAX_FAULTS = 999  # as ICS2: more faults than this are counted, not listed


class ErrorCode(Enum):
    """Every error the gateway can answer, log or be told: one row each."""

    def __init__(  # noqa: PLR0913, PLR0917 - the columns of a table
        self, code: str, short: str, status: int, meaning: str, ebms: str = "EBMS:0004", control: str = ""
    ) -> None:
        """Columns: code, name, HTTP status at the national edge, meaning, what a partner is answered, control id."""
        self.code = code
        self.short = short
        self.status = status
        self.meaning = Text(dict(zip(Language, (meaning, *MEANINGS[code]), strict=True)))  # KeyError: in no meanings
        self.ebms = ebms
        self.control = control

    # The body itself
    NOT_WELL_FORMED = "GW:1001", "NotWellFormed", 400, "the body is not well-formed XML", "EBMS:0004", "EA-3.4"
    DOCTYPE_FORBIDDEN = "GW:1002", "DoctypeForbidden", 400, "a DOCTYPE is not allowed", "EBMS:0004", "EA-3.4"
    ENCODING_FORBIDDEN = "GW:1003", "EncodingForbidden", 400, "only UTF-8 is allowed", "EBMS:0004", "EA-3.4"
    TOO_LARGE = "GW:1004", "TooLarge", 413, "larger than the limit", "EBMS:0004", "EA-3.4"
    TOO_DEEP = "GW:1005", "TooDeep", 400, "elements are nested too deeply", "EBMS:0004", "EA-3.4"
    TOO_MANY_ATTRIBUTES = "GW:1006", "TooManyAttributes", 400, "too many attributes", "EBMS:0004", "EA-3.4"
    TOO_MANY_NAMESPACES = "GW:1007", "TooManyNamespaces", 400, "too many namespace declarations", "EBMS:0004", "EA-3.4"
    TOO_MANY_ELEMENTS = "GW:1008", "TooManyElements", 400, "too many elements", "EBMS:0004", "EA-3.4"
    WRONG_CONTENT_TYPE = "GW:1009", "WrongContentType", 415, "the content type is not one that is taken here"
    BAD_REQUEST = "GW:1010", "BadRequest", 400, "a parameter or part is unknown, repeated or not of its form"
    SCHEMA_LOCATION = "GW:1011", "SchemaLocation", 400, "a document names no schema files", "EBMS:0004", "EA-3.4"
    TOO_SLOW = "GW:1020", "TooSlow", 408, "the body comes too slowly", "EBMS:0202"
    TOO_HEAVY = "GW:1021", "TooHeavy", 413, "the document needs more memory than there is", "EBMS:0004", "EA-3.4"
    # Who sent it
    NOT_AUTHENTICATED = "GW:2001", "NotAuthenticated", 401, "no known token or certificate", "EBMS:0101", "EA-3.3"
    NOT_AUTHORISED = "GW:2002", "NotAuthorised", 403, "the caller may not do this", "EBMS:0101", "EA-3.3"
    # What it says it is
    STATE_SECRET_MARKING = (
        "GW:3001",
        "StateSecretMarking",
        422,
        "a confidentiality marking stops it",
        "EBMS:0004",
        "IS-6.2",
    )
    UNKNOWN_TYPE = "GW:4001", "UnknownMessageType", 422, "no agreement in force knows this root", "EBMS:0010", "EA-4.3"
    NOT_IN_FORCE = (
        "GW:4002",
        "AgreementNotInForce",
        422,
        "the agreement, or this version of the message type, is not in force now",
        "EBMS:0010",
        "EA-8",
    )
    UNKNOWN_RECIPIENT = "GW:4003", "UnknownRecipient", 422, "not a party under this agreement", "EBMS:0010", "EA-4.1"
    PURPOSE_NOT_AGREED = (
        "GW:4004",
        "PurposeNotAgreed",
        422,
        "the purpose is outside the agreement",
        "EBMS:0004",
        "EA-2.3",
    )
    ENVIRONMENT_MISMATCH = (
        "GW:4005",
        "EnvironmentMismatch",
        422,
        "test and production do not mix",
        "EBMS:0010",
        "EA-4.3",
    )
    CONTRADICTION = "GW:4006", "Contradiction", 422, "two statements about the message disagree", "EBMS:0010"
    AMBIGUOUS = "GW:4007", "Ambiguous", 422, "cannot be inferred; state it", "EBMS:0010"
    DUPLICATE_CONFLICT = "GW:4008", "DuplicateConflict", 409, "this MessageId was used for other content", "EBMS:0004"
    BAD_DEADLINE = "GW:4009", "BadDeadline", 422, "the deadline has passed or is later than agreed", "EBMS:0004"
    ATTACHMENT_NOT_AGREED = "GW:4010", "AttachmentNotAgreed", 422, "attachments of this kind are not agreed"
    # The agreed schema
    ELEMENT_NOT_EXPECTED = "GW:5001", "ElementNotExpected", 422, "the element may not stand here", "EBMS:0004", "EA-4.3"
    ELEMENT_MISSING = "GW:5002", "ElementMissing", 422, "a required element is missing", "EBMS:0004", "EA-4.3"
    VALUE_OF_WRONG_TYPE = "GW:5003", "ValueOfWrongType", 422, "the value is not of its type", "EBMS:0004", "EA-4.3"
    PATTERN_MISMATCH = "GW:5004", "PatternMismatch", 422, "the value does not match its pattern", "EBMS:0004", "EA-4.3"
    LENGTH_OUT_OF_RANGE = (
        "GW:5005",
        "LengthOutOfRange",
        422,
        "the value is too short or too long",
        "EBMS:0004",
        "EA-4.3",
    )
    NOT_IN_CODE_LIST = "GW:5006", "NotInCodeList", 422, "the value is not in its code list", "EBMS:0004", "EA-4.3"
    VALUE_OUT_OF_RANGE = "GW:5007", "ValueOutOfRange", 422, "the value is too small or too large", "EBMS:0004", "EA-4.3"
    ATTRIBUTE_MISSING = "GW:5008", "AttributeMissing", 422, "a required attribute is missing", "EBMS:0004", "EA-4.3"
    ATTRIBUTE_NOT_ALLOWED = (
        "GW:5009",
        "AttributeNotAllowed",
        422,
        "the attribute may not stand here",
        "EBMS:0004",
        "EA-4.3",
    )
    TEXT_NOT_ALLOWED = "GW:5010", "TextNotAllowed", 422, "text or elements where none may stand", "EBMS:0004", "EA-4.3"
    TOO_MANY_DIGITS = "GW:5011", "TooManyDigits", 422, "the number has too many digits", "EBMS:0004", "EA-4.3"
    SCHEMA_FAULT = "GW:5012", "SchemaFault", 422, "the agreed schema does not allow this", "EBMS:0004", "EA-4.3"
    IDENTITY_CONSTRAINT = "GW:5013", "IdentityConstraint", 422, "a key is repeated or missing", "EBMS:0004", "EA-4.3"
    TYPE_NOT_ALLOWED = "GW:5015", "TypeNotAllowed", 422, "xsi:type names no type for here", "EBMS:0004", "EA-4.3"
    TOO_MANY_DOUBTS = "GW:5014", "TooManyDoubts", 422, "too many values need a second look", "EBMS:0004", "EA-4.3"
    # The agreed rules ("requirements for filling")
    REQUIRED_BY_RULE = "GW:5201", "RequiredByRule", 422, "a rule demands what is missing", "EBMS:0004", "EA-4.3"
    FORBIDDEN_BY_RULE = "GW:5202", "ForbiddenByRule", 422, "a rule forbids what is there", "EBMS:0004", "EA-4.3"
    CHOICE_NOT_MADE = "GW:5203", "ChoiceNotMade", 422, "too few or too many of several fields", "EBMS:0004", "EA-4.3"
    VALUE_NOT_AGREED = "GW:5204", "ValueNotAgreed", 422, "the value is none of those agreed", "EBMS:0004", "EA-4.3"
    VALUES_DISAGREE = "GW:5205", "ValuesDisagree", 422, "two fields that must agree do not", "EBMS:0004", "EA-4.3"
    DATES_OUT_OF_ORDER = "GW:5206", "DatesOutOfOrder", 422, "a time is earlier than it can be", "EBMS:0004", "EA-4.3"
    DATE_OUT_OF_BOUNDS = (
        "GW:5207",
        "DateOutOfBounds",
        422,
        "a time lies too far before or after another",
        "EBMS:0004",
        "EA-4.3",
    )
    FIGURES_DISAGREE = (
        "GW:5208",
        "FiguresDisagree",
        422,
        "a figure exceeds another, or has another unit",
        "EBMS:0004",
        "EA-4.3",
    )
    SUM_DISAGREES = "GW:5209", "SumDisagrees", 422, "a total is not the sum of its items", "EBMS:0004", "EA-4.3"
    COUNT_DISAGREES = "GW:5210", "CountDisagrees", 422, "a number is not that of the items", "EBMS:0004", "EA-4.3"
    SEQUENCE_BROKEN = (
        "GW:5211",
        "SequenceBroken",
        422,
        "an ordinal does not follow the one before",
        "EBMS:0004",
        "EA-4.3",
    )
    VALUE_REPEATED = "GW:5212", "ValueRepeated", 422, "two items have the same key", "EBMS:0004", "EA-4.3"
    NOT_IN_AGREED_LIST = (
        "GW:5213",
        "NotInAgreedList",
        422,
        "the value is no code of its list on that day",
        "EBMS:0004",
        "EA-4.3",
    )
    CHECK_DIGIT_WRONG = "GW:5214", "CheckDigitWrong", 422, "an identifier's check digit is wrong", "EBMS:0004", "EA-4.3"
    # Redaction
    RESTRICTED_AND_REFUSED = (
        "GW:6001",
        "RestrictedAndRefused",
        422,
        "restricted and cannot be stripped",
        "EBMS:0004",
        "EA-2.2",
    )
    INVALID_AFTER_REDACTION = "GW:6002", "InvalidAfterRedaction", 422, "invalid once stripped", "EBMS:0004", "EA-2.2"
    RESERVED_NAMESPACE = (
        "GW:6003",
        "ReservedNamespace",
        422,
        "the namespace or prefix that stands for removed parts",
        "EBMS:0004",
        "EA-2.2",
    )
    MANIFEST_MISMATCH = (
        "GW:6004",
        "ManifestMismatch",
        422,
        "the manifest of what was removed does not fit the document",
        "EBMS:0004",
        "EA-2.2",
    )
    NOT_CANONICAL = (
        "GW:6005",
        "NotCanonical",
        422,
        "must be stripped, but Canonical XML does not define it",
        "EBMS:0004",
        "EA-2.2",
    )
    # The sender's signature over its document
    SIGNATURE_MISSING = "GW:6011", "SignatureMissing", 422, "the document is not signed", "EBMS:0004", "EA-5"
    SIGNATURE_NOT_VALID = "GW:6012", "SignatureNotValid", 422, "the signature does not hold", "EBMS:0004", "EA-5"
    # This service
    NOT_FOUND = "GW:7001", "NotFound", 404, "no such thing for this caller"
    UNAVAILABLE = (
        "GW:7002",
        "Unavailable",
        503,
        "cannot take it now; nothing was stored, send again",
        "EBMS:0202",
        "EA-3.5",
    )
    LEASE_LOST = "GW:7003", "LeaseLost", 409, "the lease has ended or belongs to another consumer"
    INTEGRITY_FAILURE = (
        "GW:7004",
        "IntegrityFailure",
        500,
        "stored bytes differ from their digest",
        "EBMS:0202",
        "EA-3.5",
    )
    METHOD_NOT_ALLOWED = "GW:7005", "MethodNotAllowed", 405, "this path does not take this method"
    STAMP_OVERDUE = "GW:7006", "StampOverdue", 503, "no time stamp came in time; send it again", "EBMS:0202", "EA-3.5"
    PURGED = "GW:7007", "Purged", 410, "its content was removed after the agreed time"
    RETAINED = "GW:7008", "Retained", 409, "the rules of removal do not allow it"
    # What a delivery met
    UNREACHABLE = "GW:8001", "PartnerUnreachable", 502, "no connection could be made"
    TIMED_OUT = "GW:8002", "TimedOut", 504, "no answer in time"
    CONNECTION_RESET = (
        "GW:8003",
        "ConnectionReset",
        502,
        "reset before an answer: the partner may refuse our certificate",
    )
    TLS_REFUSED = "GW:8004", "TlsRefused", 502, "the partner's TLS certificate or version is not accepted"
    HTTP_TEMPORARY = "GW:8005", "HttpTemporary", 502, "an HTTP status that may pass"
    HTTP_PERMANENT = "GW:8006", "HttpPermanent", 502, "an HTTP status that will not pass"
    NOT_AN_ANSWER = "GW:8007", "NotAnAnswer", 502, "the answer is neither a receipt nor an error"
    DEADLINE_PASSED = "GW:8008", "DeadlinePassed", 504, "the deadline passed before delivery", "EBMS:0301", "EA-4.1"
    PARTY_UNKNOWN = "GW:8009", "PartyUnknown", 502, "the target is no longer configured"
    BY_OPERATOR = "GW:8010", "ByOperator", 409, "an operator decided it"
    NOT_SECURED = "GW:8011", "NotSecured", 502, "it cannot be signed or encrypted as the P-Mode asks"
    # Regulation of exchange
    UNEXPECTED_MESSAGE = (
        "GW:9001",
        "UnexpectedMessage",
        409,
        "its transaction does not await this message",
        "EBMS:0004",
        "EA-4.3",
    )
    UNKNOWN_REFERENCE = (
        "GW:9002",
        "UnknownReference",
        422,
        "it follows no message that is known here",
        "EBMS:0004",
        "EA-4.3",
    )
    STEP_OVERDUE = "GW:9003", "StepOverdue", 504, "what was agreed did not come in time", "EBMS:0004", "EA-4.3"
    STEP_UNDELIVERED = (
        "GW:9004",
        "StepUndelivered",
        502,
        "a message of it could not be delivered",
        "EBMS:0004",
        "EA-4.3",
    )
    ERROR_SIGNALLED = "GW:9005", "ErrorSignalled", 409, "one side answered with an error", "EBMS:0004", "EA-4.3"
    # Published by OASIS (ebMS 3.0 6.7, AS4 5.1): answered to partners, and understood from them
    EBMS_0001 = "EBMS:0001", "ValueNotRecognized", 422, "a header value is not recognised", "EBMS:0001"
    EBMS_0002 = "EBMS:0002", "FeatureNotSupported", 422, "a feature is not supported (warning)", "EBMS:0002"
    EBMS_0003 = "EBMS:0003", "ValueInconsistent", 422, "header values disagree", "EBMS:0003"
    EBMS_0004 = "EBMS:0004", "Other", 422, "refused; see the detail", "EBMS:0004"
    EBMS_0005 = "EBMS:0005", "ConnectionFailure", 502, "the partner could not connect onward", "EBMS:0005"
    EBMS_0006 = "EBMS:0006", "EmptyMessagePartitionChannel", 422, "nothing to pull", "EBMS:0006"
    EBMS_0007 = "EBMS:0007", "MimeInconsistency", 400, "the MIME structure is broken", "EBMS:0007"
    EBMS_0008 = "EBMS:0008", "FeatureNotSupported", 422, "a feature is not supported", "EBMS:0008"
    EBMS_0009 = "EBMS:0009", "InvalidHeader", 400, "the ebMS header is not valid", "EBMS:0009"
    EBMS_0010 = "EBMS:0010", "ProcessingModeMismatch", 422, "no P-Mode matches the header", "EBMS:0010"
    EBMS_0011 = "EBMS:0011", "ExternalPayloadError", 422, "a payload outside the message", "EBMS:0011"
    EBMS_0101 = "EBMS:0101", "FailedAuthentication", 403, "the sender could not be authenticated", "EBMS:0101", "EA-3.3"
    EBMS_0102 = "EBMS:0102", "FailedDecryption", 422, "the message could not be decrypted", "EBMS:0102"
    EBMS_0103 = "EBMS:0103", "PolicyNoncompliance", 422, "the security policy is not met", "EBMS:0103"
    EBMS_0201 = "EBMS:0201", "DysfunctionalReliability", 422, "reliability does not work", "EBMS:0201"
    EBMS_0202 = "EBMS:0202", "DeliveryFailure", 503, "the message could not be delivered now", "EBMS:0202"
    EBMS_0301 = "EBMS:0301", "MissingReceipt", 504, "no receipt came", "EBMS:0301"
    EBMS_0302 = "EBMS:0302", "InvalidReceipt", 502, "the receipt does not match what was sent", "EBMS:0302"
    EBMS_0303 = "EBMS:0303", "DecompressionFailure", 400, "a payload could not be decompressed", "EBMS:0303"
    EBMS_4001 = "EBMS:4001", "DuplicateDetected", 409, "some products' answer to a duplicate", "EBMS:4001"


BY_CODE = {row.code: row for row in ErrorCode}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: what, where, and what was expected. Never a value from the message."""

    code: ErrorCode
    path: str = ""  # XPath, or the name of a parameter, part or header
    line: int = 0  # 1-based; 0 where there is none
    column: int = 0
    expected: str = ""  # a `Text`, or what is the same in every language
    type: str = ""  # the schema's name for the type, in agreed prefixes
    rule: str = ""  # the agreement's own code of the rule that is broken
    control: str = ""  # that rule's; empty: the code's

    def facts(self, language: Language = Language.EN) -> dict[str, object]:
        """The fault as it is shown and (always in English) logged: only the fields that say something."""
        rows: tuple[tuple[str, object], ...] = (
            ("code", self.code.code),
            ("name", self.code.short),
            ("path", self.path),
            ("line", self.line),
            ("column", self.column),
            ("type", self.type),
            ("rule", self.rule),
            ("expected", told(self.expected, language)),
            ("meaning", told(self.code.meaning, language)),
            ("control", self.control or self.code.control),
        )
        return {key: value for key, value in rows if value}


@dataclass(frozen=True, slots=True)
class Refused:
    """What is known about a refused message besides its faults: enough for the log, nothing of its content."""

    message_id: str = ""
    sender: str = ""
    type: str = ""
    pmode: PMode | None = None  # a partner's: how it is answered; None: not known yet
    sequence: int = 0  # the number that its proven sender gave it; 0: none


class Rejected(Exception):  # noqa: N818 - a participle, like every result of a stage
    """The partner's or the producer's fault: carries all faults found, at least one."""

    def __init__(self, *faults: Fault, about: Refused | None = None) -> None:
        """Keep at most MAX_FAULTS of the faults."""
        super().__init__(", ".join(sorted({fault.code.code for fault in faults})))
        self.faults = faults[:MAX_FAULTS]
        self.more = max(0, len(faults) - MAX_FAULTS)
        self.about = about or Refused()

    @property
    def first(self) -> ErrorCode:
        """The code that decides the answer's status."""
        return self.faults[0].code


def rejected(code: ErrorCode, path: str = "", expected: str = "") -> Rejected:
    """A refusal for one reason."""
    return Rejected(Fault(code, path, expected=expected))
