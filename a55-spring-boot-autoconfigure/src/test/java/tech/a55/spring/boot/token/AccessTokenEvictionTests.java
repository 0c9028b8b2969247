package tech.a55.spring.boot.token;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the eviction of a token that A55 refuses, in virtual time.
 */
class AccessTokenEvictionTests {

	private final TokenSimulation simulation = new TokenSimulation();

	private final AccessTokenCache cache = this.simulation.cache;

	@AfterEach
	void close() {
		this.simulation.close();
	}

	@Test
	@DisplayName("Row 11: a late 401 for the old token")
	void evictsOnlyTheTokenThatWasRefused() {
		CachedAccessToken first = this.simulation.call();
		this.cache.evict(first);
		assertThat(this.cache.handOut()).isNull();
		CachedAccessToken second = this.simulation.call();
		assertThat(this.simulation.value(second)).isEqualTo("token-2");
		this.cache.evict(first);
		assertThat(this.cache.handOut()).isSameAs(second);
		assertThat(this.simulation.fetches).hasValue(2);
	}

}
