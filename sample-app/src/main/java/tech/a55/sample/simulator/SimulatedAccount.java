package tech.a55.sample.simulator;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

import com.github.tomakehurst.wiremock.extension.TemplateModelDataProviderExtension;
import com.github.tomakehurst.wiremock.http.QueryParameter;
import com.github.tomakehurst.wiremock.http.Request;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;

/**
 * The wallets and charges of an A55 account. The template models of the stubs
 * {@value #WALLETS} and {@value #CHARGES} contain those that match the request.
 */
final class SimulatedAccount implements TemplateModelDataProviderExtension {

	static final String WALLETS = "wallets";

	static final String CHARGES = "charges";

	static final List<String> WALLET_FILTERS = List.of("wallet_uuid", "email", "customer_id");

	private final List<Map<String, Object>> wallets = read("wallets.json", new TypeReference<>() {
	});

	private final Map<String, List<Map<String, Object>>> charges = read("charges.json", new TypeReference<>() {
	});

	private static <T> T read(String name, TypeReference<T> type) {
		try (InputStream json = new ClassPathResource("simulator/" + name).getInputStream()) {
			return JsonMapper.shared().readValue(json, type);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public String getName() {
		return "simulated-account";
	}

	@Override
	public Map<String, Object> provideTemplateModelData(ServeEvent serveEvent) {
		Request request = serveEvent.getRequest();
		return switch (String.valueOf(serveEvent.getStubMapping().getName())) {
			case WALLETS -> Map.of(WALLETS, wallets(request));
			case CHARGES -> charges(request);
			default -> Map.of();
		};
	}

	/**
	 * Return the wallet of this account to show first.
	 */
	Map<String, Object> firstWallet() {
		return this.wallets.get(0);
	}

	private List<Map<String, Object>> wallets(Request request) {
		return this.wallets.stream().filter((wallet) -> WALLET_FILTERS.stream().allMatch((name) -> {
			String wanted = query(request, name, "");
			return wanted.isEmpty() || wanted.equals(wallet.get(name));
		})).toList();
	}

	private Map<String, Object> charges(Request request) {
		List<Map<String, Object>> all = this.charges.getOrDefault(query(request, "wallet_uuid", ""), List.of());
		int page = Integer.parseInt(query(request, "page", "1"));
		int limit = Integer.parseInt(query(request, "limit", "20"));
		List<Map<String, Object>> onPage = all.stream().skip((page - 1L) * limit).limit(limit).toList();
		return Map.of(CHARGES, onPage, "page", page, "limit", limit, "total", all.size());
	}

	private static String query(Request request, String name, String defaultValue) {
		QueryParameter parameter = request.queryParameter(name);
		return parameter.isPresent() ? parameter.firstValue() : defaultValue;
	}

}
