"""A P-Mode in the published words."""

import pytest

from gateway.core.parameters import parameters
from gateway.core.pmode import CORE, PROFILES, Binding, PMode


@pytest.mark.parametrize(("name", "sign", "encrypt"), [
    ("ics2", "true", "false"), ("edelivery-1.15", "true", "true"),
    ("edelivery-2.0", "true", "true"), ("plain-tls", "false", "false"),
])  # fmt: skip
def test_a_profile_signs_and_encrypts_as_its_name_says(name: str, sign: str, encrypt: str) -> None:
    """ICS2 signs only, eDelivery does both."""
    found = parameters(PROFILES[name])
    assert found["PMode[1].Security.X509.Sign"] == found["PMode[1].Security.SendReceipt.NonRepudiation"] == sign
    assert found["PMode[1].Security.X509.Encryption.Encrypt"] == encrypt
    assert (found["PMode[1].Security.X509.Encryption.Algorithm"] == "-") is (encrypt == "false")


def test_a_pulled_message_is_answered_by_a_post_of_its_own() -> None:
    """The receipt for it goes to the address it was pulled from (eDelivery AS4 1.5.5)."""
    found = parameters(PMode("ics2", Binding.PULL, service_type="t", properties=frozenset({"b", "a"})))
    assert found["PMode.MEPBinding"] == CORE + "pull"
    assert found["PMode[1].Security.SendReceipt.ReplyPattern"] == "Callback"
    assert found["PMode[1].BusinessInfo.Service"] == "the message type's, type t"
    assert found["PMode[1].BusinessInfo.Properties"].endswith("trackingIdentifier, a, b")
    assert parameters(PMode("ics2"))["PMode[1].Security.SendReceipt.ReplyPattern"] == "Response"
