package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.restclient.test.autoconfigure.AutoConfigureMockRestServiceServer;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.http.MediaType;
import org.springframework.test.web.client.MockRestServiceServer;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.client.match.MockRestRequestMatchers.requestTo;
import static org.springframework.test.web.client.response.MockRestResponseCreators.withSuccess;

@SpringBootTest(properties = { "a55.client-id=test", "a55.client-secret=test" })
@AutoConfigureMockRestServiceServer
class MockServerInterfaceTests {

	@Test
	void mockServerSeesTheRequestsOfAnInterface(@Autowired WalletService wallets,
			@Autowired MockRestServiceServer server) {
		server.expect(requestTo("https://core-manager.a55.tech/api/v1/bank/wallet/"))
			.andRespond(withSuccess("mocked", MediaType.TEXT_PLAIN));
		assertThat(wallets.get()).isEqualTo("mocked");
		server.verify();
	}

	@TestConfiguration(proxyBeanMethods = false)
	@ImportHttpServices(group = "a55", types = WalletService.class)
	static class Interfaces {

	}

	interface WalletService {

		@GetExchange("bank/wallet/")
		String get();

	}

}
