package tech.a55.spring.boot.token;

/**
 * What a fetch came to. Errors are values here: every waiter makes an exception of its
 * own of them.
 */
sealed interface FetchOutcome permits CachedAccessToken, FailedFetch {

}
