package tech.a55.spring.boot.autoconfigure;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import tech.a55.spring.boot.A55Clients;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.service.HttpServiceClientPropertiesAutoConfiguration;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.boot.webclient.autoconfigure.service.ReactiveHttpServiceClientAutoConfiguration;

/**
 * What several tests share: the auto-configurations of an application with the starter,
 * and a server that plays both hosts of A55.
 */
public final class TestA55 {

	public static final AutoConfigurations AUTO_CONFIGURATIONS = AutoConfigurations.of(A55AutoConfiguration.class,
			CodecsAutoConfiguration.class, HttpClientAutoConfiguration.class,
			HttpServiceClientPropertiesAutoConfiguration.class, JacksonAutoConfiguration.class,
			ReactiveHttpClientAutoConfiguration.class, ReactiveHttpServiceClientAutoConfiguration.class,
			SslAutoConfiguration.class, WebClientAutoConfiguration.class);

	public static final String CLIENT_ID = "test-client";

	public static final String CLIENT_SECRET = "s3cret+/&%=";

	static final String[] CREDENTIALS = { "a55.client-id=" + CLIENT_ID, "a55.client-secret=" + CLIENT_SECRET };

	static final String[] PATIENT = { "a55.connect-timeout=10m", "a55.read-timeout=10m", "a55.token.timeout=10m" };

	public static final String TOKEN_PATH = "/oauth2/token";

	public static final RequestPatternBuilder TOKEN_REQUEST = WireMock
		.postRequestedFor(WireMock.urlEqualTo(TOKEN_PATH));

	private TestA55() {
	}

	public static WireMockExtension server() {
		return WireMockExtension.newInstance().options(WireMockConfiguration.wireMockConfig().dynamicPort()).build();
	}

	/**
	 * Return a runner for an application that calls the given server as A55.
	 */
	public static ApplicationContextRunner contextRunner(WireMockExtension server) {
		return runnerWithoutCredentials(server).withPropertyValues(CREDENTIALS);
	}

	/**
	 * The same without credentials. No machine is so busy that a time-out ends a call.
	 */
	static ApplicationContextRunner runnerWithoutCredentials(WireMockExtension server) {
		return new ApplicationContextRunner().withConfiguration(AUTO_CONFIGURATIONS)
			.withPropertyValues(PATIENT)
			.withPropertyValues("a55.base-url=" + server.url("/api/v1/"), "a55.token-uri=" + server.url(TOKEN_PATH));
	}

	/**
	 * Return the properties of another account than the default one.
	 */
	static String[] account(String name) {
		return new String[] { "a55.clients." + name + ".client-id=" + name + "-client",
				"a55.clients." + name + ".client-secret=" + name + "-secret" };
	}

	/**
	 * Call the API with the account of the given name.
	 */
	static void call(BeanFactory context, String account) {
		context.getBean(A55Clients.class).webClient(account).get().uri("x").retrieve().toBodilessEntity().block();
	}

	/**
	 * Let the server issue the given token, and answer a request to the API with "ok"
	 * where that token is in it.
	 */
	public static void stub(WireMockExtension server, String token) {
		server.stubFor(WireMock.post(TOKEN_PATH).willReturn(WireMock.okJson(tokenResponse(token))));
		server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*"))
			.withHeader("Authorization", WireMock.equalTo("Bearer " + token))
			.willReturn(WireMock.ok("ok")));
	}

	/**
	 * The same for a token of the given client only.
	 */
	static void stub(WireMockExtension server, String clientId, String token) {
		server.stubFor(WireMock.post(TOKEN_PATH)
			.withFormParam("client_id", WireMock.equalTo(clientId))
			.willReturn(WireMock.okJson(tokenResponse(token))));
		server.stubFor(WireMock.any(WireMock.urlPathMatching("/api/.*"))
			.withHeader("Authorization", WireMock.equalTo("Bearer " + token))
			.willReturn(WireMock.ok("ok")));
	}

	public static String tokenResponse(String token) {
		return "{\"access_token\":\"" + token + "\",\"expires_in\":3600,\"token_type\":\"Bearer\"}";
	}

}
