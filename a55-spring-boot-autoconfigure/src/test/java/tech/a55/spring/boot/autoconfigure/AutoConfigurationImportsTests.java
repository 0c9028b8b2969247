package tech.a55.spring.boot.autoconfigure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.context.ApplicationListener;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.core.io.support.PropertiesLoaderUtils;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.classreading.SimpleMetadataReaderFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the files by which Boot finds what is here.
 */
class AutoConfigurationImportsTests {

	@ParameterizedTest
	@MethodSource("imports")
	void eachLineOfTheImportsFileIsAnAutoConfiguration(String line) {
		assertThat(load(line)).hasAnnotation(AutoConfiguration.class);
	}

	@Test
	void eachAutoConfigurationHasItsLineInTheImportsFile() throws IOException {
		SimpleMetadataReaderFactory readers = new SimpleMetadataReaderFactory();
		List<String> autoConfigurations = new ArrayList<>();
		for (Resource resource : new PathMatchingResourcePatternResolver()
			.getResources("classpath*:tech/a55/spring/boot/**/*.class")) {
			AnnotationMetadata metadata = readers.getMetadataReader(resource).getAnnotationMetadata();
			if (metadata.hasAnnotation(AutoConfiguration.class.getName())) {
				autoConfigurations.add(metadata.getClassName());
			}
		}
		assertThat(imports()).containsExactlyInAnyOrderElementsOf(autoConfigurations);
	}

	@Test
	void eachClassInSpringFactoriesIsOfItsType() throws IOException {
		Properties factories = PropertiesLoaderUtils.loadProperties(new ClassPathResource("META-INF/spring.factories"));
		assertThat(factories.stringPropertyNames()).containsExactlyInAnyOrder(ApplicationListener.class.getName(),
				FailureAnalyzer.class.getName());
		assertThat(factories.stringPropertyNames())
			.allSatisfy((type) -> assertThat(StringUtils.commaDelimitedListToStringArray(factories.getProperty(type)))
				.isNotEmpty()
				.allSatisfy((name) -> assertThat(load(name)).isAssignableTo(load(type))));
	}

	private static Stream<String> imports() {
		return ImportCandidates.load(AutoConfiguration.class, null)
			.getCandidates()
			.stream()
			.filter((candidate) -> candidate.startsWith("tech.a55."));
	}

	private static Class<?> load(String name) {
		return ClassUtils.resolveClassName(name.strip(), null);
	}

}
