package tech.a55.spring.boot.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of the
 * {@link OAuth2AuthorizedClientManager} for A55, to be injected by the qualifier
 * {@code a55AuthorizedClientManager}.
 * <p>
 * Spring Security registers a manager for the application unless it finds one, however
 * well hidden. This auto-configuration is the last of all, so that its registrar runs
 * after Spring Security's.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = A55AutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnBean(name = "a55AccessTokenCache")
@Import(A55AuthorizedClientManagerRegistrar.class)
public final class A55AuthorizedClientManagerAutoConfiguration {

}
