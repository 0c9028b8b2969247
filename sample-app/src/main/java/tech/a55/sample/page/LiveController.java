package tech.a55.sample.page;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.StreamSupport;

import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Statistic;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.health.contributor.Health;
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

	private static final Duration PERIOD = Duration.ofMillis(500);

	private final HealthIndicator a55Health;

	private final MeterRegistry meters;

	private final CallLog callLog;

	private final @Nullable SimulatorStatus simulator;

	private final Sinks.Empty<Void> closed = Sinks.empty();

	LiveController(@Qualifier("a55HealthIndicator") HealthIndicator a55Health, MeterRegistry meters, CallLog callLog,
			ObjectProvider<SimulatorStatus> simulator) {
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
		return new Snapshot(Instant.now(), token(),
				new Snapshot.Meters(count("a55.token.fetches", "outcome", "success"),
						count("a55.token.fetches", "outcome", "failure"), count("a55.token.evictions"),
						count("a55.token.replays"), count("a55.client.retries")),
				this.callLog.calls(), (this.simulator != null)
						? new Snapshot.Simulator(this.simulator.troubles(), this.simulator.revocableFrom()) : null);
	}

	private Snapshot.Token token() {
		Health health = this.a55Health.health();
		Map<String, Object> details = (health != null) ? health.getDetails() : Map.of();
		return new Snapshot.Token((health != null) ? health.getStatus().getCode() : "UNKNOWN",
				details.get("tokenIssued"), details.get("tokenExpires"), details.get("nextTry"),
				details.get("lastOutcome"));
	}

	private long count(String meter, String... tags) {
		return (long) this.meters.find(meter)
			.tags(tags)
			.meters()
			.stream()
			.flatMap((found) -> StreamSupport.stream(found.measure().spliterator(), false))
			.filter((measurement) -> measurement.getStatistic() == Statistic.COUNT)
			.mapToDouble(Measurement::getValue)
			.sum();
	}

}
