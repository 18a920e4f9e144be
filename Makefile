# These need only Go; `race` also needs a C compiler, and `e2e` needs Linux and root.
SHELL   := /bin/bash
GO      ?= go
BIN     ?= bin/zt

# Random tests draw new inputs in each run. With SEED they draw the same ones, as in CI: there, a
# commit passes or fails for good.
seeded := $(if $(SEED),$(shell $(GO) list -f '{{range .TestImports}}{{if eq . "pgregory.net/rapid"}}{{$$.ImportPath}} {{end}}{{end}}{{range .XTestImports}}{{if eq . "pgregory.net/rapid"}}{{$$.ImportPath}} {{end}}{{end}}' ./...))
others := $(if $(SEED),$(filter-out $(seeded),$(shell $(GO) list ./...)),./...)
tests   = $(GO) test $(1) $(others) $(if $(SEED),&& $(GO) test $(1) $(seeded) -rapid.seed=$(SEED))

.PHONY: build quick test race mutants e2e oracle playground lint bench install

build: ## the command, as bin/zt
	$(GO) build -o $(BIN) ./cmd/zt

quick: ## the tests that find most mistakes: less than 30 seconds on two cores
	@time $(GO) test -short -vet=off -ldflags='-s -w' -timeout 10m ./...

test: ## every test: less than 3 minutes on two cores
	@time { $(call tests,-timeout 20m); }

race: ## the tests of quick, with the race detector
	@export CGO_ENABLED=1; time { $(call tests,-short -race -vet=off -timeout 40m); }

mutants: ## put small mistakes into the compiler and count those that the tests find
	@time ZT_MUTANTS=$(or $(MUTANTS),20) $(GO) test -run TestMutants -count=1 -v -timeout 30m ./emit/internal/mutate

e2e: ## what zt emits, on a real API server and a real data plane; needs Linux and root
	cd emit/conformance && $(GO) vet ./... && $(GO) build -o $(CURDIR)/bin/e2e/ ./apiserver tool
	cd emit/conformance && ZT_E2E_BIN=$(CURDIR)/bin/e2e $(GO) test -count=1 -timeout 30m -v ./...

oracle: ## what zt emits and what it says of policies, on Cilium's own policy engine
	cd emit/conformance/cilium && $(GO) vet ./... && $(GO) test -count=1 -timeout 30m -v ./...

playground: ## the playground page in headless Chromium; needs chromium and chromedriver
	ZT_BROWSER=1 $(GO) test -count=1 -v ./examples/playground

lint: ## format, vet, staticcheck, known vulnerabilities
	./.ci/lint

bench: ## ratios and shapes of input, beside what was noted of them, and benchmarks; times are for comparing within one run
	$(GO) test -run Ratios -v ./emit/proof ./compiler/query -ratios
	$(GO) test -run Shapes -v -timeout 20m ./cmd/zt -shapes
	$(GO) test -run '^$$' -bench . -benchmem ./...

install: ## the command, where go install puts it
	$(GO) install ./cmd/zt
