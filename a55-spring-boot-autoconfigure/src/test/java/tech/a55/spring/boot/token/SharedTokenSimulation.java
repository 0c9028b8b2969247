package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.Locale;

/**
 * Counts the token requests of fleets of several sizes, with and without a store that
 * they share. Each instance makes a call a second, the token endpoint takes 300 ms, the
 * store 2 ms, and a token is valid for an hour. A life is the time until a token is
 * renewed.
 */
public final class SharedTokenSimulation {

	private static final int LIVES = 20;

	/**
	 * The shortest time after which a token is renewed: 67.5 % of its hour.
	 */
	private static final Duration LIFE = Duration.ofMinutes(60).multipliedBy(675).dividedBy(1_000);

	private SharedTokenSimulation() {
	}

	@SuppressWarnings("SystemOut")
	public static void main(String[] args) {
		System.out
			.println("| instances | start | not shared, per life | shared: until all have a token | per life after |");
		System.out.println("| --- | --- | --- | --- | --- |");
		for (int instances : new int[] { 1, 10, 50, 1_000 }) {
			for (boolean atOnce : new boolean[] { true, false }) {
				Result alone = run(instances, atOnce, false);
				Result shared = run(instances, atOnce, true);
				System.out.println(String.format(Locale.ROOT, "| %,d | %s | %,.1f | %,d | %.1f |", instances,
						atOnce ? "all in one second" : "one a second", alone.later / (double) LIVES, shared.first,
						shared.later / (double) LIVES));
			}
		}
	}

	/**
	 * Let a fleet run for 20 lives after all of it has started.
	 */
	static Result run(int instances, boolean atOnce, boolean shared) {
		try (SharedTokenFleet fleet = new SharedTokenFleet()) {
			for (int i = 0; i < instances; i++) {
				if (shared) {
					fleet.start();
				}
				else {
					fleet.startAlone();
				}
				if (!atOnce) {
					fleet.run(Duration.ofSeconds(1));
				}
			}
			fleet.run(Duration.ofSeconds(10));
			int first = fleet.requests;
			int waits = fleet.waits;
			fleet.run(LIFE.multipliedBy(LIVES));
			return new Result(first, fleet.requests - first, fleet.waits - waits, fleet.failures);
		}
	}

	/**
	 * What was counted.
	 *
	 * @param first the requests until all instances had a token
	 * @param later the requests in the lives that followed
	 * @param waits the calls that waited for a token then
	 * @param failures the calls that failed
	 */
	record Result(int first, int later, int waits, int failures) {

	}

}
