package tech.a55.spring.boot.client;

import tech.a55.spring.boot.token.TokenSimulation;

import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/**
 * What tests in other packages need of this one.
 */
public final class TestExchange {

	private TestExchange() {
	}

	/**
	 * Return what makes the requests of a RestClient with the given exchange.
	 */
	public static ClientHttpRequestFactory requestFactory(ExchangeFunction exchangeFunction) {
		return new ExchangeClientHttpRequestFactory(exchangeFunction, TokenSimulation.ACCOUNT);
	}

}
