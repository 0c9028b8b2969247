package tech.a55.spring.boot.token;

import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SharedAccessToken} where the store, the token endpoint, the API or a
 * clock fails, in virtual time.
 */
@ExtendWith(OutputCaptureExtension.class)
class SharedTokenFailureTests {

	private static final String CANNOT_BE_READ = "The cache 'a55-token' (a55.token.cache) cannot be read, so the A55 "
			+ "access token is not shared: ";

	private static final String CANNOT_BE_WRITTEN = "The cache 'a55-token' (a55.token.cache) cannot be written, so the "
			+ "A55 access token is not shared: ";

	private static final String WORKS_AGAIN = "The cache 'a55-token' shares the A55 access token again";

	private final SharedTokenFleet fleet = new SharedTokenFleet();

	@AfterEach
	void close() {
		this.fleet.close();
	}

	/**
	 * What may be wrong with the store, or with the entry that it holds.
	 */
	@SuppressWarnings("ImmutableEnumChecker")
	enum Broken {

		THROWS((fleet) -> {
			fleet.store.readFailure = new IllegalStateException("no connection");
			fleet.store.writeFailure = new IllegalStateException("no connection");
		}, "java.lang.IllegalStateException: no connection"),

		HANGS((fleet) -> fleet.storeTime = null, "no response within"),

		SLOW((fleet) -> fleet.storeTime = Duration.ofSeconds(2), "no response within 1000 ms"),

		GARBAGE((fleet) -> replace(fleet, "garbage"), "holds no token of this client"),

		TRUNCATED((fleet) -> replace(fleet, entry(fleet).substring(0, 24)), "holds no token of this client"),

		TAMPERED((fleet) -> {
			byte[] value = Base64.getDecoder().decode(entry(fleet));
			value[20] ^= 1;
			replace(fleet, Base64.getEncoder().encodeToString(value));
		}, "holds no token of this client"),

		FOREIGN_KEY((fleet) -> {
			String name = fleet.store.name();
			fleet.store.entries.clear();
			fleet.start(TokenSimulation.REGISTRATION, "foreign").obtain();
			String foreign = entry(fleet);
			fleet.store.entries.clear();
			fleet.store.entries.put(name, foreign);
			fleet.instances.remove(fleet.instances.size() - 1).cache.destroy();
		}, "holds no token of this client"),

		EMPTY((fleet) -> replace(fleet, ""), "holds no token of this client"),

		NO_TEXT((fleet) -> replace(fleet, 42), "is no text");

		private final Consumer<SharedTokenFleet> defect;

		private final String reason;

		Broken(Consumer<SharedTokenFleet> defect, String reason) {
			this.defect = defect;
			this.reason = reason;
		}

		private static String entry(SharedTokenFleet fleet) {
			return (String) Objects.requireNonNull(fleet.store.entries.get(fleet.store.name()));
		}

		private static void replace(SharedTokenFleet fleet, Object value) {
			fleet.store.entries.put(fleet.store.name(), value);
		}

	}

	@ParameterizedTest
	@EnumSource
	@DisplayName("Row 30: the store fails")
	void noRenewalWaitsForAStoreThatFails(Broken broken, CapturedOutput output) {
		for (int i = 0; i < 10; i++) {
			this.fleet.start().obtain();
		}
		this.fleet.run(Duration.ofMinutes(30));
		broken.defect.accept(this.fleet);
		int requests = this.fleet.requests;
		this.fleet.run(Duration.ofMinutes(20));
		assertThat(this.fleet.waits).isZero();
		assertThat(this.fleet.failures).isZero();
		assertThat(this.fleet.requests - requests).isBetween(1, 10);
		assertThat(output).contains("cannot be read, so the A55 access token is not shared: ")
			.contains(broken.reason)
			.doesNotContain("token-", "secret");
	}

	@ParameterizedTest
	@EnumSource
	void anInstanceThatStartsAsksTheEndpointIfTheStoreFails(Broken broken) {
		this.fleet.start().obtain();
		broken.defect.accept(this.fleet);
		int requests = this.fleet.requests;
		SharedTokenFleet.Instance instance = this.fleet.start();
		instance.obtain();
		boolean slow = broken == Broken.SLOW;
		assertThat(this.fleet.requests - requests).as("two seconds are not too much for it").isEqualTo(slow ? 0 : 1);
		assertThat(instance.lastWait).isLessThanOrEqualTo(Duration.ofMillis(3_300));
	}

	@Test
	void anEntryThatCannotBeReadIsReplaced(CapturedOutput output) {
		this.fleet.start().obtain();
		Broken.GARBAGE.defect.accept(this.fleet);
		this.fleet.start().obtain();
		assertThat(this.fleet.start().value()).isEqualTo("token-2");
		assertThat(output).containsOnlyOnce(CANNOT_BE_READ);
	}

	@Test
	void theEntryOfAnotherVersionIsLeftAlone(CapturedOutput output) {
		this.fleet.start().obtain();
		String name = this.fleet.store.name();
		String other = name.substring(0, name.length() - 16) + "0123456789abcdef";
		this.fleet.store.entries.put(other, "of another version");
		this.fleet.store.entries.remove(name);
		assertThat(this.fleet.start().value()).isEqualTo("token-2");
		assertThat(this.fleet.store.entries).containsEntry(other, "of another version").containsKey(name);
		assertThat(output).doesNotContain("a55.token.cache");
	}

	@ParameterizedTest
	@ValueSource(ints = { -5, 5 })
	void aClockThatIsWrongCostsFewRequestsAndNoCall(int minutes) {
		for (int i = 0; i < 10; i++) {
			this.fleet.start();
		}
		this.fleet.instances.get(3).clockOffset = Duration.ofMinutes(minutes);
		this.fleet.run(Duration.ofHours(1));
		int requests = this.fleet.requests;
		int waits = this.fleet.waits;
		this.fleet.run(Duration.ofHours(10));
		assertThat(this.fleet.requests - requests).as("14 turns, in which the one with the wrong clock may ask too")
			.isLessThanOrEqualTo(14 * 2 + 2);
		assertThat(this.fleet.waits).isEqualTo(waits);
		assertThat(this.fleet.failures).isZero();
		assertThat(this.fleet.expired).isZero();
	}

	@Test
	void eachHalfSharesItsTokenWhileTheSecretIsRotated() {
		for (int i = 0; i < 10; i++) {
			this.fleet.start();
		}
		this.fleet.run(Duration.ofMinutes(30));
		for (int i = 0; i < 5; i++) {
			this.fleet.instances.get(i).secret = "rotated";
		}
		int requests = this.fleet.requests;
		int waits = this.fleet.waits;
		this.fleet.run(Duration.ofMinutes(45));
		assertThat(this.fleet.requests - requests).isBetween(2, 4);
		assertThat(this.fleet.store.entries).hasSize(2);
		assertThat(this.fleet.waits).isEqualTo(waits);
		assertThat(this.fleet.failures).isZero();
	}

	@Test
	void aTokenThatIsRevokedForAllIsReplacedForAll() {
		for (int i = 0; i < 50; i++) {
			this.fleet.start();
		}
		this.fleet.instances.get(0).obtain();
		this.fleet.run(Duration.ofSeconds(10));
		this.fleet.revoked.add("token-1");
		int requests = this.fleet.requests;
		this.fleet.run(Duration.ofSeconds(10));
		assertThat(this.fleet.refusals).isGreaterThanOrEqualTo(50);
		assertThat(this.fleet.failures).isZero();
		assertThat(this.fleet.requests - requests).as("those refused while the first one asked")
			.isLessThanOrEqualTo(25);
		assertThat(this.fleet.instances)
			.allSatisfy((instance) -> assertThat(instance.handOut()).isNotEqualTo("token-1"));
	}

	@Test
	void anInstanceThatStartsWhileTheEndpointIsDownTakesTheTokenOfTheOthers() {
		this.fleet.start().obtain();
		this.fleet.endpointFailure = new IllegalStateException("test");
		this.fleet.advance(Duration.ofMinutes(20));
		for (int i = 0; i < 10; i++) {
			assertThat(this.fleet.start().value()).isEqualTo("token-1");
		}
		this.fleet.run(Duration.ofMinutes(39));
		assertThat(this.fleet.failures).isZero();
		assertThat(this.fleet.waits).isZero();
	}

	@Test
	void aTokenOfAnotherEndsAFailureOfTheEndpoint(CapturedOutput output) {
		this.fleet.endpointFailure = new IllegalStateException("test");
		SharedTokenFleet.Instance instance = this.fleet.start();
		instance.makeCall();
		this.fleet.advance(Duration.ofSeconds(5));
		assertThat(this.fleet.failures).isEqualTo(1);
		assertThat(output).contains("No access token for A55");
		this.fleet.endpointFailure = null;
		this.fleet.start().obtain();
		assertThat(instance.value()).isEqualTo("token-2");
		assertThat(output).containsOnlyOnce("Another instance has shared an A55 access token")
			.doesNotContain("issues access tokens again");
	}

	@Test
	void aStoreThatIsLostInMidLifeAndComesBackSharesAgain(CapturedOutput output) {
		for (int i = 0; i < 10; i++) {
			this.fleet.start().obtain();
		}
		this.fleet.run(Duration.ofMinutes(20));
		Broken.THROWS.defect.accept(this.fleet);
		this.fleet.store.entries.clear();
		this.fleet.run(Duration.ofMinutes(40));
		int requests = this.fleet.requests;
		assertThat(requests).as("each has asked for itself").isEqualTo(11);
		this.fleet.store.readFailure = null;
		this.fleet.store.writeFailure = null;
		this.fleet.run(Duration.ofMinutes(45));
		assertThat(this.fleet.requests - requests).isBetween(1, 3);
		assertThat(this.fleet.waits).isZero();
		assertThat(count(output, CANNOT_BE_READ)).isEqualTo(10);
		assertThat(count(output, WORKS_AGAIN)).isEqualTo(10);
	}

	@Test
	void tellsOnceThatTheStoreCannotBeWrittenAlthoughItCanBeRead(CapturedOutput output) {
		this.fleet.store.writeFailure = new IllegalStateException("read only");
		SharedTokenFleet.Instance instance = this.fleet.start();
		for (int i = 0; i < 5; i++) {
			instance.obtain();
			this.fleet.advance(Duration.ofHours(1));
		}
		assertThat(this.fleet.requests).isEqualTo(5);
		assertThat(count(output, CANNOT_BE_WRITTEN + "java.lang.IllegalStateException: read only")).isEqualTo(1);
		assertThat(output).doesNotContain(WORKS_AGAIN);
		this.fleet.store.writeFailure = null;
		instance.obtain();
		assertThat(output).containsOnlyOnce(WORKS_AGAIN);
	}

	@Test
	void aStoreThatHangsKeepsThreeThreadsAndIsNotWaitedForAnyMore(CapturedOutput output) {
		this.fleet.storeTime = null;
		SharedTokenFleet.Instance instance = this.fleet.start();
		Duration[] waits = new Duration[4];
		for (int i = 0; i < 4; i++) {
			instance.obtain();
			waits[i] = instance.lastWait;
			this.fleet.advance(Duration.ofHours(1));
		}
		assertThat(Arrays.asList(waits)).containsExactly(Duration.ofMillis(3_300), Duration.ofMillis(3_300),
				Duration.ofMillis(300), Duration.ofMillis(300));
		assertThat(output).containsOnlyOnce(
				CANNOT_BE_READ + "java.util.concurrent.TimeoutException: no response within " + "3000 ms");
	}

	private static int count(CapturedOutput output, String text) {
		return output.toString().split(Pattern.quote(text), -1).length - 1;
	}

}
