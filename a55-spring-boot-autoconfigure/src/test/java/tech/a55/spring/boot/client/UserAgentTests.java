package tech.a55.spring.boot.client;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import tech.a55.spring.boot.A55WebClientCustomizer;
import tech.a55.spring.boot.connector.HttpConnectors;
import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.mock.http.client.reactive.MockClientHttpRequest;
import org.springframework.mock.http.client.reactive.MockClientHttpResponse;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the user agent that {@link A55ClientConfigurer} sets.
 */
class UserAgentTests {

	private final TokenSimulation simulation = new TokenSimulation();

	private final AtomicReference<@Nullable HttpHeaders> sent = new AtomicReference<>();

	private final HttpConnectors connectors = new HttpConnectors((settings) -> (method, uri, callback) -> {
		MockClientHttpRequest request = new MockClientHttpRequest(method, uri);
		return callback.apply(request).then(Mono.fromSupplier(() -> {
			this.sent.set(request.getHeaders());
			return (ClientHttpResponse) new MockClientHttpResponse(HttpStatus.OK);
		}));
	}, HttpClientSettings.defaults());

	private final ObjectProvider<A55WebClientCustomizer> noCustomizers = new StaticListableBeanFactory()
		.getBeanProvider(A55WebClientCustomizer.class);

	private final A55ClientConfigurer configurer = new A55ClientConfigurer(URI.create("https://api.example.com/v1/"), 1,
			Duration.ofSeconds(1), this.connectors, this.simulation.cache, this.noCustomizers);

	@AfterEach
	void close() {
		this.simulation.close();
	}

	@Test
	void clientsNameTheStarterAsTheirUserAgent() {
		assertThat(userAgent(WebClient.builder())).isEqualTo("a55-spring-boot-starter");
		assertThat(A55ClientConfigurer.userAgent("1.2.3")).isEqualTo("a55-spring-boot-starter/1.2.3");
	}

	@Test
	void theUserAgentOfTheApplicationRemains() {
		assertThat(userAgent(WebClient.builder().defaultHeader(HttpHeaders.USER_AGENT, "shop/1"))).isEqualTo("shop/1");
		WebClient.Builder builder = WebClient.builder();
		this.configurer.configure(builder);
		send(builder.build().method(HttpMethod.GET).uri("x").header(HttpHeaders.USER_AGENT, "call/1"));
		assertThat(sentUserAgent()).isEqualTo("call/1");
	}

	@Test
	void aRestClientNamesTheStarterUnlessTheApplicationDoes() {
		RestClient.Builder builder = RestClient.builder().defaultHeader("X-Test", "test");
		this.configurer.configure(builder);
		this.simulation.call();
		builder.build().get().uri("x").retrieve().toBodilessEntity();
		assertThat(sentUserAgent()).isEqualTo("a55-spring-boot-starter");
		builder.build().get().uri("x").header(HttpHeaders.USER_AGENT, "call/1").retrieve().toBodilessEntity();
		assertThat(sentUserAgent()).isEqualTo("call/1");
	}

	private @Nullable String userAgent(WebClient.Builder builder) {
		this.configurer.configure(builder);
		send(builder.build().get().uri("x"));
		return sentUserAgent();
	}

	private void send(WebClient.RequestHeadersSpec<?> request) {
		request.retrieve().toBodilessEntity().subscribe();
		this.simulation.settle();
	}

	private @Nullable String sentUserAgent() {
		HttpHeaders headers = this.sent.get();
		assertThat(headers).isNotNull();
		return headers.getFirst(HttpHeaders.USER_AGENT);
	}

}
