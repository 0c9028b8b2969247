package tech.a55.host;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestContextManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@ExtendWith(OutputCaptureExtension.class)
class A55FailureAnalysisTests {

	@ParameterizedTest
	@ValueSource(classes = { Slice.class, SliceWithCredentials.class })
	void sliceThatLacksTheClientIsToldWhatHelps(Class<?> slice, CapturedOutput output) {
		assertThatIllegalStateException()
			.isThrownBy(() -> new TestContextManager(slice).getTestContext().getApplicationContext());
		assertThat(output)
			.contains("The A55 starter is not part of this context", "(@MockitoBean WebClient a55WebClient)",
					"@ImportAutoConfiguration(A55AutoConfiguration.class)")
			.doesNotContain("Set both");
	}

	@WebMvcTest
	@Import(NeedsA55.class)
	static class Slice {

	}

	@WebMvcTest(properties = { "a55.client-id=any", "a55.client-secret=any" })
	@Import(NeedsA55.class)
	static class SliceWithCredentials {

	}

}
