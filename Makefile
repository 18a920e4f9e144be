# All that these need is Go; with a C compiler, the tests run under the race detector.
GO      ?= go
BIN     ?= bin/zt
RACE    := $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)

.PHONY: build test lint bench install

build: ## the command, as bin/zt
	$(GO) build -o $(BIN) ./cmd/zt

test: ## every test
	$(GO) test $(RACE) ./...

lint: ## format, vet, staticcheck, known vulnerabilities
	./.ci/lint

bench: ## benchmarks; times are for comparing within one run
	$(GO) test -run '^$$' -bench . -benchmem ./...

install: ## the command, where go install puts it
	$(GO) install ./cmd/zt
