# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL: # generators, formatters and checks work on the same files; go builds in parallel by itself
MAKEFLAGS += --no-builtin-rules

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -X main.version=$(VERSION)

# Narrow these on the command line: make test PKG=./internal/calendar/... RUN=TestGap
PKG ?= ./...
RUN ?=
TEST_TIMEOUT ?= 50m
# What make bench measures: the cluster benchmarks, then those of the pure packages.
BENCH ?= .
BENCH_PACKAGES ?= ./test/bench/... ./internal/...
BENCH_TIME ?= 1s
# Empty for the parts that take minutes too: thousands of schedules for a CronJob controller with default flags.
BENCH_FLAGS ?= -short
FUZZ_TIME ?= 20s

TOOLS := bin/tools
CONTROLLER_GEN := $(TOOLS)/controller-gen
GOLANGCI_LINT := $(TOOLS)/golangci-lint
CRD_REF_DOCS := $(TOOLS)/crd-ref-docs
GOTESTSUM := $(TOOLS)/gotestsum
HELM := $(TOOLS)/helm
HELM3 := $(TOOLS)/helm3
KUBECONFORM := $(TOOLS)/kubeconform
HEADER := hack/boilerplate.go.txt
# Not empty when the tests in a browser are among them: only then is a browser needed.
IN_BROWSER := $(filter ./... ./test/... ./test/browser%,$(PKG))
# The same for those with a real mail server.
BY_MAIL := $(filter ./... ./test/... ./test/mta%,$(PKG))
# And what those of the chart, of documents with values for it, and of releases run.
BY_HELM := $(if $(filter ./... ./test/... ./test/chart% ./test/docs% ./hack ./hack/...,$(PKG)),$(HELM) $(HELM3) $(KUBECONFORM))
MODULES := . hack/controlplane hack/dist hack/node/calico hack/tools hack/tools/helm hack/tools/helm3 hack/tools/lint test/chart/kinds test/gitops/flux test/monitoring test/prometheus

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use it

.PHONY: run
run: build ## A real control plane, the operator and the sample program; Ctrl-C ends it
	@assets=$$(hack/controlplane/install.sh); go run ./hack/run --assets "$$assets"

.PHONY: demo
demo: build ## The same, played through: owners accept, mails go out, a browser answers, the stage is shown
	@assets=$$(hack/controlplane/install.sh); CX_BROWSER=$$(hack/browser/install.sh) go run ./hack/run --assets "$$assets" --demo

.PHONY: build
build: ## bin/cx-operator and bin/kubectl-cx
	@mkdir -p bin
	go build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/cx-operator ./cmd/kubectl-cx

# What make image packs: architectures, and the registry in the image's name (as the chart's image.registry).
IMAGE_ARCHS ?= $(shell go env GOARCH)
IMAGE_REGISTRY ?=
DIST := go -C hack/dist run . --version '$(VERSION)' --registry '$(IMAGE_REGISTRY)'
# Where the plugin's archives will be, for krew; empty for the project's own releases.
BASE_URL ?=
PLATFORMS := linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64

.PHONY: image
image: ## dist/cx-operator-VERSION-linux-ARCH.tar, an OCI archive (IMAGE_ARCHS=amd64,arm64 IMAGE_REGISTRY=registry.example.com)
	$(DIST) --archs '$(IMAGE_ARCHS)' image

.PHONY: dist
dist: $(HELM) ## All of a release into dist/: kinds, chart, images, plugin, schemas, bills of materials, checksums (IMAGE_REGISTRY, BASE_URL)
	$(DIST) --archs amd64,arm64 --platforms $(PLATFORMS) --base-url '$(BASE_URL)' --helm '$(CURDIR)/$(HELM)' \
		crds install chart schemas image plugins sums

.PHONY: controlplane
controlplane: ## Fetch or build etcd, kube-apiserver, kube-controller-manager, kubectl; prints their folder
	@hack/controlplane/install.sh

##@ Check it

.PHONY: test
test: $(GOTESTSUM) $(BY_HELM) ## All tests (PKG=./internal/calendar/... RUN=TestGap narrows them)
	@assets=$$(hack/controlplane/install.sh); \
	browser=$(if $(IN_BROWSER),$$(hack/browser/install.sh || true)); \
	mta=$(if $(BY_MAIL),$$(hack/mta/install.sh || true)); \
	KUBEBUILDER_ASSETS=$$assets CX_BROWSER=$$browser CX_MTA=$$mta hack/test.sh -timeout $(TEST_TIMEOUT) $(if $(RUN),-run '$(RUN)') $(PKG)

.PHONY: e2e
e2e: ## The chart on a real node: install, answer, kill, NetworkPolicy, upgrade, uninstall (needs root on Debian or Ubuntu; 8 minutes)
	@hack/e2e.sh

.PHONY: verify
verify: tidy generate fmt lint check ## Generators, read-only checks, then a clean tree: what CI runs
	@hack/clean-tree.sh

.PHONY: lint
lint: $(GOLANGCI_LINT) ## golangci-lint (go vet is one of its linters) with the API linter
	$(GOLANGCI_LINT) run

.PHONY: check
check: ## Licence headers, CRD sizes, links in documents, no scaffold text
	@hack/check.sh

.PHONY: bench
bench: ## Benchmarks (BENCH=Due BENCH_PACKAGES=./test/bench/... narrows them)
	@assets=$$(hack/controlplane/install.sh); \
	KUBEBUILDER_ASSETS=$$assets go test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCH_TIME) $(BENCH_FLAGS) -timeout 60m $(BENCH_PACKAGES)

.PHONY: fuzz
fuzz: ## Every fuzz target for FUZZ_TIME (20s) each
	@hack/fuzz.sh $(FUZZ_TIME)

##@ Change it

.PHONY: generate
generate: $(CONTROLLER_GEN) $(CRD_REF_DOCS) ## Deep copies, CRDs, apply configurations, RBAC, API and CLI reference, tables, copies of frameworks
	@mkdir -p bin docs/reference && touch bin/.generate
	$(CONTROLLER_GEN) object:headerFile=$(HEADER) applyconfiguration:headerFile=$(HEADER) paths=./api/v1alpha1
	$(CONTROLLER_GEN) crd paths=./api/v1alpha1 output:crd:dir=config/crd
	@if [ -d controllers ]; then set -x; $(CONTROLLER_GEN) rbac:roleName=cx-operator paths=./controllers/... output:rbac:dir=config/rbac; fi
	@find config/crd api/v1alpha1/applyconfiguration \( -name '*.go' -o -name 'cx-operator.io_*.yaml' \) ! -newer bin/.generate -delete
	@hack/crd-kustomization.sh > config/crd/kustomization.yaml
	@hack/chart-files.sh
	$(CRD_REF_DOCS) --source-path=api/v1alpha1 --config=hack/tools/api-docs.yaml --renderer=markdown --output-path=docs/reference/api.md --log-level=ERROR
	go run ./hack/frameworks
	go run ./hack/maturitydocs
	go run ./hack/clidocs
	go run ./hack/valuesdocs
	go run ./hack/metricsdocs

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format Go code and sort its imports
	$(GOLANGCI_LINT) fmt

.PHONY: tidy
tidy: ## go mod tidy in every module
	@for module in $(MODULES); do (cd $$module && go mod tidy); done

.PHONY: clean
clean: ## Remove bin/ and dist/ (the control plane stays where setup-envtest keeps its own)
	rm -rf bin dist

##@ Tools: pinned in hack/tools, rebuilt when its go.mod or go.sum change

$(TOOLS)/controller-gen: PACKAGE := sigs.k8s.io/controller-tools/cmd/controller-gen
$(TOOLS)/crd-ref-docs: PACKAGE := github.com/elastic/crd-ref-docs
$(TOOLS)/benchstat: PACKAGE := golang.org/x/perf/cmd/benchstat
$(TOOLS)/gotestsum: PACKAGE := gotest.tools/gotestsum
$(TOOLS)/setup-envtest: PACKAGE := sigs.k8s.io/controller-runtime/tools/setup-envtest

$(TOOLS)/controller-gen $(TOOLS)/crd-ref-docs $(TOOLS)/benchstat $(TOOLS)/gotestsum $(TOOLS)/setup-envtest: hack/tools/go.mod hack/tools/go.sum
	@echo "building $@" >&2
	@cd hack/tools && GOWORK=off go build -o $(CURDIR)/$@ $(PACKAGE) && touch $(CURDIR)/$@

$(GOLANGCI_LINT): hack/tools/lint/go.mod hack/tools/lint/go.sum hack/tools/lint/cmd/golangci-lint/main.go
	@echo "building $@: about a minute" >&2
	@cd hack/tools/lint && GOWORK=off go build -o $(CURDIR)/$@ ./cmd/golangci-lint && touch $(CURDIR)/$@

# Helm says what it is, and for which Kubernetes it renders, by what is stamped here.
$(HELM): PACKAGE := helm.sh/helm/v4/cmd/helm
$(HELM): STAMP := -X helm.sh/helm/v4/internal/version.version=v4.3.1
$(KUBECONFORM): PACKAGE := github.com/yannh/kubeconform/cmd/kubeconform
$(HELM3): STAMP := -X helm.sh/helm/v3/internal/version.version=v3.22.0 \
	$(foreach package,chartutil lint/rules,$(addprefix -X helm.sh/helm/v3/pkg/$(package).k8sVersion,Major=1 Minor=36))

$(HELM) $(KUBECONFORM): hack/tools/helm/go.mod hack/tools/helm/go.sum
	@echo "building $@" >&2
	@cd hack/tools/helm && GOWORK=off go build -ldflags '$(STAMP)' -o $(CURDIR)/$@ $(PACKAGE) && touch $(CURDIR)/$@

$(HELM3): hack/tools/helm3/go.mod hack/tools/helm3/go.sum
	@echo "building $@" >&2
	@cd hack/tools/helm3 && GOWORK=off go build -ldflags '$(STAMP)' -o $(CURDIR)/$@ helm.sh/helm/v3/cmd/helm && touch $(CURDIR)/$@
