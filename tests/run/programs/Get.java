import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import javax.net.ssl.HttpsURLConnection;

/** Prints the status of GET <url>, by the old client and by the new one. */
public class Get {
  public static void main(String[] args) throws Exception {
    var connection = (HttpsURLConnection) URI.create(args[0]).toURL().openConnection();
    System.out.println(connection.getResponseCode());
    var request = HttpRequest.newBuilder(URI.create(args[0])).build();
    System.out.println(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode());
  }
}
