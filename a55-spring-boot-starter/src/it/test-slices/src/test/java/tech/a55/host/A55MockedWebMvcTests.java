package tech.a55.host;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

@WebMvcTest
@Import(NeedsA55.class)
class A55MockedWebMvcTests {

	@MockitoBean
	private WebClient a55WebClient;

	@Test
	void sliceGetsTheMockThatTheFailureAnalysisAdvises(@Autowired NeedsA55 needsA55) {
		assertThat(needsA55.a55WebClient()).isSameAs(this.a55WebClient);
	}

}
