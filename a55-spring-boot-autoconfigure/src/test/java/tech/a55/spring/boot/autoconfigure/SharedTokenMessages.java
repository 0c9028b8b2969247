package tech.a55.spring.boot.autoconfigure;

import java.util.stream.Stream;

import tech.a55.spring.boot.autoconfigure.ReadmeMessagesTests.Case;
import tech.a55.spring.boot.token.TestAccessTokens;

/**
 * The messages about a token that instances share, for {@link ReadmeMessagesTests}.
 */
final class SharedTokenMessages {

	private static final String PROPERTY = "--a55.token.cache=tokens";

	private SharedTokenMessages() {
	}

	static Stream<Case> cases() {
		String cache = "The cache '…' (a55.token.cache) ";
		return Stream.of(
				ReadmeMessagesTests.needs(MisconfiguredApplications.NeedsWebClient.class,
						"The configuration property 'a55.token.cache' names a cache, but the application has no "
								+ "CacheManager.",
						PROPERTY),
				ReadmeMessagesTests.needs(MisconfiguredApplications.HasTwoCacheManagers.class,
						"… names a cache, but the application has several CacheManager beans and none of them is "
								+ "primary.",
						PROPERTY),
				ReadmeMessagesTests.needs(MisconfiguredApplications.HasOtherCache.class,
						"… names a cache that the CacheManager of the application does not have.", PROPERTY),
				logged("Another instance has shared an A55 access token"),
				logged(cache + "cannot be read, so the A55 access token is not shared: …"),
				logged(cache + "cannot be written, so the A55 access token is not shared: …"),
				logged("The cache '…' shares the A55 access token again"),
				logged(cache + "does not leave this process, so no other instance shares its A55 access token"));
	}

	private static Case logged(String message) {
		return new Case(message, (tests, output) -> {
			TestAccessTokens.shareWithFailures();
			return output.toString();
		});
	}

}
