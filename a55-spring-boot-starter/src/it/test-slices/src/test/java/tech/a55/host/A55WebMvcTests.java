package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.ApplicationContext;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

import static org.assertj.core.api.Assertions.assertThat;

@WebMvcTest
class A55WebMvcTests {

	@Test
	void startsWithoutCredentials(@Autowired MockMvcTester mvc, @Autowired ApplicationContext context) {
		assertThat(mvc.get().uri("/wallet")).hasStatusOk().bodyJson().extractingPath("id").isEqualTo("w1");
		assertThat(context.getBeanDefinitionNames()).noneMatch((name) -> name.startsWith("a55"));
	}

}
