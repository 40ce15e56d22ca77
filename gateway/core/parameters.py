"""A P-Mode in the published words: the parameters of ebMS 3.0 appendix D and AS4 1.0, as eDelivery AS4 1.4.5 lists them."""

from collections.abc import Mapping

from gateway.core.pmode import CORE, FOUR_CORNERS, Binding, PMode

REPLIES: Mapping[Binding, str] = {Binding.PUSH: "Response", Binding.PULL: "Callback"}
BINDINGS: Mapping[Binding, str] = {Binding.PUSH: CORE + "push", Binding.PULL: CORE + "pull"}


def parameters(pmode: PMode) -> dict[str, str]:
    """Name ► value, in the order of eDelivery AS4 1.4.5; a value that is not used is a dash."""
    return {**_general(pmode), **_business(pmode), **_security(pmode), **_errors(), **_reception()}


def _general(pmode: PMode) -> dict[str, str]:
    initiator, responder = pmode.roles(outgoing=True)
    return {
        "PMode.ID": pmode.pmode_id or "-",
        "PMode.Agreement": pmode.agreement_ref or "id:version",
        "PMode.MEP": CORE + "oneWay",
        "PMode.MEPBinding": BINDINGS[pmode.binding],
        "PMode.Initiator.Role": initiator,
        "PMode.Responder.Role": responder,
        "PMode[1].Protocol.Address": "https, of the party's file",
        "PMode[1].Protocol.SOAPVersion": "1.2",
    }


def _business(pmode: PMode) -> dict[str, str]:
    names = ", ".join((*FOUR_CORNERS, *sorted(pmode.properties)))
    return {
        "PMode[1].BusinessInfo.Service": "the message type's"
        + (f", type {pmode.service_type}" if pmode.service_type else ""),
        "PMode[1].BusinessInfo.Action": "the message type's",
        "PMode[1].BusinessInfo.Properties": names,
        "PMode[1].BusinessInfo.MPC": pmode.mpc,
        "PMode[1].PayloadService.CompressionType": "application/gzip",
    }


def _security(pmode: PMode) -> dict[str, str]:
    signed, encrypted = _yes(pmode.sign), _yes(pmode.encrypt)
    return {
        "PMode[1].Security.WSSversion": "1.1.1" if pmode.sign else "-",
        "PMode[1].Security.X509.Sign": signed,
        "PMode[1].Security.X509.Signature.HashFunction": ", ".join(pmode.digests) if pmode.sign else "-",
        "PMode[1].Security.X509.Signature.Algorithm": ", ".join(pmode.signature_methods) or "-",
        "PMode[1].Security.X509.Signature.Certificate": pmode.token.value if pmode.sign else "-",
        "PMode[1].Security.X509.Encryption.Encrypt": encrypted,
        "PMode[1].Security.X509.Encryption.Algorithm": pmode.data_encryption if pmode.encrypt else "-",
        "PMode[1].Security.X509.Encryption.KeyTransport": pmode.key_transport if pmode.encrypt else "-",
        "PMode[1].Security.X509.Encryption.MinimumStrength": "128" if pmode.encrypt else "-",
        "PMode[1].Security.PModeAuthorize": "false",
        "PMode[1].Security.SendReceipt": "true",
        "PMode[1].Security.SendReceipt.NonRepudiation": signed,
        "PMode[1].Security.SendReceipt.ReplyPattern": REPLIES[pmode.binding],
    }


def _errors() -> dict[str, str]:
    return {
        "PMode[1].ErrorHandling.Report.AsResponse": "true",
        "PMode[1].ErrorHandling.Report.SenderErrorsTo": "-",
        "PMode[1].ErrorHandling.Report.ReceiverErrorsTo": "-",
        "PMode[1].ErrorHandling.Report.ProcessErrorNotifyConsumer": "false",
        "PMode[1].ErrorHandling.Report.ProcessErrorNotifyProducer": "true",
        "PMode[1].ErrorHandling.Report.MissingReceiptNotifyProducer": "true",
        "PMode[1].ErrorHandling.Report.DeliveryFailuresNotifyProducer": "true",
    }


def _reception() -> dict[str, str]:
    return {
        "PMode[1].ReceptionAwareness": "true",
        "PMode[1].ReceptionAwareness.Retry": "true",
        "PMode[1].ReceptionAwareness.Retry.Parameters": "until deliver_within of the message type; first_retry, doubling to longest_retry",
        "PMode[1].ReceptionAwareness.DuplicateDetection": "true",
        "PMode[1].ReceptionAwareness.DetectDuplicates.Parameters": "every MessageId, longer than the message is kept",
        "PMode[1].Reliability": "-",
    }


def _yes(found: bool) -> str:  # noqa: FBT001 - a value that is printed
    return "true" if found else "false"
