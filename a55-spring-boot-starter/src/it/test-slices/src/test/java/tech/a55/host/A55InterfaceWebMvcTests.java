package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.Mockito.when;

@WebMvcTest
class A55InterfaceWebMvcTests {

	@MockitoBean
	private Mocked mocked;

	@Test
	void interfaceIsMocked() {
		when(this.mocked.get()).thenReturn("mocked");
		assertThat(this.mocked.get()).isEqualTo("mocked");
	}

	@Test
	void interfaceThatIsNotMockedFailsWithTheReason(@Autowired Wallets wallets) {
		assertThatIllegalStateException().isThrownBy(wallets::get)
			.withMessageContaining("neither 'a55.client-id' nor 'a55.client-secret' is set.");
	}

	@TestConfiguration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = { Mocked.class, Wallets.class })
	static class Interfaces {

	}

	interface Mocked {

		@GetExchange("bank/wallet/")
		String get();

	}

	interface Wallets {

		@GetExchange("bank/wallet/")
		String get();

	}

}
