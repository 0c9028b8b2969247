package tech.a55.host;

import org.junit.jupiter.api.Test;
import tech.a55.spring.boot.autoconfigure.A55AutoConfiguration;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

@WebMvcTest(properties = { "a55.client-id=any", "a55.client-secret=any" })
@ImportAutoConfiguration(A55AutoConfiguration.class)
@Import(NeedsA55.class)
class A55ImportedWebMvcTests {

	@Test
	void sliceGetsTheClientThatTheFailureAnalysisAdvises(@Autowired NeedsA55 needsA55) {
		assertThat(needsA55.a55WebClient()).isNotNull();
	}

}
