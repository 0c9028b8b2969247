package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.Objects;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link CachedOAuth2AuthorizedClientManager}.
 */
class CachedOAuth2AuthorizedClientManagerTests {

	private Mono<OAuth2AccessTokenResponse> endpoint = TokenSimulation.token("abc", Duration.ofHours(1));

	private final OAuth2AuthorizedClientManager manager = new CachedOAuth2AuthorizedClientManager(
			TokenSimulation.cache((request) -> this.endpoint));

	@Test
	void handsTheSameTokenToEveryPrincipal() {
		OAuth2AuthorizedClient alice = authorize("a55", "alice");
		OAuth2AuthorizedClient bob = authorize("a55", "bob");
		assertThat(alice.getAccessToken()).isSameAs(bob.getAccessToken());
		assertThat(alice.getAccessToken().getTokenValue()).isEqualTo("abc");
		assertThat(alice.getPrincipalName()).isEqualTo("alice");
		assertThat(alice.getClientRegistration()).isSameAs(TokenSimulation.REGISTRATION);
	}

	@Test
	void waitsForAToken() {
		this.endpoint = this.endpoint.delaySubscription(Duration.ofMillis(20));
		assertThat(authorize("a55", "alice").getAccessToken().getTokenValue()).isEqualTo("abc");
	}

	@Test
	void failsWithTheReasonWhereNoTokenCanBeHad() {
		this.endpoint = Mono.error(TokenSimulation.answer(400, "invalid_client"));
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(() -> authorize("a55", "alice"))
			.withMessageContaining("responded with status 400");
	}

	@Test
	void servesNoOtherRegistration() {
		assertThatIllegalArgumentException().isThrownBy(() -> authorize("github", "alice"))
			.withMessageContaining("'a55'")
			.withMessageContaining("'github'");
	}

	@Test
	void failsOnAnEventLoopRatherThanBlockIt() {
		authorize("a55", "alice");
		assertThatIllegalStateException()
			.isThrownBy(
					() -> Mono.fromSupplier(() -> authorize("a55", "alice")).subscribeOn(Schedulers.parallel()).block())
			.withMessageContaining("on the event loop thread 'parallel-")
			.withMessageContaining("a55WebClient");
	}

	private OAuth2AuthorizedClient authorize(String registrationId, String principal) {
		return Objects.requireNonNull(this.manager
			.authorize(OAuth2AuthorizeRequest.withClientRegistrationId(registrationId).principal(principal).build()));
	}

}
