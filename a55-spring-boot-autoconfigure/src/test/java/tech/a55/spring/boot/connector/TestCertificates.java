package tech.a55.spring.boot.connector;

import java.security.KeyStore;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;

import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslStoreBundle;

/**
 * A server whose certificate is that of {@code localhost}, and SSL bundles that trust it
 * or do not.
 */
public final class TestCertificates {

	private static final String PASSWORD = "changeit";

	private static final X509Bundle CERTIFICATE = selfSigned("localhost");

	private static final X509Bundle OTHER_CERTIFICATE = selfSigned("other");

	private TestCertificates() {
	}

	/**
	 * Start a server, for the caller to stop.
	 */
	public static WireMockServer startServer(OpenConnections connections) throws Exception {
		WireMockServer server = new WireMockServer(WireMockConfiguration.options()
			.httpDisabled(true)
			.dynamicHttpsPort()
			.keystorePath(CERTIFICATE.toTempKeyStoreFile(PASSWORD.toCharArray()).getPath())
			.keystoreType("PKCS12")
			.keystorePassword(PASSWORD)
			.keyManagerPassword(PASSWORD)
			.networkTrafficListener(connections));
		server.start();
		return server;
	}

	/**
	 * Return the URL of a path, at the host that the certificate names.
	 */
	public static String url(WireMockServer server, String path) {
		return "https://localhost:" + server.httpsPort() + path;
	}

	/**
	 * Return the URL of a path, at a host that the certificate does not name.
	 */
	public static String urlOfAnotherHost(WireMockServer server, String path) {
		return "https://127.0.0.1:" + server.httpsPort() + path;
	}

	/**
	 * Return the certificate of the server.
	 */
	public static String pem() {
		return CERTIFICATE.getCertificatePEM();
	}

	public static SslBundle trusting() throws Exception {
		return bundle(CERTIFICATE);
	}

	public static SslBundle trustingAnother() throws Exception {
		return bundle(OTHER_CERTIFICATE);
	}

	private static SslBundle bundle(X509Bundle trusted) throws Exception {
		KeyStore trustStore = KeyStore.getInstance("PKCS12");
		trustStore.load(null, null);
		trustStore.setCertificateEntry("trusted", trusted.getCertificate());
		return SslBundle.of(SslStoreBundle.of(null, null, trustStore));
	}

	private static X509Bundle selfSigned(String name) {
		try {
			return new CertificateBuilder().subject("CN=" + name)
				.addSanDnsName("localhost")
				.setIsCertificateAuthority(true)
				.buildSelfSigned();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

}
