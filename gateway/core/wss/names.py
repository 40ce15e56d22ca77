"""Namespaces and URIs of WS-Security, XML Signature and the AS4 envelope, each written once."""

from gateway.core.reference import DS, EXCLUSIVE

S12 = "http://www.w3.org/2003/05/soap-envelope"
EB = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = _WSS + "wssecurity-secext-1.0.xsd"
WSU = _WSS + "wssecurity-utility-1.0.xsd"
WSSE11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
XML = "http://www.w3.org/XML/1998/namespace"

BASE64 = _WSS + "soap-message-security-1.0#Base64Binary"
_X509 = _WSS + "x509-token-profile-1.0#"
X509V3, PKIPATH, SKI = _X509 + "X509v3", _X509 + "X509PKIPathv1", _X509 + "X509SubjectKeyIdentifier"
THUMBPRINT = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1"
ATTACHMENT_CONTENT = "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform"

# Names as lxml writes them.
ENVELOPE, HEADER, BODY = f"{{{S12}}}Envelope", f"{{{S12}}}Header", f"{{{S12}}}Body"
MESSAGING = f"{{{EB}}}Messaging"
SECURITY, TOKEN = f"{{{WSSE}}}Security", f"{{{WSSE}}}BinarySecurityToken"
TOKEN_REFERENCE = f"{{{WSSE}}}SecurityTokenReference"
SIGNATURE, SIGNED_INFO, SIGNATURE_VALUE = f"{{{DS}}}Signature", f"{{{DS}}}SignedInfo", f"{{{DS}}}SignatureValue"
KEY_INFO, X509_DATA = f"{{{DS}}}KeyInfo", f"{{{DS}}}X509Data"
INCLUSIVE = f"{{{EXCLUSIVE}}}InclusiveNamespaces"
IDS = (f"{{{WSU}}}Id", "Id", f"{{{XML}}}id")
