package tech.a55.spring.boot.autoconfigure;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * {@link SpringBootCondition} that matches if there is an account: if a client ID or a
 * client secret is set, or anything of another account. If only one of the two is set,
 * that is a mistake to report, not a reason to back off.
 */
final class OnA55CredentialsCondition extends SpringBootCondition {

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionOutcome outcome = outcome(context.getEnvironment());
		return (outcome.isMatch() || accountNames(context.getEnvironment()).isEmpty()) ? outcome : ConditionOutcome
			.match(ConditionMessage.forCondition("A55 credentials").because("'a55.clients' has accounts"));
	}

	private static ConditionOutcome outcome(Environment environment) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("A55 credentials");
		return hasDefaultAccount(environment)
				? ConditionOutcome.match(message.because("'a55.client-id' or 'a55.client-secret' is set"))
				: ConditionOutcome.noMatch(message.because("neither 'a55.client-id' nor 'a55.client-secret' is set"));
	}

	/**
	 * Return the sentence that says why the properties lead to no A55 client, or
	 * {@code null} if they do not.
	 */
	static @Nullable String reasonForNoClient(Environment environment) {
		if (!environment.getProperty("a55.enabled", Boolean.class, true)) {
			return "The A55 starter is disabled (a55.enabled=false).";
		}
		return (hasDefaultAccount(environment) || !accountNames(environment).isEmpty()) ? null
				: "The A55 starter defines no client, because neither 'a55.client-id' nor 'a55.client-secret' is set.";
	}

	static boolean hasDefaultAccount(Environment environment) {
		return environment.containsProperty("a55.client-id") || environment.containsProperty("a55.client-secret");
	}

	/**
	 * Return the names of the other accounts, also those that are not valid.
	 */
	static List<String> accountNames(Environment environment) {
		return ListedAccount.findAll(environment).stream().map(ListedAccount::name).toList();
	}

	/**
	 * The same for the default account only.
	 */
	static final class OfDefaultAccount extends SpringBootCondition {

		@Override
		public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
			return outcome(context.getEnvironment());
		}

	}

}
