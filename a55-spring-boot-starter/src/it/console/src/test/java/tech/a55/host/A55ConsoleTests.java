package tech.a55.host;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class A55ConsoleTests {

	/**
	 * The port of the application is taken: one that opened it would not start.
	 */
	@Test
	void callsOpensNoPortAndEnds() throws IOException {
		try (A55Simulator a55 = new A55Simulator();
				ServerSocket port = new ServerSocket(0);
				ApplicationProcess application = start(a55.args("--server.port=" + port.getLocalPort()))) {
			assertThat(application.awaitExit()).as(application.output()).isZero();
			assertThat(application.output()).contains("type: NONE", "answer: ok", "token: token-1");
			assertThat(a55.tokenRequests()).isOne();
		}
	}

	@Test
	void startsNoThreadBeforeTheFirstCall() {
		try (A55Simulator a55 = new A55Simulator(); ApplicationProcess application = start(a55.args())) {
			assertThat(application.await("threads: (.*)").group(1)).isEqualTo("[main]");
		}
	}

	@Test
	void loadsNoClassOfASharedTokenAndNoCacheUnlessOneIsNamed() {
		try (A55Simulator a55 = new A55Simulator();
				ApplicationProcess application = ApplicationProcess
					.start(List.of("-Xlog:class+load", ConsoleApplication.class.getName()), a55.args())) {
			assertThat(application.awaitExit()).isZero();
			assertThat(application.output()).contains("token: token-1", "tech.a55.spring.boot.token.AccessTokenRequest ")
				.doesNotContain("SharedAccessToken", "SharedTokenCache", "org.springframework.cache.");
		}
	}

	/**
	 * Without Boot's thread that loads classes ahead and may be over or not.
	 */
	private static ApplicationProcess start(String... args) {
		return ApplicationProcess
			.start(List.of("-Dspring.backgroundpreinitializer.ignore=true", ConsoleApplication.class.getName()), args);
	}

}
