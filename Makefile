# A thin front door: everything is built by Meson, this only saves typing.
#
#   make                      install what is missing, build
#   make demo                 install what is missing, build, show the synthetic camera and a detector in the browser
#   make demo SOURCE=a.avi    the same with a video file or a still image
#   make demo MODEL=m.onnx    the same with another model; `zcf-yolod --download` says where to get one
#   make demo SOURCE=vio      the camera of an RDK X5; on other machines, of an emulated one
#   make demo LISTEN=0.0.0.0:8080 STREAM_LISTEN=0.0.0.0:8090    let others on the network watch, or take other ports
#   make test                 install what is missing, build, run every test
#   make torture MINUTES=60   kill, stop and starve everything at every step of the protocol
#   make fuzz MINUTES=60      make up what others could write: messages, shared memory, requests, files
#   make bench                what sharing frames costs here, against a bare futex and others
#   make bench-detector       what the detector adds to its model's own time; SOURCE and MODEL as for the demo
#   make bench-stream         what a viewer more costs, and how old pictures are when they are seen
#   make cross                build everything for aarch64 (the RDK X5) on a PC
#   make test-cross           run the tests on an emulated aarch64
#   make deb                  Debian packages, into build-deb/; ARCH=arm64 for the RDK X5
#   make install              install to PREFIX (default /usr/local), DESTDIR honoured
#   make install-detector     and what the detector needs from PyPI, into an environment below PREFIX

BUILD  ?= build
PREFIX ?= /usr/local
ARCH   ?= $(shell dpkg --print-architecture)
SOURCE ?= synthetic
MINUTES ?= 10
MODEL  ?=

.PHONY: all build demo test torture fuzz bench bench-detector bench-stream cross test-cross deb install install-detector uninstall format check clean help
.PHONY: dependencies test-dependencies bench-dependencies

all: build

help:
	@sed -n 's/^#   //p' $(firstword $(MAKEFILE_LIST))

dependencies:
	@scripts/install-dependencies

bench-dependencies:
	@scripts/install-dependencies --bench

test-dependencies:
	@scripts/install-dependencies --tests

$(BUILD)/build.ninja: | dependencies
	@meson setup $(BUILD) --prefix=$(PREFIX)

# A PREFIX that is said goes for a build directory that was made with another one, too.
build: dependencies $(BUILD)/build.ninja
	@$(if $(filter command environment,$(origin PREFIX)),meson configure $(BUILD) --prefix=$(PREFIX))
	@meson compile -C $(BUILD)

demo: build
	@scripts/demo $(BUILD) "$(SOURCE)" "$(MODEL)"

test: test-dependencies
	@scripts/test

torture: test-dependencies
	@scripts/torture $(MINUTES)

fuzz: test-dependencies
	@scripts/fuzz $(MINUTES)

# Some nine minutes, on a machine that does nothing else. docs/benchmarks.md is made of what was measured. Without PyPI
# the detector is left out, and that is said.
bench: bench-dependencies build
	@scripts/python-environment $(BUILD)/python $(BUILD) || [ $$? = 75 ]
	@$(BUILD)/cli/zcf bench --json >$(BUILD)/benchmarks.json
	@$(BUILD)/cli/zcf bench report $(BUILD)/benchmarks.json --html $(BUILD)/benchmarks.html --markdown docs/benchmarks.md
	@echo "$(BUILD)/benchmarks.html, $(BUILD)/benchmarks.json, docs/benchmarks.md"

bench-stream: build
	@$(BUILD)/streamd/benchmark

bench-detector: build
	@scripts/python-environment $(BUILD)/python $(BUILD)
	@$(BUILD)/yolod/benchmark --source "$(SOURCE)" --model "$(MODEL)"

cross:
	@scripts/install-dependencies --cross
	@scripts/cross

test-cross:
	@scripts/install-dependencies --tests --cross
	@scripts/test-cross

deb:
	@scripts/install-dependencies --deb $(if $(filter-out $(shell dpkg --print-architecture),$(ARCH)),--cross)
	@ARCH=$(ARCH) scripts/make-deb

install: build
	@meson install -C $(BUILD)

install-detector: install
	@scripts/python-environment $(PREFIX)/lib/zcframe/python $(PREFIX)

uninstall:
	@ninja -C $(BUILD) uninstall

format:
	@scripts/check-format --fix

check: test-dependencies
	@scripts/check

clean:
	@rm -rf $(BUILD) build-*
