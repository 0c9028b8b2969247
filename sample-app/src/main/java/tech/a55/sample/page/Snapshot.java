package tech.a55.sample.page;

import java.time.Instant;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What the page shows at one moment. Neither the token nor the credentials are in it.
 *
 * @param now the current time of the application
 * @param token the life of the token
 * @param meters the counters of the starter
 * @param calls the calls so far
 * @param accounts the accounts other than the default one
 * @param simulator the state of the simulator, or {@code null} if A55 itself is called
 */
record Snapshot(Instant now, Token token, Meters meters, CallLog.Calls calls, List<Account> accounts,
		@Nullable Simulator simulator) {

	/**
	 * The life of the token, from the health indicator of the starter.
	 *
	 * @param status whether there is a usable token
	 * @param issued when it was requested
	 * @param expires when it ends
	 * @param nextTry from when on a call renews it, or tries again after a failure
	 * @param lastOutcome how the last request for a token ended
	 */
	record Token(String status, @Nullable Object issued, @Nullable Object expires, @Nullable Object nextTry,
			@Nullable Object lastOutcome) {

	}

	/**
	 * The counters of the starter.
	 *
	 * @param fetches requests to the token endpoint that succeeded
	 * @param failedFetches requests to the token endpoint that failed
	 * @param evictions tokens discarded because A55 refused them
	 * @param replays calls retried with the next token
	 * @param retries calls retried after a wait
	 */
	record Meters(long fetches, long failedFetches, long evictions, long replays, long retries) {

	}

	/**
	 * Another account.
	 *
	 * @param name the name of the account
	 * @param token the life of its token
	 * @param fetches requests to the token endpoint that succeeded
	 * @param failedFetches requests to the token endpoint that failed
	 * @param calls the number of its calls
	 * @param failures how many of them failed
	 */
	record Account(String name, Token token, long fetches, long failedFetches, long calls, long failures) {

	}

	/**
	 * The simulator.
	 *
	 * @param troubles the failures that it causes
	 * @param revocableFrom from when on tokens can be revoked, or {@code null} if they
	 * can be revoked now
	 */
	record Simulator(Set<String> troubles, @Nullable Instant revocableFrom) {

	}

}
