package tech.a55.spring.boot.autoconfigure;

import java.util.Objects;
import java.util.function.Consumer;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.tracing.Tracer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.micrometer.tracing.autoconfigure.MicrometerTracingAutoConfiguration;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.OpenTelemetryTracingAutoConfiguration;
import org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientObservationAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the observations of API calls and token requests.
 */
class A55ObservationTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final ApplicationContextRunner contextRunner = TestA55.contextRunner(server)
		.withConfiguration(
				AutoConfigurations.of(MetricsAutoConfiguration.class, MicrometerTracingAutoConfiguration.class,
						ObservationAutoConfiguration.class, OpenTelemetrySdkAutoConfiguration.class,
						OpenTelemetryTracingAutoConfiguration.class, WebClientObservationAutoConfiguration.class))
		.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
		.withUserConfiguration(Host.class)
		.withPropertyValues("management.tracing.sampling.probability=1", "a55.rest-client.enabled=true");

	@BeforeEach
	void stub() {
		TestA55.stub(server, "observed-token");
	}

	@Test
	void callsAndTokenRequestsAreMeasuredByTheNameOfTheirHost() {
		this.contextRunner.run((context) -> {
			callWebClient(context);
			callWebClient(context);
			MeterRegistry meters = context.getBean(MeterRegistry.class);
			assertThat(meters.get("http.client.requests")
				.tag("client.name", "localhost")
				.tag("method", "GET")
				.tag("status", "200")
				.timer()
				.count()).isEqualTo(2);
			assertThat(meters.get("http.client.requests")
				.tag("client.name", "localhost")
				.tag("method", "POST")
				.tag("status", "200")
				.timer()
				.count()).isEqualTo(1);
		});
	}

	@Test
	void aCallOfTheRestClientIsMeasuredOnceAndByTheNameOfItsHost() {
		this.contextRunner.run((context) -> {
			callRestClient(context);
			assertThat(context.getBean(MeterRegistry.class).get("http.client.requests").tag("method", "GET").timers())
				.singleElement()
				.satisfies((timer) -> assertThat(timer.count()).isOne())
				.satisfies((timer) -> assertThat(timer.getId().getTag("client.name")).isEqualTo("localhost"));
		});
	}

	@Test
	void aCallAndItsTokenRequestTakePartInTheTraceOfTheCaller() {
		assertTakePartInTheTrace(A55ObservationTests::callWebClient, true);
	}

	@Test
	void aReactiveCallOnAnotherThreadAndItsTokenRequestTakePartInTheTraceOfItsContext() {
		assertTakePartInTheTrace((context) -> {
			Observation observation = Objects
				.requireNonNull(context.getBean(ObservationRegistry.class).getCurrentObservation());
			context.getBean(WebClient.class)
				.get()
				.uri("x")
				.retrieve()
				.toBodilessEntity()
				.subscribeOn(Schedulers.parallel())
				.contextWrite((view) -> view.put(ObservationThreadLocalAccessor.KEY, observation))
				.block();
		}, true);
	}

	@Test
	void aBlockingCallAndItsTokenRequestTakePartInTheTraceOfTheCaller() {
		assertTakePartInTheTrace(A55ObservationTests::callRestClient, true);
	}

	@Test
	void aCallOfABlockingInterfaceAndItsTokenRequestTakePartInTheTraceOfTheCaller() {
		assertTakePartInTheTrace((context) -> context.getBean(Wallets.class).get(), true);
	}

	@Test
	void theTokenRequestOfTheManagerTakesPartInTheTraceOfTheCaller() {
		assertTakePartInTheTrace(
				(context) -> context.getBean("a55AuthorizedClientManager", OAuth2AuthorizedClientManager.class)
					.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("a55").principal("host").build()),
				false);
	}

	@Test
	void noMeterAndNoObservationHoldsTheToken() {
		this.contextRunner.run((context) -> {
			StringBuilder observed = new StringBuilder();
			context.getBean(ObservationRegistry.class).observationConfig().observationHandler(new Recorder(observed));
			callWebClient(context);
			context.getBean(SimpleMeterRegistry.class).getMeters().forEach((meter) -> observed.append(meter.getId()));
			assertThat(observed).contains("http.client.requests", "http.url=")
				.doesNotContain("observed-token")
				.doesNotContain(TestA55.CLIENT_SECRET);
		});
	}

	private void assertTakePartInTheTrace(Consumer<ApplicationContext> caller, boolean callsApi) {
		this.contextRunner.run((context) -> {
			Tracer tracer = context.getBean(Tracer.class);
			String traceId = Objects.requireNonNull(
					Observation.createNotStarted("payment", context.getBean(ObservationRegistry.class)).observe(() -> {
						caller.accept(context);
						return Objects.requireNonNull(tracer.currentSpan()).context().traceId();
					}));
			server.verify(1, inTrace(traceId, WireMock.postRequestedFor(WireMock.urlEqualTo(TestA55.TOKEN_PATH))));
			server.verify(callsApi ? 1 : 0,
					inTrace(traceId, WireMock.getRequestedFor(WireMock.urlEqualTo("/api/v1/x"))));
		});
	}

	private static RequestPatternBuilder inTrace(String traceId, RequestPatternBuilder request) {
		return request.withHeader("traceparent", WireMock.containing(traceId));
	}

	private static void callWebClient(ApplicationContext context) {
		context.getBean(WebClient.class).get().uri("x").retrieve().toBodilessEntity().block();
	}

	private static void callRestClient(ApplicationContext context) {
		context.getBean(RestClient.class).get().uri("x").retrieve().toBodilessEntity();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = Wallets.class)
	static class Host {

	}

	interface Wallets {

		@GetExchange("x")
		String get();

	}

	private record Recorder(StringBuilder observed) implements ObservationHandler<Observation.Context> {

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

		@Override
		public void onStop(Observation.Context context) {
			this.observed.append(context.getName()).append(context.getAllKeyValues()).append(context);
		}

	}

}
