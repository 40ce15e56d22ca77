"""The security policy that a Domibus needs beside its P-Mode where none of the policies it comes with says the same.

WS-SecurityPolicy 1.3: sign eb:Messaging, the Body and every attachment, encrypt nothing, name the certificate by the
P-Mode's kind of token.
"""

from gateway.core.pmode import CORE, PMode, Token
from gateway.onboarding.domibus import OURS, policy_of

ALWAYS, NEVER = "AlwaysToRecipient", "Never"
# Token -> (how the token is included, the assertion of its type, the assertion of how it is referred to)
TOKENS = {
    Token.BST: (ALWAYS, "WssX509V3Token11", ""),
    Token.PKIPATH: (ALWAYS, "WssX509PkiPathV1Token11", ""),
    Token.SKI: (NEVER, "WssX509V3Token11", "<sp:RequireKeyIdentifierReference/>"),
    Token.ISSUER_SERIAL: (NEVER, "WssX509V3Token11", "<sp:RequireIssuerSerialReference/>"),
}
SP = "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702"
_POLICY = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- Sign eb:Messaging, the Body and every attachment; encrypt nothing. For conf/domibus/policies/. -->
<wsp:Policy xmlns:wsp="http://www.w3.org/ns/ws-policy" xmlns:sp="%(sp)s"
            xmlns:sp13="http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200802"
            xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
            wsu:Id="%(id)s">
  <wsp:ExactlyOne>
    <wsp:All>
      <sp:AsymmetricBinding>
        <wsp:Policy>
          <sp:InitiatorToken><wsp:Policy>%(token)s</wsp:Policy></sp:InitiatorToken>
          <sp:RecipientToken><wsp:Policy>%(token)s</wsp:Policy></sp:RecipientToken>
          <sp:AlgorithmSuite>
            <wsp:Policy>%(suite)s</wsp:Policy>
          </sp:AlgorithmSuite>
          <sp:Layout><wsp:Policy><sp:Lax/></wsp:Policy></sp:Layout>
        </wsp:Policy>
      </sp:AsymmetricBinding>
      <sp:SignedParts>
        <sp:Body/>
        <sp:Header Namespace="%(eb)s" Name="Messaging"/>
        <sp:Attachments><sp13:ContentSignatureTransform/></sp:Attachments>
      </sp:SignedParts>
      <sp:Wss11>
        <wsp:Policy>
          <sp:MustSupportRefKeyIdentifier/>
          <sp:MustSupportRefIssuerSerial/>
          <sp:MustSupportRefEmbeddedToken/>
        </wsp:Policy>
      </sp:Wss11>
    </wsp:All>
  </wsp:ExactlyOne>
</wsp:Policy>
"""
_X509 = '<sp:X509Token sp:IncludeToken="%s/IncludeToken/%s"><wsp:Policy><sp:%s/>%s</wsp:Policy></sp:X509Token>'
# Domibus' own name of its suite; 5.1.1 alone takes only a placeholder here (its upgrade notes; 5.1.2 takes both again).
_SUITE = '<e:Basic128GCMSha256MgfSha256 xmlns:e="http://e-delivery.eu/custom/security-policy"/>'


def policies(pmodes: frozenset[PMode]) -> dict[str, bytes]:
    """A policy file for each P-Mode whose security no policy of Domibus' own says; by file name."""
    ours = {policy_of(pmode): pmode for pmode in pmodes}
    return {name: _policy(name, pmode.token) for name, pmode in ours.items() if name.startswith(OURS)}


def _policy(name: str, token: Token) -> bytes:
    include, kind, reference = TOKENS[token]
    written = _X509 % (SP, include, kind, reference)
    facts = {"sp": SP, "id": name.removesuffix(".xml"), "token": written, "suite": _SUITE, "eb": CORE}
    return (_POLICY % facts).encode()
