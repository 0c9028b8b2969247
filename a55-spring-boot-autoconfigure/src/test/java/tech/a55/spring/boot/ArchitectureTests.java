package tech.a55.spring.boot;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

/**
 * Tests for the layout of the code: what may use what.
 */
class ArchitectureTests {

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("tech.a55.spring.boot");

	@Test
	void packagesUseEachOtherInOneDirectionOnly() {
		Architectures.layeredArchitecture()
			.consideringOnlyDependenciesInLayers()
			.layer("api")
			.definedBy("tech.a55.spring.boot")
			.layer("autoconfigure")
			.definedBy("tech.a55.spring.boot.autoconfigure")
			.layer("client")
			.definedBy("tech.a55.spring.boot.client")
			.layer("connector")
			.definedBy("tech.a55.spring.boot.connector")
			.layer("token")
			.definedBy("tech.a55.spring.boot.token")
			.whereLayer("api")
			.mayNotAccessAnyLayer()
			.whereLayer("token")
			.mayNotAccessAnyLayer()
			.whereLayer("connector")
			.mayNotAccessAnyLayer()
			.whereLayer("client")
			.mayOnlyAccessLayers("api", "connector", "token")
			.check(CLASSES);
	}

	@Test
	void noClassesUseEachOtherInACircle() {
		SlicesRuleDefinition.slices().assignedFrom(new SliceAssignment() {

			@Override
			public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
				JavaClass outermost = javaClass;
				while (outermost.getEnclosingClass().isPresent()) {
					outermost = outermost.getEnclosingClass().get();
				}
				return SliceIdentifier.of(outermost.getName());
			}

			@Override
			public String getDescription() {
				return "classes with what is nested in them";
			}

		}).should().beFreeOfCycles().check(CLASSES);
	}

}
