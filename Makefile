# Thin names for what ./mvnw and bin/xcomposer do; they are the ones to read.
.DEFAULT_GOAL := help
.PHONY: help build test format check docs golden overhead bench clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST)

build: ## Build all jars, without tests
	./mvnw -B -q package -DskipTests

test: ## Build and run all tests
	./mvnw -B verify

format: ## Format the Java sources
	./mvnw -B -q spotless:apply

check: ## Format and style checks, compile; no tests
	./mvnw -B -q test-compile

docs: build ## Write docs/configuration.md from the keys in the sources
	$${JAVA_HOME:+$$JAVA_HOME/bin/}java -cp "$$(ls spark-job/target/xcomposer-spark_2.13-*.jar):spark-job/spark-home/target/spark-home/jars/*" \
	  io.xcomposer.spark.conf.ConfigurationPage docs/configuration.md

golden: ## Hold the engine against the golden answers
	bin/xcomposer golden golden

overhead: ## Measure what Spark costs over the bare engine
	./mvnw -B -q -pl spark-job -am -Poverhead process-test-classes

bench: ## Measure the engine on this machine
	bin/xcomposer bench --dtype bf16

clean: ## Remove all that was built
	./mvnw -B -q clean
