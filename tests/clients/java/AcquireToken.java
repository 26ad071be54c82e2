import com.microsoft.aad.msal4j.ClientCredentialFactory;
import com.microsoft.aad.msal4j.ClientCredentialParameters;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
import com.microsoft.aad.msal4j.IAuthenticationResult;
import com.microsoft.aad.msal4j.IClientCredential;
import com.microsoft.aad.msal4j.MsalException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks MSAL Java twice for an app-only token and prints one line of JSON about it, never the token. */
public final class AcquireToken {
    private static final Map<String, String> ENVIRONMENT = System.getenv();

    public static void main(String[] arguments) throws Exception {
        System.out.println(acquireTwice());
    }

    private static String acquireTwice() throws Exception {
        try {
            ConfidentialClientApplication client = newClient();
            ClientCredentialParameters parameters =
                    ClientCredentialParameters.builder(Set.of(ENVIRONMENT.get("SCOPE"))).build();
            IAuthenticationResult first = client.acquireToken(parameters).join();
            IAuthenticationResult second = client.acquireToken(parameters).join();
            String token = first.accessToken();
            return String.format(
                    "{\"outcome\":\"token\",\"length\":%d,\"claims\":%s,\"cached\":%b}",
                    token.length(), claimsOf(token), token.equals(second.accessToken()));
        } catch (MsalException error) {
            return refused(error);
        } catch (CompletionException error) {
            if (error.getCause() instanceof MsalException) return refused((MsalException) error.getCause());
            throw error;
        }
    }

    private static ConfidentialClientApplication newClient() throws Exception {
        String authority = ENVIRONMENT.get("AUTHORITY");
        ConfidentialClientApplication.Builder builder = ConfidentialClientApplication.builder(
                        ENVIRONMENT.get("CLIENT_ID"), newCredential())
                .instanceDiscovery(!"off".equals(ENVIRONMENT.get("INSTANCE_DISCOVERY")));
        boolean oidc = "oidc".equals(ENVIRONMENT.get("AUTHORITY_KIND"));
        return (oidc ? builder.oidcAuthority(authority) : builder.authority(authority)).build();
    }

    private static IClientCredential newCredential() throws Exception {
        String secret = ENVIRONMENT.get("CLIENT_SECRET");
        if (secret != null) return ClientCredentialFactory.createFromSecret(secret);
        String assertion = ENVIRONMENT.get("CLIENT_ASSERTION");
        if (assertion != null) return ClientCredentialFactory.createFromCallback((Callable<String>) () -> assertion);
        PKCS8EncodedKeySpec key = new PKCS8EncodedKeySpec(block("PRIVATE KEY"));
        ByteArrayInputStream certificate = new ByteArrayInputStream(block("CERTIFICATE"));
        return ClientCredentialFactory.createFromCertificate(
                KeyFactory.getInstance("RSA").generatePrivate(key),
                (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(certificate));
    }

    /** What CLIENT_CERTIFICATE holds under a PEM label. */
    private static byte[] block(String label) {
        String[] parts = ENVIRONMENT.get("CLIENT_CERTIFICATE").split("-----(BEGIN|END) " + label + "-----");
        return Base64.getMimeDecoder().decode(parts[1]);
    }

    private static String claimsOf(String token) {
        return new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8);
    }

    private static String refused(MsalException error) {
        Matcher code = Pattern.compile("AADSTS(\\d+)").matcher(String.valueOf(error.getMessage()));
        return String.format(
                "{\"outcome\":\"refused\",\"error\":\"%s\",\"code\":%s}",
                error.errorCode(), code.find() ? code.group(1) : "null");
    }

    private AcquireToken() {}
}
