# All that these need is Go; with a C compiler, the tests run under the race detector.
GO      ?= go
BIN     ?= bin/zt
RACE    := $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)

.PHONY: build test e2e lint bench install

build: ## the command, as bin/zt
	$(GO) build -o $(BIN) ./cmd/zt

test: ## every test
	$(GO) test $(RACE) -timeout 40m ./...

e2e: ## what zt emits, on a real API server and a real data plane; needs Linux and root
	cd emit/conformance && $(GO) vet ./... && $(GO) build -o $(CURDIR)/bin/e2e/ ./apiserver tool
	cd emit/conformance && ZT_E2E_BIN=$(CURDIR)/bin/e2e $(GO) test -count=1 -timeout 30m -v ./...

lint: ## format, vet, staticcheck, known vulnerabilities
	./.ci/lint

bench: ## ratios, beside what was noted of them, and benchmarks; times are for comparing within one run
	$(GO) test -run Ratios -v ./emit/proof ./emit/answer -ratios
	$(GO) test -run '^$$' -bench . -benchmem ./...

install: ## the command, where go install puts it
	$(GO) install ./cmd/zt
