# What each target needs beyond Go is a C compiler, for the race detector.
GO      ?= go
BIN     ?= bin/zt

.PHONY: build test lint bench install

build: ## the command, as bin/zt
	$(GO) build -o $(BIN) ./cmd/zt

test: ## every test, with the race detector
	$(GO) test -race ./...

lint: ## format, vet, staticcheck, known vulnerabilities
	./.ci/lint

bench: ## benchmarks; times are for comparing within one run
	$(GO) test -run '^$$' -bench . -benchmem ./...

install: ## the command, where go install puts it
	$(GO) install ./cmd/zt
