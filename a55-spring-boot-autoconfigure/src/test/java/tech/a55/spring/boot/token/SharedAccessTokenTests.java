package tech.a55.spring.boot.token;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cache.Cache;
import org.springframework.cache.concurrent.ConcurrentMapCache;
import org.springframework.cache.support.NoOpCache;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.registration.ClientRegistration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SharedAccessToken}, in virtual time. {@link SharedTokenFailureTests}
 * has those in which something fails.
 */
@ExtendWith(OutputCaptureExtension.class)
class SharedAccessTokenTests {

	private static final Duration SHARED_WITHIN = Duration.ofMillis(10);

	private final SharedTokenFleet fleet = new SharedTokenFleet();

	@AfterEach
	void close() {
		this.fleet.close();
	}

	@Test
	void oneRequestServesAllInstances() {
		for (int i = 0; i < 50; i++) {
			assertThat(this.fleet.start().value()).isEqualTo("token-1");
		}
		assertThat(this.fleet.requests).isEqualTo(1);
		assertThat(this.fleet.store.writes).isEqualTo(1);
	}

	@Test
	void aTokenAtHandIsHandedOutWithoutALookAtTheStore() {
		SharedTokenFleet.Instance instance = this.fleet.start();
		instance.obtain();
		for (int i = 0; i < 1_000; i++) {
			assertThat(instance.handOut()).isEqualTo("token-1");
			if (this.fleet.now().compareTo(Duration.ofMinutes(40)) > 0) {
				break;
			}
		}
		assertThat(this.fleet.store.reads).isEqualTo(1);
	}

	@Test
	void aTokenThatIsTakenHasItsTrueAge() {
		Instant requested = issuedAt(this.fleet.start().obtain());
		this.fleet.advance(Duration.ofMinutes(30));
		SharedTokenFleet.Instance other = this.fleet.start();
		CachedAccessToken taken = other.obtain();
		assertThat(other.lastWait).isLessThan(SHARED_WITHIN);
		assertThat(issuedAt(taken)).isEqualTo(requested);
		assertThat(taken.accessToken().getExpiresAt()).isEqualTo(requested.plus(Duration.ofHours(1)));
		assertThat(other.cache.state().timeToLive(other.cache.clock())).isLessThan(Duration.ofMinutes(30));
		other.clockOffset = Duration.ofHours(-2);
		this.fleet.advance(Duration.ofMinutes(30));
		assertThat(other.cache.handOut()).as("also by the monotonic clock").isNull();
	}

	@Test
	void aTokenThatIsTakenKeepsItsScopes() {
		assertThat(this.fleet.start().obtain().accessToken().getScopes()).containsExactlyInAnyOrder("read", "write");
		assertThat(this.fleet.start().obtain().accessToken().getScopes()).containsExactlyInAnyOrder("read", "write");
		assertThat(this.fleet.requests).isEqualTo(1);
	}

	@Test
	void theLifeStartsWhenTheRequestIsSent() {
		this.fleet.storeTime = null;
		CachedAccessToken token = this.fleet.start().obtain();
		assertThat(issuedAt(token).toEpochMilli() % 100_000).as("after three seconds of the store").isEqualTo(3_000);
	}

	@Test
	void theFirstWhoRenewsRenewsForAll() {
		for (int i = 0; i < 10; i++) {
			this.fleet.start();
		}
		this.fleet.run(Duration.ofHours(1));
		assertThat(this.fleet.requests).isLessThan(10 + 5);
		int requests = this.fleet.requests;
		this.fleet.run(Duration.ofMinutes(40));
		assertThat(this.fleet.requests).isLessThanOrEqualTo(requests + 2);
		assertThat(this.fleet.instances).allSatisfy((instance) -> assertThat(instance.shared()).isPositive());
	}

	@Test
	void aUsableTokenIsNotReplacedByOneWhoseRenewalIsDueToo() {
		this.fleet.store.writeFailure = new IllegalStateException("test");
		SharedTokenFleet.Instance first = this.fleet.start();
		first.obtain();
		this.fleet.advance(Duration.ofSeconds(1));
		this.fleet.store.writeFailure = null;
		assertThat(this.fleet.start().value()).isEqualTo("token-2");
		this.fleet.advance(Duration.ofMinutes(46));
		assertThat(first.handOut()).isEqualTo("token-1");
		assertThat(first.handOut()).isEqualTo("token-3");
	}

	@Test
	void withoutATokenOneWhoseRenewalIsDueIsTakenAndRenewedInTheBackground() {
		this.fleet.start().obtain();
		this.fleet.advance(Duration.ofMinutes(50));
		this.fleet.endpointFailure = new IllegalStateException("test");
		SharedTokenFleet.Instance other = this.fleet.start();
		assertThat(other.value()).isEqualTo("token-1");
		assertThat(this.fleet.requests).isEqualTo(1);
		assertThat(other.handOut()).isEqualTo("token-1");
		assertThat(this.fleet.requests).isEqualTo(2);
		this.fleet.endpointFailure = null;
		assertThat(other.handOut()).isEqualTo("token-1");
		assertThat(other.handOut()).isEqualTo("token-3");
	}

	@Test
	void aTokenThatMayExpireOnTheWayIsNotTaken() {
		this.fleet.start().obtain();
		this.fleet.advance(Duration.ofHours(1).minusSeconds(5));
		assertThat(this.fleet.start().value()).isEqualTo("token-2");
	}

	@Test
	void aTokenOfTheFutureIsNotTaken() {
		this.fleet.start().obtain();
		SharedTokenFleet.Instance other = this.fleet.start();
		other.clockOffset = Duration.ofMinutes(-1);
		assertThat(other.value()).isEqualTo("token-2");
	}

	@Test
	void aRefusedTokenDoesNotComeBack() {
		SharedTokenFleet.Instance first = this.fleet.start();
		SharedTokenFleet.Instance second = this.fleet.start();
		CachedAccessToken refused = first.obtain();
		assertThat(second.obtain().hasValueOf(refused)).isTrue();
		first.cache.evict(refused);
		assertThat(first.value()).isEqualTo("token-2");
		second.cache.evict(refused);
		assertThat(second.value()).isEqualTo("token-2");
		assertThat(this.fleet.requests).isEqualTo(2);
	}

	@Test
	void aTokenThatIsOlderThanTheRefusedOneIsNotTaken() {
		this.fleet.start().obtain();
		this.fleet.store.readFailure = new IllegalStateException("test");
		this.fleet.store.writeFailure = new IllegalStateException("test");
		this.fleet.advance(Duration.ofMinutes(1));
		SharedTokenFleet.Instance second = this.fleet.start();
		CachedAccessToken refused = second.obtain();
		this.fleet.store.readFailure = null;
		second.cache.evict(refused);
		assertThat(second.value()).isEqualTo("token-3");
	}

	@Test
	void theTokenThatTheEndpointIssuedToAnotherOnceMoreIsNotTakenInItsOwnPlace() {
		SharedTokenFleet.Instance first = this.fleet.start();
		CachedAccessToken refused = first.obtain();
		SharedAccessToken store = new SharedAccessToken(this.fleet.store, TokenSimulation.REGISTRATION, Sync::new);
		this.fleet.advance(Duration.ofMinutes(1));
		CachedAccessToken again = new CachedAccessToken(refused.accessToken(), 0,
				issuedAt(refused).plusSeconds(30).toEpochMilli(), 0.75);
		this.fleet.store.entries.clear();
		store.orElse(Mono.just(again), "secret", null, outcomes(first)).subscribe();
		assertThat(this.fleet.store.entries).hasSize(1);
		first.cache.evict(refused);
		assertThat(first.value()).isEqualTo("token-2");
	}

	private static FetchOutcomeFactory outcomes(SharedTokenFleet.Instance instance) {
		return new FetchOutcomeFactory(TokenSimulation.ACCOUNT, TokenSimulation.REGISTRATION, 0.75,
				instance.cache.clock(), () -> 0.5);
	}

	@Test
	void anEntryIsThatOfItsClientSecretScopeAndEndpointOnly() {
		ClientRegistration registration = TokenSimulation.REGISTRATION;
		this.fleet.start(registration, "secret").obtain();
		this.fleet.start(registration, "other secret").obtain();
		this.fleet.start(copy().clientId("other-client").build(), "secret").obtain();
		this.fleet.start(copy().scope("read", "write").build(), "secret").obtain();
		this.fleet.start(copy().tokenUri("https://auth.example.com/other").build(), "secret").obtain();
		assertThat(this.fleet.requests).isEqualTo(5);
		assertThat(this.fleet.store.entries).hasSize(5);
		this.fleet.start(copy().scope("write", "read").build(), "secret").obtain();
		assertThat(this.fleet.requests).as("the order of scopes means nothing").isEqualTo(5);
	}

	private static ClientRegistration.Builder copy() {
		return ClientRegistration.withClientRegistration(TokenSimulation.REGISTRATION);
	}

	@Test
	void whoReadsTheStoreLearnsNothing() {
		SharedTokenFleet.Instance instance = this.fleet.start();
		instance.obtain();
		String name = this.fleet.store.name();
		String value = (String) Objects.requireNonNull(this.fleet.store.entries.get(name));
		assertThat(name).matches("a55:client:[A-Za-z0-9_-]{16}");
		assertThat(value).matches("[A-Za-z0-9+/]+=*");
		assertThat(decoded(value)).doesNotContain("token-1", "secret", "3600");
		this.fleet.store.entries.clear();
		this.fleet.requests = 0;
		this.fleet.start().obtain();
		String next = (String) Objects.requireNonNull(this.fleet.store.entries.get(name));
		assertThat(next.substring(0, 16)).as("no initialization vector twice").isNotEqualTo(value.substring(0, 16));
	}

	private static String decoded(String value) {
		return new String(Base64.getDecoder().decode(value), StandardCharsets.ISO_8859_1);
	}

	@Test
	void callersDoNotWaitForTheWrite() {
		this.fleet.storeTime = Duration.ofMillis(900);
		SharedTokenFleet.Instance instance = this.fleet.start();
		instance.obtain();
		assertThat(instance.lastWait).isEqualTo(Duration.ofMillis(1_200));
		assertThat(this.fleet.store.entries).isEmpty();
		this.fleet.advance(Duration.ofMillis(900));
		assertThat(this.fleet.store.entries).hasSize(1);
	}

	@Test
	void theTimeOfTheStoreDoesNotCountAgainstThatOfTheTokenEndpoint() {
		this.fleet.storeTime = null;
		this.fleet.endpointTime = SharedTokenFleet.TIMEOUT.minusMillis(1);
		SharedTokenFleet.Instance instance = this.fleet.start();
		assertThat(instance.value()).isEqualTo("token-1");
		assertThat(instance.lastWait).isEqualTo(Duration.ofMillis(12_999));
	}

	@Test
	void noCallerWaitsLongerThanBothLimitsTogether() {
		this.fleet.storeTime = null;
		this.fleet.endpointTime = null;
		SharedTokenFleet.Instance instance = this.fleet.start();
		assertThatExceptionOfType(ClientAuthorizationException.class).isThrownBy(instance::obtain)
			.withMessageContaining("did not respond within 10000 ms (a55.token.timeout)");
		assertThat(instance.lastWait).isEqualTo(Duration.ofSeconds(13));
	}

	@Test
	void aRenewalWaitsForTheStoreForOneSecond() {
		SharedTokenFleet.Instance instance = this.fleet.start();
		instance.obtain();
		this.fleet.advance(Duration.ofMinutes(46));
		this.fleet.storeTime = null;
		instance.cache.handOut();
		this.fleet.advance(Duration.ofMillis(999));
		assertThat(this.fleet.requests).isEqualTo(1);
		this.fleet.advance(Duration.ofMillis(1));
		assertThat(this.fleet.requests).isEqualTo(2);
	}

	@Test
	void theStoreIsUsedOnDaemonThreadsOfTheStarterOnly() throws Exception {
		AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
		SharedTokenFleet.Store store = new SharedTokenFleet.Store() {

			@Override
			protected @Nullable Object lookup(Object key) {
				thread.set(Thread.currentThread());
				return null;
			}

		};
		SharedTokenFleet.Instance instance = this.fleet.start();
		instance.obtain();
		CachedAccessToken token = Objects.requireNonNull(instance.cache.handOut());
		assertThat(new SharedAccessToken(store, TokenSimulation.REGISTRATION)
			.orElse(Mono.just(token), "secret", null, outcomes(instance))
			.toFuture()
			.get(1, TimeUnit.MINUTES)).isSameAs(token);
		assertThat(thread.get()).isNotNull().satisfies((user) -> {
			assertThat(user.getName()).isEqualTo("a55-token-cache");
			assertThat(user.isDaemon()).isTrue();
		});
	}

	@Test
	void warnsOfACacheThatIsLocalToTheProcess(CapturedOutput output) {
		for (Cache local : List.of(new ConcurrentMapCache("local"), new NoOpCache("none"))) {
			new SharedAccessToken(local, TokenSimulation.REGISTRATION);
			assertThat(output).containsOnlyOnce("The cache '" + local.getName()
					+ "' (a55.token.cache) does not leave this process, so no other instance shares its A55 access token");
		}
		this.fleet.start();
		assertThat(output).doesNotContain("'a55-token'");
	}

	private static Instant issuedAt(CachedAccessToken token) {
		return Objects.requireNonNull(token.accessToken().getIssuedAt());
	}

	private static final class Sync extends Thread {

		Sync(Runnable task) {
			super(task);
		}

		@Override
		@SuppressWarnings("DoNotCall")
		public synchronized void start() {
			run();
		}

	}

}
