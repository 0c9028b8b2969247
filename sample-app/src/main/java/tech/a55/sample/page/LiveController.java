package tech.a55.sample.page;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Statistic;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import tech.a55.spring.boot.A55Clients;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Sends the state of the token and of the calls to the page, twice a second. The token's
 * state comes from the health indicator and the meters of the starter, which any
 * application can use.
 */
@RestController
final class LiveController {

	private static final String DEFAULT = "default";

	private static final Duration PERIOD = Duration.ofMillis(500);

	private final A55Clients a55Clients;

	private final HealthContributor a55Health;

	private final MeterRegistry meters;

	private final CallLog callLog;

	private final @Nullable SimulatorStatus simulator;

	private final Sinks.Empty<Void> closed = Sinks.empty();

	LiveController(A55Clients a55Clients, @Qualifier("a55HealthContributor") HealthContributor a55Health,
			MeterRegistry meters, CallLog callLog, ObjectProvider<SimulatorStatus> simulator) {
		this.a55Clients = a55Clients;
		this.a55Health = a55Health;
		this.meters = meters;
		this.callLog = callLog;
		this.simulator = simulator.getIfAvailable();
	}

	@GetMapping(path = "/live", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<Snapshot> live() {
		return Flux.interval(Duration.ZERO, PERIOD)
			.onBackpressureDrop()
			.map((tick) -> snapshot())
			.takeUntilOther(this.closed.asMono());
	}

	/**
	 * Otherwise a page that stays open would delay a graceful shutdown.
	 */
	@EventListener(ContextClosedEvent.class)
	void close() {
		this.closed.tryEmitEmpty();
	}

	private Snapshot snapshot() {
		return new Snapshot(Instant.now(), token(DEFAULT),
				new Snapshot.Meters(fetches(DEFAULT, "success"), fetches(DEFAULT, "failure"),
						count("a55.token.evictions", DEFAULT), count("a55.token.replays", DEFAULT),
						count("a55.client.retries", DEFAULT)),
				this.callLog.calls(DEFAULT), accounts(), (this.simulator != null)
						? new Snapshot.Simulator(this.simulator.troubles(), this.simulator.revocableFrom()) : null);
	}

	private List<Snapshot.Account> accounts() {
		return this.a55Clients.names().stream().filter((name) -> !name.equals(DEFAULT)).map((name) -> {
			CallLog.Calls calls = this.callLog.calls(name);
			return new Snapshot.Account(name, token(name), fetches(name, "success"), fetches(name, "failure"),
					calls.count(), calls.failures());
		}).toList();
	}

	/**
	 * With several accounts, each has an indicator of its own.
	 */
	private Snapshot.Token token(String account) {
		HealthContributor contributor = (this.a55Health instanceof CompositeHealthContributor composite)
				? composite.getContributor(account) : this.a55Health;
		Health health = (contributor instanceof HealthIndicator indicator) ? indicator.health() : null;
		Map<String, Object> details = (health != null) ? health.getDetails() : Map.of();
		return new Snapshot.Token((health != null) ? health.getStatus().getCode() : "UNKNOWN",
				details.get("tokenIssued"), details.get("tokenExpires"), details.get("nextTry"),
				details.get("lastOutcome"));
	}

	private long fetches(String account, String outcome) {
		return count("a55.token.fetches", account, "outcome", outcome);
	}

	private long count(String meter, String account, String... tags) {
		return (long) this.meters.find(meter)
			.tag("client", account)
			.tags(tags)
			.meters()
			.stream()
			.flatMap((found) -> StreamSupport.stream(found.measure().spliterator(), false))
			.filter((measurement) -> measurement.getStatistic() == Statistic.COUNT)
			.mapToDouble(Measurement::getValue)
			.sum();
	}

}
