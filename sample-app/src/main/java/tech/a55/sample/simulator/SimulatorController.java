package tech.a55.sample.simulator;

import java.util.Arrays;

import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * Causes failures in the simulator, and runs the load test. With real credentials, this
 * controller does not exist. The condition works because the simulator is registered
 * before any class is scanned.
 * <p>
 * Only JSON is accepted. A page of another origin can send JSON only if CORS allows it,
 * and CORS is not configured here.
 */
@RestController
@ConditionalOnBean(A55Simulator.class)
@RequestMapping(path = "/simulator", consumes = MediaType.APPLICATION_JSON_VALUE)
final class SimulatorController {

	private final A55Simulator simulator;

	private final LoadRun loadRun;

	SimulatorController(A55Simulator simulator, @Value("${sample.simulator.load-calls:1000}") int loadCalls) {
		this.simulator = simulator;
		this.loadRun = new LoadRun(loadCalls);
	}

	@PostMapping("/troubles/{id}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void make(@PathVariable String id, @RequestBody Switch body) {
		Trouble trouble = Arrays.stream(Trouble.values())
			.filter((candidate) -> candidate.id().equals(id))
			.findFirst()
			.orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no such failure"));
		this.simulator.make(trouble, body.active());
	}

	@PostMapping("/revocation")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void revokeTokens() {
		if (!this.simulator.revokeTokens()) {
			throw new ResponseStatusException(HttpStatus.CONFLICT, "The token was revoked a short while ago. The "
					+ "next one is kept for half a minute, so that a missing permission does not cost tokens");
		}
	}

	@PostMapping("/load")
	Mono<LoadRun.Comparison> load() {
		return this.loadRun.run();
	}

	/**
	 * Whether to cause the failure.
	 *
	 * @param active on or off
	 */
	record Switch(boolean active) {

	}

}
