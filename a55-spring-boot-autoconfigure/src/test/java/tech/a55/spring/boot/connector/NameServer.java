package tech.a55.spring.boot.connector;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.eclipse.jetty.util.SocketAddressResolver;

import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.reactive.HttpComponentsClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.JettyClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/**
 * Resolves names for the libraries that let it: to the loopback address, to nothing, or
 * never.
 */
final class NameServer {

	private final AtomicInteger failures = new AtomicInteger();

	private final CountDownLatch silence = new CountDownLatch(1);

	private volatile boolean silent;

	/**
	 * Resolve nothing the given number of times.
	 */
	void fail(int times) {
		this.failures.set(times);
	}

	/**
	 * Do not respond any more.
	 */
	void fallSilent() {
		this.silent = true;
	}

	/**
	 * End the lookups that wait.
	 */
	void shutDown() {
		this.silence.countDown();
	}

	private List<InetAddress> lookUp(String host) throws UnknownHostException {
		if (this.failures.getAndUpdate((count) -> Math.max(0, count - 1)) > 0) {
			throw new UnknownHostException(host);
		}
		return List.of(InetAddress.getLoopbackAddress());
	}

	ApplicationContextRunner resolveFor(ApplicationContextRunner contextRunner) {
		ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> reactor = (builder) -> builder
			.withHttpClientCustomizer((client) -> client.resolver(new ReactorResolvers()));
		ClientHttpConnectorBuilderCustomizer<JettyClientHttpConnectorBuilder> jetty = (builder) -> builder
			.withHttpClientCustomizer((client) -> client.setSocketAddressResolver(jettyResolver()));
		ClientHttpConnectorBuilderCustomizer<HttpComponentsClientHttpConnectorBuilder> httpComponents = (
				builder) -> builder.withDnsResolver(httpComponentsResolver());
		return contextRunner.withBean("reactor", ClientHttpConnectorBuilderCustomizer.class, () -> reactor)
			.withBean("jetty", ClientHttpConnectorBuilderCustomizer.class, () -> jetty)
			.withBean("httpComponents", ClientHttpConnectorBuilderCustomizer.class, () -> httpComponents);
	}

	private SocketAddressResolver jettyResolver() {
		return (host, port, context, promise) -> {
			if (this.silent) {
				return;
			}
			try {
				promise
					.succeeded(lookUp(host).stream().map((address) -> new InetSocketAddress(address, port)).toList());
			}
			catch (UnknownHostException ex) {
				promise.failed(ex);
			}
		};
	}

	private DnsResolver httpComponentsResolver() {
		return new SystemDefaultDnsResolver() {

			@Override
			public InetAddress[] resolve(String host) throws UnknownHostException {
				if (NameServer.this.silent) {
					try {
						NameServer.this.silence.await();
					}
					catch (InterruptedException ex) {
						throw new UnknownHostException(host);
					}
				}
				return lookUp(host).toArray(InetAddress[]::new);
			}

		};
	}

	private final class ReactorResolvers extends AddressResolverGroup<InetSocketAddress> {

		@Override
		protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
			return new InetNameResolver(executor) {

				@Override
				protected void doResolve(String host, Promise<InetAddress> promise) {
					if (NameServer.this.silent) {
						return;
					}
					try {
						promise.setSuccess(lookUp(host).get(0));
					}
					catch (UnknownHostException ex) {
						promise.setFailure(ex);
					}
				}

				@Override
				protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
					if (NameServer.this.silent) {
						return;
					}
					try {
						promise.setSuccess(lookUp(host));
					}
					catch (UnknownHostException ex) {
						promise.setFailure(ex);
					}
				}

			}.asAddressResolver();
		}

	}

}
