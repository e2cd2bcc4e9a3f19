# criu-ns: see README.md. `make help` lists the targets.

# Of the tag, or of the name that a tarball of `make dist` unpacks to; else of the last release.
release := 0.1.0
tag     := $(if $(wildcard .git),$(shell git describe --tags --match 'v[0-9]*' 2>/dev/null))
VERSION ?= $(firstword $(tag:v%=%) $(patsubst criu-ns-%,%,$(filter criu-ns-$(release)%,$(notdir $(CURDIR)))) $(release))

PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
INSTALL ?= install

CC         ?= cc
CFLAGS     ?= -O2 -g
BUILD      ?= build

cflags := -std=gnu17 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
          -Wwrite-strings -fPIE -D_GNU_SOURCE -DCRIU_NS_VERSION='"$(VERSION)"' -Iinclude

# criu-ns works for two milliseconds beside criu, so what happens before its main() counts. To load shared libraries takes
# half a millisecond. glibc asks the processor 68 times what it can do (CPUID), each time 7 us on a virtual machine, and musl
# never. So the program is linked statically: with musl where musl-gcc is installed, else with glibc where its archive is.
# `make MUSL=` does without musl, and `make MUSL= STATIC=` links the shared glibc, as that of the unit tests.
# The compiler is asked when something is linked, which is not before `make demo` has installed one.
sanitized := $(findstring -fsanitize,$(CFLAGS))
archive    = $(filter /%,$(shell $(CC) -print-file-name=$(1)))
STATIC    ?= $(if $(sanitized),,$(if $(and $(call archive,libc.a),$(call archive,rcrt1.o)),-static-pie))

# musl-gcc does not know -static-pie, and musl has what it takes.
ifeq ($(origin MUSL),undefined)
MUSL := $(if $(sanitized),,$(if $(filter cc gcc,$(CC)),$(shell command -v musl-gcc)))
endif
musl_lib := $(if $(MUSL),$(shell $(MUSL) -\#\#\# -x c /dev/null 2>&1 | grep -o '/[^" ]*/crti\.o' | sed 's/crti\.o$$//'))
ifeq ($(wildcard $(musl_lib)libc.a),)
MUSL :=
endif
musl_static := -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text $(addprefix $(musl_lib),rcrt1.o crti.o crtn.o)

sources := $(wildcard src/*.c src/*/*.c)
headers := $(wildcard include/*/*.h include/*/*/*.h)
objects := $(sources:src/%.c=$(BUILD)/obj/%.o)
parts   := $(filter-out $(BUILD)/obj/main.o,$(objects))
program := $(if $(MUSL),$(sources:src/%.c=$(BUILD)/musl/%.o),$(objects))
units   := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
fuzzers := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzzers/%,$(wildcard tests/fuzz/*.c))
targets := $(patsubst tests/targets/%.c,$(BUILD)/targets/%,$(wildcard tests/targets/*.c))
scripts := .ci/run $(wildcard demos/* tests/*.t tests/*.sh tests/host tests/setup/* tests/bench/* tests/fuzz/run)
scripts := $(filter-out %.c %.h %.pl %.md,$(scripts))

# `make V=1` shows the commands.
say  = $(if $(V),,@echo '  $(1)	$@';)
make = $(MAKE) --no-print-directory $(if $(V),,-s)

# What root makes in $(BUILD) belongs to the owner of the source tree, who could else not build there.
give_back = tests/setup/give-back '$(BUILD)'
and_give_back = ; status=$$?; $(give_back); exit $$status

.PHONY: all help demo check unit integration bench bench-readme torture asan fuzz lint format words clean install uninstall dist
.DELETE_ON_ERROR:

all: $(BUILD)/criu-ns
	@$(give_back)

help:
	@echo 'make                    build $(BUILD)/criu-ns'
	@echo 'sudo make demo          install what is missing, build, and show freeze, thaw, freeze, thaw ...'
	@echo 'sudo make check         install what is missing, build, and run all tests'
	@echo 'make unit               the tests that need neither root nor criu'
	@echo 'sudo make bench         compare with criu and with the Python criu-ns'
	@echo 'sudo make bench-readme  the same, into README.md and tests/bench/README.md'
	@echo 'sudo make torture       kill what takes part in a freeze or thaw at any moment, thousands of times'
	@echo 'make asan               the tests with the address and undefined behaviour sanitizers'
	@echo 'make fuzz               random input to all that reads what others wrote; FUZZ_SECONDS=60 for each parser'
	@echo 'make words              tests/words.txt, the list of all that a plan can say'
	@echo 'make lint               clang-format, clang-tidy, cppcheck, shellcheck, the man page'
	@echo 'make install            PREFIX=$(PREFIX) DESTDIR=$(DESTDIR); make uninstall removes it again'
	@echo 'make dist               $(BUILD)/criu-ns-$(VERSION).tar.gz'
	@echo 'make clean              remove $(BUILD)/'

$(BUILD)/criu-ns: $(program)
	$(call say,LD)$(if $(MUSL),$(MUSL) $(musl_static),$(CC) $(STATIC)) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/obj/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(cflags) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/musl/%.o: src/%.c Makefile | $(BUILD)/kernel
	@mkdir -p $(@D)
	$(call say,CC)$(MUSL) $(cflags) -Iinclude/musl -idirafter $(BUILD)/kernel $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The kernel's headers, where those of glibc do not lie beside them.
$(BUILD)/kernel:
	@mkdir -p $@
	@for header in linux/sched.h asm/unistd.h asm-generic/errno.h; do \
		path=$$(echo "#include <$$header>" | $(CC) -E -M -MT headers - | tr ' ' '\n' | grep -m 1 "/$$header$$") || exit; \
		ln -sfn "$${path%/*}" $@/$${header%/*}; \
	done

$(BUILD)/unit/%: tests/unit/%.c $(parts)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(cflags) $(CPPFLAGS) $(CFLAGS) -MMD -MP -o $@ $< $(parts) $(LDFLAGS) -lcmocka -lmount

$(BUILD)/targets/%: tests/targets/%.c $(wildcard tests/targets/*.h)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -pthread $(static) -o $@ $<

# Nobody freezes these two, and what tests start most often should start fast.
$(BUILD)/targets/waitfor $(BUILD)/targets/subreaper: static = $(if $(call archive,libc.a),-static)

$(BUILD)/fuzzers/%: tests/fuzz/%.c $(parts)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(cflags) $(CPPFLAGS) $(CFLAGS) -fsanitize=fuzzer -MMD -MP -o $@ $< $(parts) $(LDFLAGS) -lmount

-include $(objects:.o=.d) $(program:.o=.d) $(units:=.d) $(fuzzers:=.d)

# The packages come first: with them missing nothing below would even build.
demo:
	@tests/setup/packages demo$(and_give_back)
	@$(make) all $(targets)$(and_give_back)
	@tests/setup/run demos$(and_give_back)

check:
	@{ tests/setup/packages check || [ $$? -eq 3 ]; }$(and_give_back)
	@$(make) all unit$(and_give_back)
	@$(make) integration

# Without cmocka or libmount (an unprivileged check on a bare machine) the reason is printed, not hidden.
unit:
	+@if echo '#include <stdarg.h>\n#include <stddef.h>\n#include <setjmp.h>\n#include <stdint.h>\n#include <cmocka.h>\n#include <libmount/libmount.h>' | \
	    $(CC) -E - >/dev/null 2>&1; then \
		$(make) run-units; \
	elif [ -n "$$CRIU_NS_MUST_RUN" ]; then \
		echo 'cmocka or libmount is missing (libcmocka-dev, libmount-dev)' >&2; exit 1; \
	else \
		echo 'skipped: the unit tests, because cmocka or libmount is missing (libcmocka-dev, libmount-dev)'; \
	fi

.PHONY: run-units
run-units: $(units)
	@CMOCKA_MESSAGE_OUTPUT=TAP prove --exec '' $(units)

integration: all $(targets)
	@tests/setup/run tests$(and_give_back)

bench:
	@tests/setup/packages bench
	@$(make) all $(targets)$(and_give_back)
	@tests/setup/run bench$(and_give_back)

bench-readme: bench
	@tests/bench/readme README.md tests/bench/README.md $(BUILD)/bench/table.md

# TORTURE='-n 100 --op thaw': see the head of tests/torture/kill-anywhere.
torture:
	@tests/setup/packages torture$(and_give_back)
	@$(make) all
	@tests/setup/run torture $(TORTURE)

asan:
	+@$(make) BUILD=$(BUILD)/asan \
		CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all' unit

# FUZZ=recipe for one of them, FUZZ_SEED=N for another sequence; the head of tests/fuzz/run has more.
# FUZZ_FLAGS='-fprofile-instr-generate -fcoverage-mapping' counts what they reach.
fuzz:
	@tests/setup/packages fuzz$(and_give_back)
	+@$(make) BUILD=$(BUILD)/fuzz CC=clang run-fuzzers \
		CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all $(FUZZ_FLAGS)'$(and_give_back)

.PHONY: run-fuzzers
run-fuzzers: $(fuzzers)
	@BUILD=$(BUILD) tests/fuzz/run $(FUZZ)

lint:
	@tests/setup/packages lint
	@$(make) all
	clang-format --dry-run --Werror $(sources) $(headers) $(wildcard tests/*/*.[ch])
	printf '%s\0' $(sources) | xargs -0 -n 1 -P "$$(nproc)" sh -c 'clang-tidy --quiet "$$0" -- $(subst ','"'"',$(cflags))'
	cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability \
		--inline-suppr --suppress=missingIncludeSystem -Iinclude -D_GNU_SOURCE src
	shellcheck -x $(scripts)
	tests/setup/layers
	tests/setup/man-check $(BUILD)/criu-ns man/criu-ns.1

format:
	clang-format -i $(sources) $(headers) $(wildcard tests/*/*.[ch])

# All texts of plans and explanations, as tests/69-words-of-all.t wants them.
words:
	@tests/setup/words.pl tests/words.txt $(wildcard src/plan/*.c) src/explain/remedies.c >$(BUILD)/words.txt
	@cp $(BUILD)/words.txt tests/words.txt && rm $(BUILD)/words.txt
	@! grep -n '	???$$' tests/words.txt || echo "put words of the man page in the place of each ???, or -"

# Each file that is installed: what it is made from, its mode, its place.
define installed
$(BUILD)/criu-ns          755 $(BINDIR)/criu-ns
man/criu-ns.1             644 $(MANDIR)/man1/criu-ns.1
$(BUILD)/completion/bash  644 $(BASHDIR)/criu-ns
$(BUILD)/completion/zsh   644 $(ZSHDIR)/_criu-ns
$(BUILD)/completion/fish  644 $(FISHDIR)/criu-ns.fish
endef
export installed

$(BUILD)/completion/%: $(BUILD)/criu-ns
	@mkdir -p $(@D)
	$(call say,GEN)$(BUILD)/criu-ns completion $* >$@

install: all $(addprefix $(BUILD)/completion/,bash zsh fish)
	@echo "$$installed" | while read -r file mode place; do \
		echo "  INSTALL	$(DESTDIR)$$place"; \
		$(INSTALL) -D -m $$mode $$file "$(DESTDIR)$$place" || exit 1; \
	done
	@$(give_back)
	@tests/setup/name-clash "$(DESTDIR)" "$(BINDIR)/criu-ns"

uninstall:
	@echo "$$installed" | while read -r file mode place; do rm -f "$(DESTDIR)$$place"; done

dist:
	@mkdir -p $(BUILD)
	git archive --format=tar.gz --prefix=criu-ns-$(VERSION)/ -o $(BUILD)/criu-ns-$(VERSION).tar.gz HEAD

clean:
	rm -rf $(BUILD)
