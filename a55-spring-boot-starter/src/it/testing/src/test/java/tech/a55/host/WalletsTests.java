package tech.a55.host;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(properties = { "a55.client-id=test", "a55.client-secret=test",
		"a55.token-uri=${a55.base-url}/oauth2/token" })
class WalletsTests {

	@RegisterExtension
	static WireMockExtension a55 = WireMockExtension.newInstance().options(options().dynamicPort()).build();

	@DynamicPropertySource
	static void properties(DynamicPropertyRegistry registry) {
		registry.add("a55.base-url", a55::baseUrl);
	}

	@Test
	void findsAWallet(@Autowired Wallets wallets) {
		a55.stubFor(post("/oauth2/token")
			.willReturn(okJson("{\"access_token\":\"t\",\"token_type\":\"Bearer\",\"expires_in\":3600}")));
		a55.stubFor(get(urlPathEqualTo("/bank/wallet/")).withHeader("Authorization", equalTo("Bearer t"))
			.willReturn(okJson("{\"wallets\":[]}")));
		assertThat(wallets.findByEmail("ana@example.com").block().has("wallets")).isTrue();
	}

}
