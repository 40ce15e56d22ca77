// Verifies signed AS4 messages with the JDK's own XML Signature: `java Verify.java FOLDER...`.
// A folder holds envelope.xml, signer.pem and parts/, a file a part, its name the Content-ID, percent-encoded.
// A line a folder: its name, then "valid", "invalid" and what is, or "unsupported" and what the JDK does not know.

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.crypto.Data;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.MarshalException;
import javax.xml.crypto.OctetStreamData;
import javax.xml.crypto.URIDereferencer;
import javax.xml.crypto.URIReferenceException;
import javax.xml.crypto.XMLCryptoContext;
import javax.xml.crypto.XMLStructure;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.TransformException;
import javax.xml.crypto.dsig.TransformService;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureException;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

public class Verify {
    static final String WSS = "http://docs.oasis-open.org/wss/";
    static final String WSU = WSS + "2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
    static final String CONTENT = WSS + "oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform";

    static final String KNOWN = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    static final String ED25519 = "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519";

    public static void main(String[] folders) throws Exception {
        Security.addProvider(new Attachments());
        for (String folder : folders) {
            Path path = Path.of(folder);
            System.out.println(path.getFileName() + " " + verdict(path));
        }
    }

    static String verdict(Path folder) throws Exception {
        Document envelope = parsed(Files.readAllBytes(folder.resolve("envelope.xml")));
        NodeList found = envelope.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
        if (found.getLength() != 1) {
            return "invalid: " + found.getLength() + " signatures";
        }
        try (InputStream pem = Files.newInputStream(folder.resolve("signer.pem"))) {
            var key = CertificateFactory.getInstance("X.509").generateCertificate(pem).getPublicKey();
            var method = (Element) envelope.getElementsByTagNameNS(XMLSignature.XMLNS, "SignatureMethod").item(0);
            boolean edwards = method.getAttribute("Algorithm").equals(ED25519);
            if (edwards) {
                method.setAttribute("Algorithm", KNOWN);
            }
            var selector = KeySelector.singletonKeySelector(edwards ? other() : key);
            return verdict(new DOMValidateContext(selector, found.item(0)), envelope, parts(folder), edwards ? key : null);
        }
    }

    static boolean valid(XMLSignature signature, DOMValidateContext context) {
        try {
            return signature.getSignatureValue().validate(context);
        } catch (XMLSignatureException unfit) {
            return false;
        }
    }

    /** JDK 17 knows Ed25519, but not its name in XML Signature: it canonicalises under another, which is then put back. */
    static boolean edwards(XMLSignature signature, PublicKey key) throws Exception {
        byte[] bytes = signature.getSignedInfo().getCanonicalizedData().readAllBytes();
        String signedInfo = new String(bytes, StandardCharsets.UTF_8).replace(KNOWN, ED25519);
        Signature verifier = Signature.getInstance("Ed25519");
        verifier.initVerify(key);
        verifier.update(signedInfo.getBytes(StandardCharsets.UTF_8));
        try {
            return verifier.verify(signature.getSignatureValue().getValue());
        } catch (SignatureException noPoint) {
            return false;
        }
    }

    static PublicKey other() throws Exception {
        return KeyPairGenerator.getInstance("RSA").generateKeyPair().getPublic();
    }

    static String verdict(DOMValidateContext context, Document envelope, Map<String, byte[]> parts, PublicKey edwards)
            throws Exception {
        identify(context, envelope.getDocumentElement());
        XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");
        URIDereferencer local = factory.getURIDereferencer();
        context.setURIDereferencer((reference, at) -> dereferenced(reference.getURI(), parts, () -> local.dereference(reference, at)));
        XMLSignature signature;
        try {
            signature = factory.unmarshalXMLSignature(context);
        } catch (MarshalException unknown) {
            return "unsupported: " + unknown.getMessage();
        }
        StringBuilder wrong = new StringBuilder();
        boolean valid = valid(signature, context);
        if (!(edwards == null ? valid : edwards(signature, edwards))) {
            wrong.append(" SignatureValue");
        }
        for (Object each : signature.getSignedInfo().getReferences()) {
            Reference reference = (Reference) each;
            if (!reference.validate(context)) {
                wrong.append(' ').append(reference.getURI());
            }
        }
        return wrong.length() == 0 ? "valid " + signature.getSignedInfo().getReferences().size() : "invalid:" + wrong;
    }

    interface Local {
        Data get() throws URIReferenceException;
    }

    static Data dereferenced(String uri, Map<String, byte[]> parts, Local local) throws URIReferenceException {
        if (!uri.startsWith("cid:")) {
            return local.get();
        }
        byte[] part = parts.get(URLDecoder.decode(uri.substring(4).replace("+", "%2B"), StandardCharsets.UTF_8));
        if (part == null) {
            throw new URIReferenceException("no part " + uri);
        }
        return new OctetStreamData(new ByteArrayInputStream(part));
    }

    static Document parsed(byte[] bytes) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(bytes));
    }

    static void identify(DOMValidateContext context, Element element) {
        if (element.hasAttributeNS(WSU, "Id")) {
            context.setIdAttributeNS(element, WSU, "Id");
        }
        for (var child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element inner) {
                identify(context, inner);
            }
        }
    }

    static Map<String, byte[]> parts(Path folder) throws Exception {
        Map<String, byte[]> found = new HashMap<>();
        try (Stream<Path> files = Files.list(folder.resolve("parts"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString().replace("+", "%2B");
                found.put(URLDecoder.decode(name, StandardCharsets.UTF_8), Files.readAllBytes(file));
            }
        }
        return found;
    }

    /** Knows one more transform than the JDK. */
    static final class Attachments extends Provider {
        Attachments() {
            super("Attachments", "1", "SwA Profile 1.1.1 5.3");
            putService(new Service(this, "TransformService", CONTENT, Content.class.getName(), null, Map.of("MechanismType", "DOM")) {
                @Override
                public Object newInstance(Object parameter) throws NoSuchAlgorithmException {
                    return new Content();
                }
            });
        }
    }

    /** Attachment-Content-Signature-Transform of a part that is not text: its octets (SwA Profile 1.1.1 5.4.2). */
    public static final class Content extends TransformService {
        @Override
        public void init(TransformParameterSpec parameters) throws InvalidAlgorithmParameterException {}

        @Override
        public void init(XMLStructure parent, XMLCryptoContext context) throws InvalidAlgorithmParameterException {}

        @Override
        public void marshalParams(XMLStructure parent, XMLCryptoContext context) throws MarshalException {}

        @Override
        public java.security.spec.AlgorithmParameterSpec getParameterSpec() {
            return null;
        }

        @Override
        public boolean isFeatureSupported(String feature) {
            return false;
        }

        @Override
        public Data transform(Data data, XMLCryptoContext context) throws TransformException {
            return data;
        }

        @Override
        public Data transform(Data data, XMLCryptoContext context, OutputStream out) throws TransformException {
            return data;
        }
    }
}
