package tech.a55.host;

import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.web.SecurityFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

class HostTests extends AbstractOAuth2ClientTests {

	HostTests() {
		super(Application.class);
	}

	@Test
	void beansOfTheHostAreTheOnlyOnes() {
		for (Class<?> type : List.of(ClientRegistrationRepository.class, OAuth2AuthorizedClientService.class,
				OAuth2AuthorizedClientRepository.class, SecurityFilterChain.class)) {
			assertThat(context().getBeanNamesForType(type)).as(type.getName()).hasSize(1);
		}
		ClientRegistrationRepository registrations = context().getBean(ClientRegistrationRepository.class);
		assertThat(registrations.findByRegistrationId("service").getClientId()).isEqualTo("service");
		assertThat(registrations.findByRegistrationId("a55")).isNull();
	}

	@Test
	void unqualifiedManagerIsTheOneOfSpringSecurity() {
		assertThat(context().getBean(Application.class).manager())
			.isInstanceOf(DefaultOAuth2AuthorizedClientManager.class);
		NeedsManagers needs = (NeedsManagers) context().getAutowireCapableBeanFactory()
			.autowire(NeedsManagers.class, AutowireCapableBeanFactory.AUTOWIRE_CONSTRUCTOR, false);
		assertThat(needs.managers()).containsExactly(context().getBean(Application.class).manager());
	}

	record NeedsManagers(List<OAuth2AuthorizedClientManager> managers) {
	}

}
