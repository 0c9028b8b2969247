package tech.a55.spring.boot.token;

/**
 * The outcome of a fetch. A failure is a value, so that each waiting caller gets its own
 * exception.
 */
sealed interface FetchOutcome permits CachedAccessToken, FailedFetch {

}
