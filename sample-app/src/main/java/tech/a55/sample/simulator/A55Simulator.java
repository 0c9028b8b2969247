package tech.a55.sample.simulator;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.MappingBuilder;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.http.Request;
import com.github.tomakehurst.wiremock.matching.MatchResult;
import com.github.tomakehurst.wiremock.matching.StringValuePattern;
import com.github.tomakehurst.wiremock.matching.ValueMatcher;
import org.jspecify.annotations.Nullable;
import tech.a55.sample.page.SimulatorStatus;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * Simulates both hosts of A55, the token endpoint and the API, on a loopback port. It has
 * two clients: that of the default account of the application, and that of a shop.
 */
final class A55Simulator implements SimulatorStatus, AutoCloseable {

	private static final String LOOPBACK = "127.0.0.1";

	private static final String TOKEN_PATH = "/oauth2/token";

	private static final String API_PATH = "/api/v1/";

	private static final int MAX_REQUEST_JOURNAL_ENTRIES = 1_000;

	/**
	 * The number of connections that may be opened at once.
	 */
	private static final int ACCEPT_QUEUE_SIZE = 1_000;

	private static final int RESPONSE_THREADS = 4;

	private static final Duration TOKEN_DELAY = Duration.ofMillis(300);

	private static final Duration SLOW_API_DELAY = Duration.ofMillis(800);

	/**
	 * Short enough for the page, which makes two calls at once every two seconds. The
	 * second call gets its response before the next two are made.
	 */
	private static final Duration RATE_LIMIT_GAP = Duration.ofMillis(100);

	private static final StringValuePattern ANY_TEXT = WireMock.matching(".+");

	private final String clientId = UUID.randomUUID().toString();

	/**
	 * Contains a plus sign, as a secret of Cognito may. It arrives intact only with
	 * correct form encoding.
	 */
	private final String clientSecret = UUID.randomUUID().toString().replace('-', '+');

	private final String shopClientId = UUID.randomUUID().toString();

	private final String shopClientSecret = UUID.randomUUID().toString();

	private final SimulatedAccount account = new SimulatedAccount();

	private final AccessTokens accessTokens;

	private final AccessTokens shopAccessTokens;

	private final WireMockServer server;

	private final InstantSource clock;

	private final Set<Trouble> troubles = ConcurrentHashMap.newKeySet();

	private final AtomicReference<Instant> nextCall = new AtomicReference<>(Instant.MIN);

	private final AtomicInteger tokenRequests = new AtomicInteger();

	private A55Simulator(Duration tokenLifetime, Duration tokenDelay, InstantSource clock) {
		this.clock = clock;
		this.accessTokens = new AccessTokens("issue-token", tokenLifetime, clock);
		this.shopAccessTokens = new AccessTokens("issue-shop-token", tokenLifetime, clock);
		this.server = new WireMockServer(WireMockConfiguration.options()
			.bindAddress(LOOPBACK)
			.dynamicPort()
			.jettyAcceptQueueSize(ACCEPT_QUEUE_SIZE)
			.asynchronousResponseEnabled(true)
			.asynchronousResponseThreads(RESPONSE_THREADS)
			.maxRequestJournalEntries(MAX_REQUEST_JOURNAL_ENTRIES)
			.globalTemplating(true)
			.extensions(this.accessTokens, this.shopAccessTokens, this.account));
		simulateTokenEndpoint(tokenLifetime, tokenDelay);
		simulateApi();
		this.server.addMockServiceRequestListener((request, response) -> {
			if (request.getUrl().equals(TOKEN_PATH)) {
				this.tokenRequests.incrementAndGet();
			}
		});
	}

	static A55Simulator start(Duration tokenLifetime, InstantSource clock) {
		return start(tokenLifetime, TOKEN_DELAY, clock);
	}

	static A55Simulator start(Duration tokenLifetime, Duration tokenDelay, InstantSource clock) {
		A55Simulator simulator = new A55Simulator(tokenLifetime, tokenDelay, clock);
		simulator.server.start();
		return simulator;
	}

	String clientId() {
		return this.clientId;
	}

	String clientSecret() {
		return this.clientSecret;
	}

	String shopClientId() {
		return this.shopClientId;
	}

	String shopClientSecret() {
		return this.shopClientSecret;
	}

	String baseUrl() {
		return url(API_PATH);
	}

	String tokenUri() {
		return url(TOKEN_PATH);
	}

	private String url(String path) {
		return "http://" + LOOPBACK + ":" + this.server.port() + path;
	}

	int tokenRequests() {
		return this.tokenRequests.get();
	}

	Map<String, Object> firstWallet() {
		return this.account.firstWallet();
	}

	void make(Trouble trouble, boolean active) {
		boolean changed = active ? this.troubles.add(trouble) : this.troubles.remove(trouble);
		if (changed && trouble == Trouble.SLOW_API) {
			// Does not apply to the token endpoint, whose stubs set their own delay
			this.server.setGlobalFixedDelay(active ? (int) SLOW_API_DELAY.toMillis() : 0);
		}
	}

	/**
	 * Revoke all tokens that were issued to the default account so far.
	 * @return whether they were revoked, which is not possible too soon after the last
	 * time
	 */
	boolean revokeTokens() {
		return this.accessTokens.revoke();
	}

	@Override
	public Set<String> troubles() {
		return this.troubles.stream().map(Trouble::id).collect(Collectors.toSet());
	}

	@Override
	public @Nullable Instant revocableFrom() {
		return this.accessTokens.revocableFrom();
	}

	@Override
	public void close() {
		this.server.stop();
	}

	private void simulateTokenEndpoint(Duration tokenLifetime, Duration tokenDelay) {
		stub(4, WireMock.any(WireMock.urlPathEqualTo(TOKEN_PATH)), WireMock.status(405));
		stub(3, tokenRequest(), json(400, """
				{"error":"unsupported_grant_type"}"""));
		stub(2, tokenRequest().withFormParam("grant_type", WireMock.equalTo("client_credentials")), json(400, """
				{"error":"invalid_client"}"""));
		int delay = (int) tokenDelay.toMillis();
		stub(1, tokenRequest(this.clientId, this.clientSecret), token("issue-token", tokenLifetime, delay));
		stub(1, tokenRequest(this.shopClientId, this.shopClientSecret),
				token("issue-shop-token", tokenLifetime, delay));
		ResponseDefinitionBuilder unavailable = json(503, """
				{"message":"The token endpoint is unavailable"}""").withFixedDelay(delay);
		stub(1, tokenRequest().andMatching(whileCausing(Trouble.TOKEN_FAILURE)), unavailable);
		stub(1, tokenRequest(this.shopClientId, this.shopClientSecret)
			.andMatching(whileCausing(Trouble.SHOP_TOKEN_FAILURE)), unavailable);
	}

	private ValueMatcher<Request> whileCausing(Trouble trouble) {
		return (request) -> MatchResult.of(this.troubles.contains(trouble));
	}

	private static MappingBuilder tokenRequest(String clientId, String clientSecret) {
		return tokenRequest().withFormParam("grant_type", WireMock.equalTo("client_credentials"))
			.withFormParam("client_id", WireMock.equalTo(clientId))
			.withFormParam("client_secret", WireMock.equalTo(clientSecret));
	}

	private static ResponseDefinitionBuilder token(String helper, Duration tokenLifetime, int delay) {
		return json(200, """
				{"access_token":"{{%s}}","expires_in":%d,"token_type":"Bearer"}""".formatted(helper,
				tokenLifetime.toSeconds()))
			.withFixedDelay(delay);
	}

	private static MappingBuilder tokenRequest() {
		return WireMock.post(WireMock.urlPathEqualTo(TOKEN_PATH))
			.withHeader(HttpHeaders.CONTENT_TYPE,
					WireMock.matching(MediaType.APPLICATION_FORM_URLENCODED_VALUE + "(;.*)?"));
	}

	private void simulateApi() {
		stub(4, WireMock.any(WireMock.urlPathMatching(API_PATH + ".*")),
				error(404, "not_found", "There is nothing at this path"));
		stub(3, get("bank/wallet/"), error(400, "validation_error",
				"One of " + String.join(", ", SimulatedAccount.WALLET_FILTERS) + " is required"));
		for (String filter : SimulatedAccount.WALLET_FILTERS) {
			stub(2, get("bank/wallet/").withName(SimulatedAccount.WALLETS).withQueryParam(filter, ANY_TEXT),
					json(200, """
							{"wallets": {{{toJson wallets}}} }"""));
		}
		stub(3, get("bank/wallet/charges/"),
				error(400, "validation_error", "Required: wallet_uuid, page from 1, limit from 1 to 100"));
		stub(2, get("bank/wallet/charges/").withName(SimulatedAccount.CHARGES)
			.withQueryParam("wallet_uuid", ANY_TEXT)
			.withQueryParam("page", absentOr("[1-9][0-9]{0,5}"))
			.withQueryParam("limit", absentOr("[1-9][0-9]?|100")), json(200, """
					{"charges": {{{toJson charges}}}, "page": {{page}}, "limit": {{limit}}, "total": {{total}} }"""));
		stub(1, WireMock.any(WireMock.urlPathMatching(API_PATH + ".*"))
			.andMatching((request) -> MatchResult
				.of(!this.accessTokens.accept(request) && !this.shopAccessTokens.accept(request))),
				error(401, "unauthorized", "The access token is missing, unknown or expired"));
		stub(1, WireMock.any(WireMock.urlPathMatching(API_PATH + ".*"))
			.andMatching((request) -> MatchResult.of(this.troubles.contains(Trouble.RATE_LIMIT) && !isInTurn())),
				error(429, "rate_limit_exceeded", "Too many requests").withHeader(HttpHeaders.RETRY_AFTER, "1"));
	}

	private boolean isInTurn() {
		Instant now = this.clock.instant();
		Instant turn = this.nextCall.get();
		return !now.isBefore(turn) && this.nextCall.compareAndSet(turn, now.plus(RATE_LIMIT_GAP));
	}

	private static MappingBuilder get(String path) {
		return WireMock.get(WireMock.urlPathEqualTo(API_PATH + path));
	}

	private static StringValuePattern absentOr(String regex) {
		return WireMock.or(WireMock.absent(), WireMock.matching(regex));
	}

	private void stub(int priority, MappingBuilder request, ResponseDefinitionBuilder response) {
		this.server.stubFor(request.atPriority(priority).willReturn(response));
	}

	private static ResponseDefinitionBuilder error(int status, String code, String message) {
		return json(status, """
				{"error":{"code":"%s","message":"%s","details":[]},"request_id":"{{randomValue type='UUID'}}"}"""
			.formatted(code, message));
	}

	private static ResponseDefinitionBuilder json(int status, String body) {
		return WireMock.jsonResponse(body, status);
	}

}
