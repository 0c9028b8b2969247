package tech.a55.spring.boot.autoconfigure;

import java.util.List;
import java.util.Objects;

import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.HttpSessionOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;

/**
 * Tests for the bean {@code a55AuthorizedClientManager}, beside the managers of the host
 * and of Spring Security.
 */
class A55AuthorizedClientManagerTests {

	@RegisterExtension
	static final WireMockExtension server = TestA55.server();

	private final WebApplicationContextRunner hostRunner = new WebApplicationContextRunner()
		.withConfiguration(TestA55.AUTO_CONFIGURATIONS)
		.withConfiguration(AutoConfigurations.of(WebMvcAutoConfiguration.class));

	private final String[] a55 = { "a55.client-id=test", "a55.client-secret=test",
			"a55.base-url=" + server.url("/api/v1/"), "a55.token-uri=" + server.url(TestA55.TOKEN_PATH) };

	@Test
	void managerIsRegisteredForTheHostByItsOwnSecurityAsWithoutUs() {
		assertHostKeepsItsManager(this.hostRunner.withUserConfiguration(OwnSecurity.class));
	}

	@Test
	void managerIsRegisteredForTheHostByBootsSecurityAsWithoutUs() {
		assertHostKeepsItsManager(this.hostRunner
			.withConfiguration(
					AutoConfigurations.of(SecurityAutoConfiguration.class, ServletWebSecurityAutoConfiguration.class))
			.withUserConfiguration(HostClients.class));
	}

	@Test
	void registeredClientOfTheHostResolves() {
		server.stubFor(WireMock.post("/host/token").willReturn(WireMock.okJson(TestA55.tokenResponse("host-token"))));
		this.hostRunner.withUserConfiguration(OwnSecurity.class, HostController.class)
			.withPropertyValues(this.a55)
			.run((context) -> {
				WebApplicationContext webContext = (WebApplicationContext) context.getSourceApplicationContext();
				MockMvc mvc = MockMvcBuilders.webAppContextSetup(webContext).build();
				assertThat(mvc.perform(get("/token")).andReturn().getResponse().getContentAsString())
					.isEqualTo("host-token");
			});
		server.verify(0, TestA55.TOKEN_REQUEST);
	}

	@Test
	void managerAndWebClientShareOneToken() {
		TestA55.stub(server, "shared-token");
		TestA55.contextRunner(server).run((context) -> {
			OAuth2AuthorizedClient client = authorize(context, "a55", "alice");
			assertThat(client.getAccessToken().getTokenValue()).isEqualTo("shared-token");
			assertThat(client.getPrincipalName()).isEqualTo("alice");
			assertThat(client.getRefreshToken()).isNull();
			assertThat(authorize(context, "a55", "bob").getAccessToken()).isEqualTo(client.getAccessToken());
			assertThat(context.getBean(WebClient.class).get().uri("wallet").retrieve().bodyToMono(String.class).block())
				.isEqualTo("ok");
		});
		server.verify(1, TestA55.TOKEN_REQUEST);
	}

	@Test
	void managerServesNoOtherRegistration() {
		TestA55.contextRunner(server)
			.run((context) -> assertThatIllegalArgumentException().isThrownBy(() -> authorize(context, "host", "alice"))
				.withMessageContainingAll("'a55'", "'host'"));
	}

	@Test
	void managerDoesNotBlockAnEventLoop() {
		TestA55.contextRunner(server)
			.run((context) -> assertThatIllegalStateException()
				.isThrownBy(() -> Mono.fromCallable(() -> authorize(context, "a55", "alice"))
					.subscribeOn(Schedulers.parallel())
					.block())
				.withMessageContaining("a55WebClient"));
	}

	@Test
	void managerIsRegisteredForAChildContextAsWithoutAParent() {
		WebApplicationContextRunner child = this.hostRunner.withUserConfiguration(OwnSecurity.class);
		TestA55.contextRunner(server).run((parent) -> assertHostKeepsItsManager(child, child.withParent(parent)));
	}

	private void assertHostKeepsItsManager(WebApplicationContextRunner runner) {
		assertHostKeepsItsManager(runner, runner);
	}

	private void assertHostKeepsItsManager(WebApplicationContextRunner withoutA55, WebApplicationContextRunner runner) {
		withoutA55.run((without) -> {
			String[] names = without.getBeanNamesForType(OAuth2AuthorizedClientManager.class);
			assertThat(names).hasSize(1);
			runner.withUserConfiguration(NeedsManagers.class).withPropertyValues(this.a55).run((with) -> {
				assertThat(with).hasNotFailed();
				assertThat(with.getBeanNamesForType(OAuth2AuthorizedClientManager.class))
					.containsExactlyInAnyOrder(names[0], "a55AuthorizedClientManager");
				NeedsManagers managers = with.getBean(NeedsManagers.class);
				assertThat(managers.unqualified).isInstanceOf(DefaultOAuth2AuthorizedClientManager.class)
					.isSameAs(with.getBean(names[0]));
				assertThat(managers.all).containsExactly(managers.unqualified);
				assertThat(managers.qualified).isSameAs(with.getBean("a55AuthorizedClientManager"));
			});
		});
	}

	private static OAuth2AuthorizedClient authorize(ApplicationContext context, String registrationId,
			String principal) {
		OAuth2AuthorizedClientManager manager = context.getBean("a55AuthorizedClientManager",
				OAuth2AuthorizedClientManager.class);
		return Objects.requireNonNull(manager
			.authorize(OAuth2AuthorizeRequest.withClientRegistrationId(registrationId).principal(principal).build()));
	}

	@Configuration(proxyBeanMethods = false)
	static class HostClients {

		@Bean
		ClientRegistrationRepository clientRegistrationRepository() {
			return new InMemoryClientRegistrationRepository(ClientRegistration.withRegistrationId("host")
				.clientId("host-client")
				.clientSecret("host-secret")
				.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
				.tokenUri(server.url("/host/token"))
				.build());
		}

		@Bean
		OAuth2AuthorizedClientRepository authorizedClientRepository() {
			return new HttpSessionOAuth2AuthorizedClientRepository();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSecurity
	@Import(HostClients.class)
	static class OwnSecurity {

	}

	@RestController
	static class HostController {

		@GetMapping("/token")
		String token(@RegisteredOAuth2AuthorizedClient("host") OAuth2AuthorizedClient client) {
			return client.getAccessToken().getTokenValue();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsManagers {

		private final OAuth2AuthorizedClientManager unqualified;

		private final List<OAuth2AuthorizedClientManager> all;

		private final OAuth2AuthorizedClientManager qualified;

		NeedsManagers(OAuth2AuthorizedClientManager unqualified, List<OAuth2AuthorizedClientManager> all,
				@Qualifier("a55AuthorizedClientManager") OAuth2AuthorizedClientManager qualified) {
			this.unqualified = unqualified;
			this.all = all;
			this.qualified = qualified;
		}

	}

}
