package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.restclient.test.autoconfigure.AutoConfigureMockRestServiceServer;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.http.MediaType;
import org.springframework.test.web.client.MockRestServiceServer;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.client.match.MockRestRequestMatchers.requestTo;
import static org.springframework.test.web.client.response.MockRestResponseCreators.withSuccess;

@SpringBootTest(properties = { "a55.client-id=test", "a55.client-secret=test", "a55.rest-client.enabled=true" })
@AutoConfigureMockRestServiceServer
class MockServerTests {

	@Test
	void mockServerSeesTheRequestsOfTheRestClient(@Autowired RestClient a55RestClient,
			@Autowired MockRestServiceServer server) {
		server.expect(requestTo("https://core-manager.a55.tech/api/v1/bank/wallet/"))
			.andRespond(withSuccess("mocked", MediaType.TEXT_PLAIN));
		assertThat(a55RestClient.get().uri("bank/wallet/").retrieve().body(String.class)).isEqualTo("mocked");
		server.verify();
	}

}
