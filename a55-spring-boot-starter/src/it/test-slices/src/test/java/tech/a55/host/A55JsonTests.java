package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.autoconfigure.json.JsonTest;
import org.springframework.boot.test.json.JacksonTester;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

@JsonTest
class A55JsonTests {

	@Autowired
	private JacksonTester<Application.Wallet> json;

	@Test
	void startsWithoutCredentials(@Autowired ApplicationContext context) throws Exception {
		assertThat(this.json.write(new Application.Wallet("w1"))).isEqualToJson("{\"id\":\"w1\"}");
		assertThat(context.getBeanDefinitionNames()).noneMatch((name) -> name.startsWith("a55"));
	}

}
