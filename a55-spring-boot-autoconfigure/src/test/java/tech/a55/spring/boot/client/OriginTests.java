package tech.a55.spring.boot.client;

import java.net.URI;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Origin}.
 */
class OriginTests {

	private final Origin origin = Origin.of(URI.create("https://api.example.com/api/v1/"));

	@ParameterizedTest
	@ValueSource(strings = { "https://api.example.com/", "https://api.example.com", "https://api.example.com:443/x",
			"HTTPS://API.example.COM/x?y=z", "https://api.example.com/other/path" })
	void containsItsOwnHost(String uri) {
		assertThat(this.origin.contains(URI.create(uri))).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://api.example.com/", "http://api.example.com:443/", "https://api.example.com:8443/",
			"https://example.com/", "https://api.example.com./", "https://api.example.com.evil.org/",
			"https://xapi.example.com/", "https://api.example.com@evil.org/", "https://user@api.example.com/",
			"https://user:secret@api.example.com/", "//api.example.com/", "/api/v1/", "api/v1/", "", "mailto:a@b.c",
			"https:///api", "https://api_example.com/", "https://[::1]/", "ftp://api.example.com:443/" })
	void containsNothingElse(String uri) {
		assertThat(this.origin.contains(URI.create(uri))).isFalse();
	}

}
