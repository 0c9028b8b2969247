package tech.a55.host;

import java.net.http.HttpResponse;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class A55AheadOfTimeTests {

	@Test
	void sampleStartsAndCalls() {
		try (ApplicationProcess application = ApplicationProcess
			.start(List.of("-Dspring.aot.enabled=true", "tech.a55.sample.A55SampleApplication"), "--server.port=0")) {
			application.await("Starting AOT-processed A55SampleApplication");
			int port = Integer.parseInt(application.await("Netty started on port (\\d+)").group(1));
			HttpResponse<String> wallets = Browser.notFollowing(port).get("/wallets", "Accept", "application/json");
			assertThat(wallets.body()).contains("wallet_uuid");
			assertThat(wallets.statusCode()).isEqualTo(200);
			HttpResponse<String> charges = Browser.notFollowing(port).get("/charges", "Accept", "application/json");
			assertThat(charges.body()).contains("\"charges\"");
			assertThat(charges.statusCode()).isEqualTo(200);
		}
	}

	@Test
	void managerIsThereByItsName() {
		try (ApplicationProcess application = ApplicationProcess
			.start(List.of("-Dspring.aot.enabled=true", "tech.a55.host.AuthorizingSample"), "--server.port=0")) {
			application.await("Starting AOT-processed A55SampleApplication");
			application.await("authorized with Bearer");
			assertThat(application.awaitExit()).isZero();
		}
	}

}
