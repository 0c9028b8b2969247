package tech.a55.host;

import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.ReactiveOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.ReactiveOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.registration.ReactiveClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.server.ServerOAuth2AuthorizedClientRepository;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

class HostTests extends AbstractOAuth2ClientTests {

	HostTests() {
		super(Application.class);
	}

	@Test
	void beansOfTheHostAreTheOnlyOnes() {
		for (Class<?> type : List.of(ReactiveClientRegistrationRepository.class,
				ReactiveOAuth2AuthorizedClientService.class, ServerOAuth2AuthorizedClientRepository.class,
				SecurityWebFilterChain.class)) {
			assertThat(context().getBeanNamesForType(type)).as(type.getName()).hasSize(1);
		}
		ReactiveClientRegistrationRepository registrations = context()
			.getBean(ReactiveClientRegistrationRepository.class);
		assertThat(registrations.findByRegistrationId("service").block().getClientId()).isEqualTo("service");
		assertThat(registrations.findByRegistrationId("a55").blockOptional()).isEmpty();
	}

	@Test
	void managerOfTheHostIsReactiveAndNoOtherIsInjected() {
		assertThat(context().getBeanNamesForType(ReactiveOAuth2AuthorizedClientManager.class)).hasSize(1);
		NeedsManager needs = (NeedsManager) context().getAutowireCapableBeanFactory()
			.autowire(NeedsManager.class, AutowireCapableBeanFactory.AUTOWIRE_CONSTRUCTOR, false);
		assertThat(needs.manager().stream()).isEmpty();
	}

	record NeedsManager(ObjectProvider<OAuth2AuthorizedClientManager> manager) {
	}

}
