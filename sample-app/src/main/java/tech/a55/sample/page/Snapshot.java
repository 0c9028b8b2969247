package tech.a55.sample.page;

import java.time.Instant;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What the page shows at one moment. Neither the token nor the credentials are in it.
 *
 * @param now the time here, which the page counts from
 * @param token the life of the token
 * @param meters the counters of the starter
 * @param calls the calls so far
 * @param simulator what the simulator makes, or {@code null} if A55 itself is called
 */
record Snapshot(Instant now, Token token, Meters meters, CallLog.Calls calls, @Nullable Simulator simulator) {

	/**
	 * The life of the token, as the health indicator of the starter tells it.
	 *
	 * @param status whether there is a living one
	 * @param issued when it was asked for
	 * @param expires when it ends
	 * @param nextTry from when on a call renews it, or after a failure asks again
	 * @param lastOutcome how the last request for a token ended
	 */
	record Token(String status, @Nullable Object issued, @Nullable Object expires, @Nullable Object nextTry,
			@Nullable Object lastOutcome) {

	}

	/**
	 * The counters of the starter.
	 *
	 * @param fetches requests to the token endpoint that brought a token
	 * @param failedFetches requests to the token endpoint that brought none
	 * @param evictions tokens given up because A55 refused them
	 * @param replays calls sent once more with the next token
	 * @param retries calls sent again after a wait
	 */
	record Meters(long fetches, long failedFetches, long evictions, long replays, long retries) {

	}

	/**
	 * The simulator.
	 *
	 * @param troubles what trouble it makes
	 * @param revocableFrom from when on tokens can be revoked, {@code null} for at once
	 */
	record Simulator(Set<String> troubles, @Nullable Instant revocableFrom) {

	}

}
