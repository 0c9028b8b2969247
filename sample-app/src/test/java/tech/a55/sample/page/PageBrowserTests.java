package tech.a55.sample.page;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.logging.Level;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.chromium.HasCdp;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.remote.Augmenter;
import org.openqa.selenium.remote.RemoteWebDriver;
import tech.a55.sample.A55SampleApplication;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests of the page in Chromium, run by {@code mvn verify -Pbrowser}. They need
 * {@code chromium} and {@code chromedriver} of the same version: on Debian and Ubuntu
 * {@code apt-get install chromium chromium-driver}, elsewhere name the two programs with
 * {@code -Dbrowser.binary=... -Dbrowser.driver=...}. Nothing is downloaded.
 */
@Tag("browser")
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, classes = A55SampleApplication.class,
		properties = "sample.simulator.token-lifetime=30s")
class PageBrowserTests {

	private static final Dimension DESKTOP = new Dimension(1200, 1450);

	private static ChromeDriverService driver;

	private static RemoteWebDriver browser;

	private static HasCdp devTools;

	@LocalServerPort
	private int port;

	@BeforeAll
	static void startBrowser() throws IOException {
		ChromeOptions options = new ChromeOptions();
		options.setBinary(program("browser.binary", "chromium"));
		options.addArguments("--headless=new", "--disable-dev-shm-usage", "--hide-scrollbars");
		if ("root".equals(System.getProperty("user.name"))) {
			options.addArguments("--no-sandbox");
		}
		options.setCapability("goog:loggingPrefs", Map.of(LogType.BROWSER, "ALL"));
		driver = new ChromeDriverService.Builder().usingDriverExecutable(program("browser.driver", "chromedriver"))
			.usingAnyFreePort()
			.build();
		driver.start();
		// Unlike a ChromeDriver, this never looks for something to download
		browser = new RemoteWebDriver(driver.getUrl(), options);
		devTools = (HasCdp) new Augmenter().augment(browser);
	}

	private static File program(String property, String name) {
		String named = System.getProperty(property);
		if (named != null) {
			return new File(named);
		}
		for (String directory : StringUtils.tokenizeToStringArray(System.getenv("PATH"), File.pathSeparator)) {
			File program = new File(directory, name);
			if (program.canExecute()) {
				return program;
			}
		}
		throw new IllegalStateException("There is no " + name + " on the PATH. On Debian and Ubuntu install it with "
				+ "'apt-get install chromium chromium-driver', elsewhere name it with -D" + property + "=...");
	}

	@AfterAll
	static void stopBrowser() {
		browser.quit();
		driver.stop();
	}

	@BeforeEach
	void openPage() {
		emulate(DESKTOP, "light");
		open(this.port);
	}

	@Test
	void theLifeOfTheTokenIsALiveBar() {
		waiting().until(() -> now() > 0);
		double before = now();
		waiting().until(() -> now() > before);
		assertThat(find("#life .past").getSize().width).isPositive();
		for (String mark : List.of("issued", "renewal", "expires")) {
			assertThat(text("#" + mark)).matches("\\d\\d:\\d\\d:\\d\\d");
		}
		assertThat(text("#token-left")).matches("\\d+ s left");
		assertNothingFailed();
	}

	@Test
	void callsAndTokenRequestsAreCountedAndCallsAreListed() {
		waiting().until(() -> count("#call-count") >= 2);
		long before = count("#call-count");
		waiting().until(() -> count("#call-count") > before);
		assertThat(count("#fetch-count")).isBetween(1L, before);
		assertThat(browser.findElements(By.cssSelector("#strip .ok"))).isNotEmpty();
		waiting().until(() -> browser.findElements(By.cssSelector("#wallets tbody tr")).size() == 3);
		waiting().until(() -> browser.findElements(By.cssSelector("#charges tbody tr")).size() == 20);
		assertThat(text("#wallets")).contains("Padaria Aurora", "Café del Sur");
		assertNothingFailed();
	}

	@Test
	void theChargesOfAnotherWalletAreAButtonAway() {
		waiting().until(() -> browser.findElements(By.cssSelector("#wallets tbody button")).size() == 3);
		browser.findElements(By.cssSelector("#wallets tbody button")).get(1).click();
		waiting().until(() -> text("#charges").contains("MXN"));
		assertNothingFailed();
	}

	@Test
	void callingCanBePaused() {
		waiting().until(() -> "true".equals(attribute("#keep-calling", "aria-pressed")));
		find("#keep-calling").click();
		assertThat(attribute("#keep-calling", "aria-pressed")).isEqualTo("false");
	}

	@Test
	void troubleIsMadeByKeyboard() {
		String button = "[data-trouble='slow-api']";
		waiting().until(() -> find(button).isDisplayed());
		tabTo(button);
		press(Keys.SPACE);
		waiting().until(() -> "true".equals(attribute(button, "aria-pressed")));
		waiting().until(() -> text("#log").contains("A55 is slow"));
		press(Keys.ENTER);
		waiting().until(() -> "false".equals(attribute(button, "aria-pressed")));
		waiting().until(() -> text("#log").contains("A55 is slow: no longer"));
		assertNothingFailed();
	}

	@Test
	void callsGoOnWhileTheTokenEndpointFailsAndTheTokenIsDueForRenewal() throws IOException {
		makeLoad();
		String button = "[data-trouble='token-failure']";
		tabTo(button);
		press(Keys.SPACE);
		waiting().until(() -> text("#token-state").contains("renewal failed"));
		long before = count("#call-count");
		waiting().until(() -> count("#call-count") > before);
		Files.write(Path.of("target", "sample.png"), browser.getScreenshotAs(OutputType.BYTES));
		press(Keys.SPACE);
		assertThat(text("#token-left")).isNotEqualTo("0 s left");
		waiting().until(() -> text("#token-state").contains("Valid"));
		assertNothingFailed();
	}

	@Test
	void anotherAccountHasItsOwnBarAndItsOwnTrouble() {
		waiting().until(() -> !browser.findElements(By.id("shop-token")).isEmpty());
		waiting().until(() -> text("#shop-token-left").matches("\\d+ s left"));
		waiting().until(() -> text("#token-left").matches("\\d+ s left"));
		assertThat(text("#shop-token-title")).contains("shop");
		assertThat(text("#shop-account-count"))
			.matches("\\d+ API calls?, 0 failed\\. \\d+ token requests?, 0 failed\\.");
		for (String mark : List.of("issued", "renewal", "expires")) {
			assertThat(text("#shop-" + mark)).matches("\\d\\d:\\d\\d:\\d\\d");
		}
		String button = "[data-trouble='shop-token-failure']";
		find(button).click();
		waiting().until(() -> text("#shop-token-state").contains("renewal failed"));
		waiting().until(() -> text("#shop-account-count").matches(".* [1-9]\\d* failed\\."));
		long before = count("#call-count");
		waiting().until(() -> count("#call-count") > before);
		assertThat(text("#fetch-note")).isEqualTo("none failed");
		find(button).click();
		waiting().until(() -> text("#shop-token-state").contains("Valid"));
		assertNothingFailed();
	}

	@Test
	void callsWaitAndSucceedWhileTheRateIsLimited() {
		waiting().until(() -> find("[data-trouble='rate-limit']").isDisplayed());
		find("[data-trouble='rate-limit']").click();
		waiting().until(() -> count("#retries") >= 2);
		find("[data-trouble='rate-limit']").click();
		waiting().until(() -> text("#log").contains("The rate is limited: no longer"));
		assertNothingFailed();
	}

	@Test
	void callsGoOnWhenTheTokenIsRevoked() {
		waiting().until(() -> count("#call-count") >= 2);
		find("#revoke").click();
		waiting().until(() -> count("#evictions") == 1);
		waiting().until(() -> count("#replays") >= 1);
		waiting().until(() -> "true".equals(attribute("#revoke", "aria-disabled")));
		assertNothingFailed();
	}

	@Test
	void aThousandCallsAreComparedWithCodeWrittenByHand() {
		makeLoad();
		assertThat(text("#load-result tbody tr:first-child")).startsWith("This starter 1,000").endsWith("\n1");
		assertThat(text("#load-result tbody tr:last-child")).startsWith("By hand");
		assertNothingFailed();
	}

	@Test
	void fitsAPhone() {
		emulate(new Dimension(360, 740), "light");
		makeLoad();
		waiting().until(() -> browser.findElements(By.cssSelector("#charges tbody tr")).size() == 20);
		assertThat(number("return document.documentElement.scrollWidth")).isEqualTo(360);
		assertNothingFailed();
	}

	@Test
	void isDarkForThoseWhoLikeItDark() {
		assertThat(brightness()).isGreaterThan(200);
		emulate(DESKTOP, "dark");
		assertThat(brightness()).isLessThan(50);
		assertNothingFailed();
	}

	@Test
	void asksNothingOfAnyOtherOrigin() {
		waiting().until(() -> browser.findElements(By.cssSelector("#charges tbody tr")).size() == 20);
		assertThat(strings("return performance.getEntriesByType('resource').map((entry) => entry.name)"))
			.allSatisfy((url) -> assertThat(url).startsWith("http://localhost:" + this.port + "/"));
		assertNothingFailed();
	}

	@Test
	void thePagesBeforeThisOneHoldNoConnection() {
		for (int i = 0; i < 8; i++) {
			open(this.port);
			waiting().until(() -> text("#connection").equals("live"));
		}
		long before = count("#call-count");
		await().atMost(Duration.ofSeconds(10)).until(() -> count("#call-count") > before);
	}

	@Test
	void withRealCredentialsItShowsTheSameButMakesNoTrouble() {
		WireMockServer a55 = new WireMockServer(WireMockConfiguration.options().bindAddress("127.0.0.1").dynamicPort());
		a55.start();
		a55.stubFor(WireMock.post("/token").willReturn(WireMock.okJson("""
				{"access_token":"token-value","expires_in":3600,"token_type":"Bearer"}""")));
		a55.stubFor(WireMock.get(WireMock.urlPathEqualTo("/bank/wallet/"))
			.withQueryParam("email", WireMock.equalTo("someone@shop.example"))
			.willReturn(WireMock.okJson("""
					{"data":[{"wallet_uuid":"1","name":"<b>Shop</b>","currency":"BRL"}]}""")));
		a55.stubFor(WireMock.get(WireMock.urlPathEqualTo("/bank/wallet/charges/")).willReturn(WireMock.okJson("""
				[{"charge_uuid":"2","status":"new","local_currency":"much","currency":"none"}]""")));
		ConfigurableApplicationContext application = run(0, "--a55.client-id=id", "--a55.client-secret=secret-value",
				"--a55.base-url=" + a55.baseUrl(), "--a55.token-uri=" + a55.baseUrl() + "/token");
		try {
			open(port(application));
			waiting().until(() -> text("#connection").equals("live"));
			assertThat(text("#mode")).isEqualTo("A55");
			assertThat(find("#trouble").isDisplayed()).isFalse();
			assertThat(find("#load").isDisplayed()).isFalse();
			assertThat(attribute("#keep-calling", "aria-pressed")).isEqualTo("false");
			find("#by").sendKeys("email");
			find("#value").sendKeys("someone@shop.example", Keys.ENTER);
			waiting().until(() -> text("#wallets").contains("<b>Shop</b>"));
			waiting().until(() -> text("#charges").contains("much"));
			waiting().until(() -> text("#token-left").startsWith("59 min"));
			assertThat(browser.getPageSource()).doesNotContain("token-value", "secret-value");
			assertNothingFailed();
		}
		finally {
			application.close();
			a55.stop();
		}
	}

	@Test
	void saysWhenTheApplicationIsGoneAndGoesOnWhenItIsBack() {
		ConfigurableApplicationContext first = run(0);
		int port = port(first);
		open(port);
		waiting().until(() -> text("#connection").equals("live"));
		first.close();
		waiting().until(() -> text("#connection").contains("disconnected"));
		ConfigurableApplicationContext second = run(port);
		try {
			waiting().until(() -> text("#connection").equals("live"));
			waiting().until(() -> count("#call-count") > 0);
		}
		finally {
			second.close();
		}
	}

	private static ConfigurableApplicationContext run(int port, String... arguments) {
		return new SpringApplicationBuilder(A55SampleApplication.class)
			.run(StringUtils.addStringToArray(arguments, "--server.port=" + port));
	}

	private static int port(ConfigurableApplicationContext application) {
		return application.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
	}

	private static void open(int port) {
		browser.get("about:blank");
		browser.manage().logs().get(LogType.BROWSER);
		browser.get("http://localhost:" + port + "/");
	}

	private static void emulate(Dimension size, String colorScheme) {
		devTools.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", size.width, "height", size.height, "deviceScaleFactor", 1, "mobile", false));
		devTools.executeCdpCommand("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colorScheme))));
	}

	private static void makeLoad() {
		waiting().until(() -> find("#run-load").isDisplayed());
		find("#run-load").click();
		waiting().until(() -> text("#load-state").contains("took this starter 1 token request,"));
	}

	/**
	 * No call failed, and the browser has nothing to complain of. The token of the shop
	 * may have expired while the token endpoint failed.
	 */
	private static void assertNothingFailed() {
		assertThat(text("#call-note")).isEqualTo("none failed");
		assertThat(text("#problem")).isEmpty();
		assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
			.filteredOn((entry) -> entry.getLevel().intValue() >= Level.WARNING.intValue())
			.extracting(LogEntry::getMessage)
			.filteredOn((message) -> !message.contains("/accounts/shop/"))
			.isEmpty();
	}

	private static void tabTo(String css) {
		browser.executeScript("document.activeElement.blur()");
		for (int i = 0; i < 30; i++) {
			press(Keys.TAB);
			if (browser.switchTo().activeElement().equals(find(css))) {
				return;
			}
		}
		throw new AssertionError("No way to " + css + " with the tabulator key");
	}

	private static void press(Keys key) {
		new Actions(browser).sendKeys(key).perform();
	}

	private static ConditionFactory waiting() {
		return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(100));
	}

	private static WebElement find(String css) {
		return browser.findElement(By.cssSelector(css));
	}

	private static String text(String css) {
		return find(css).getText();
	}

	private static String attribute(String css, String name) {
		return String.valueOf(find(css).getDomAttribute(name));
	}

	private static long count(String css) {
		return Long.parseLong(text(css).replace(",", ""));
	}

	private static double now() {
		return number("return Number(document.getElementById('life').style.getPropertyValue('--now'))");
	}

	private static double brightness() {
		return number("return Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])");
	}

	private static double number(String script) {
		return ((Number) Objects.requireNonNull(browser.executeScript(script))).doubleValue();
	}

	private static List<String> strings(String script) {
		return ((List<?>) Objects.requireNonNull(browser.executeScript(script))).stream().map(String::valueOf).toList();
	}

}
