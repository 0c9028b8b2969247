package tech.a55.host;

import org.junit.jupiter.api.Test;
import org.mockito.Answers;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.when;

@SpringBootTest
class MockedClientTests {

	@MockitoBean(answers = Answers.RETURNS_DEEP_STUBS)
	WebClient a55WebClient;

	@Test
	void findsAWalletWithoutCredentials(@Autowired Wallets wallets) {
		JsonNode answer = JsonNodeFactory.instance.objectNode();
		when(this.a55WebClient.get().uri(anyString(), eq("ana@example.com")).retrieve().bodyToMono(JsonNode.class))
			.thenReturn(Mono.just(answer));
		assertThat(wallets.findByEmail("ana@example.com").block()).isSameAs(answer);
	}

}
