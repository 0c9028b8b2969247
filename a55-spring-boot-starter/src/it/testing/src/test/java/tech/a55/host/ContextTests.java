package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(properties = { "a55.client-id=any", "a55.client-secret=any" })
class ContextTests {

	@Test
	void startsWithCredentialsThatAreNone(@Autowired Wallets wallets) {
		assertThat(wallets).isNotNull();
	}

}
