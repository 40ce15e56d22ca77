import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/** Opens encrypted parts with the JDK's own XML and cryptography, which products in Java are built on. Arguments: folders. */
public class Opening {
    static final String XENC = "http://www.w3.org/2001/04/xmlenc#";
    static final String DSIG11 = "http://www.w3.org/2009/xmldsig11#";
    static final String MORE = "http://www.w3.org/2021/04/xmldsig-more#";
    static final int WRAPPING = 16; // octets; ConcatKDF's parameters do not say

    public static void main(String[] folders) throws Exception {
        for (String folder : folders) {
            Path path = Path.of(folder);
            byte[] wire = Files.readAllBytes(path.resolve("wire"));
            Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
            SecretKeySpec key = new SecretKeySpec(contentKey(path), "AES");
            gcm.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(128, wire, 0, 12));
            System.out.println(new String(gcm.doFinal(wire, 12, wire.length - 12)));
        }
    }

    static byte[] contentKey(Path path) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Element root = factory.newDocumentBuilder().parse(path.resolve("security.xml").toFile()).getDocumentElement();
        Element encrypted = first(root, XENC, "EncryptedKey");
        byte[] wrapped = octets(first(encrypted, XENC, "CipherValue"));
        String kind = Files.readString(path.resolve("kind"));
        byte[] pkcs8 = Files.readAllBytes(path.resolve("key"));
        PrivateKey own = KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        if (kind.equals("RSA")) {
            Cipher oaep = Cipher.getInstance("RSA/ECB/OAEPPadding");
            MGF1ParameterSpec mask = MGF1ParameterSpec.SHA256;
            oaep.init(Cipher.DECRYPT_MODE, own, new OAEPParameterSpec("SHA-256", "MGF1", mask, PSource.PSpecified.DEFAULT));
            return oaep.doFinal(wrapped);
        }
        KeyAgreement agreement = KeyAgreement.getInstance(kind.equals("EC") ? "ECDH" : kind);
        agreement.init(own);
        agreement.doPhase(kind.equals("EC") ? point(encrypted) : key(encrypted), true);
        Cipher wrap = Cipher.getInstance("AESWrap");
        wrap.init(Cipher.UNWRAP_MODE, new SecretKeySpec(derived(encrypted, agreement.generateSecret()), "AES"));
        return wrap.unwrap(wrapped, "AES", Cipher.SECRET_KEY).getEncoded();
    }

    static PublicKey key(Element encrypted) throws Exception {
        byte[] der = octets(first(encrypted, DSIG11, "DEREncodedKeyValue"));
        return KeyFactory.getInstance("XDH").generatePublic(new X509EncodedKeySpec(der));
    }

    static PublicKey point(Element encrypted) throws Exception {
        byte[] point = octets(first(encrypted, DSIG11, "PublicKey"));
        int half = 1 + (point.length - 1) / 2;
        BigInteger x = new BigInteger(1, Arrays.copyOfRange(point, 1, half));
        BigInteger y = new BigInteger(1, Arrays.copyOfRange(point, half, point.length));
        AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
        String oid = first(encrypted, DSIG11, "NamedCurve").getAttribute("URI").replace("urn:oid:", "");
        curve.init(new ECGenParameterSpec(oid));
        ECParameterSpec parameters = curve.getParameterSpec(ECParameterSpec.class);
        return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(new ECPoint(x, y), parameters));
    }

    static byte[] derived(Element encrypted, byte[] secret) throws Exception {
        Element hkdf = first(encrypted, MORE, "HKDFParams");
        if (hkdf == null) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(new byte[] {0, 0, 0, 1});
            return Arrays.copyOf(digest.digest(secret), WRAPPING);
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(octets(first(hkdf, MORE, "Salt")), "HMAC"));
        mac.init(new SecretKeySpec(mac.doFinal(secret), "HMAC"));
        mac.update(octets(first(hkdf, MORE, "Info")));
        mac.update((byte) 1);
        return Arrays.copyOf(mac.doFinal(), Integer.parseInt(first(hkdf, MORE, "KeyLength").getTextContent()));
    }

    static Element first(Element parent, String namespace, String name) {
        return (Element) parent.getElementsByTagNameNS(namespace, name).item(0);
    }

    static byte[] octets(Element element) {
        return Base64.getMimeDecoder().decode(element.getTextContent());
    }
}
