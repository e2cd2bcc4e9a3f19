// SPDX-License-Identifier: MIT
/* Build-IDs, in ELF files that are made here, whole and damaged. */
#include "unit.h"

#include "look/build_id.h"

#include <elf.h>

enum { SIZE = 512, NOTES = 300 };

static const uint8_t id[] = "0123456789abcdefghij";

static size_t put_note(uint8_t *at, uint32_t type, const void *text, uint32_t length)
{
	const Elf64_Nhdr note = { .n_namesz = 4, .n_descsz = length, .n_type = type };

	memcpy(at, &note, sizeof(note));
	memcpy(at + sizeof(note), "GNU", 4);
	memcpy(at + sizeof(note) + 4, text, length);
	return sizeof(note) + 4 + ((length + 3) & ~3U);
}

/* Two segments, of which the second has the notes: another one, and the build-ID. */
static void make_elf64(uint8_t *file)
{
	const Elf64_Ehdr e = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64 },
			       .e_phoff = sizeof(e),
			       .e_phnum = 2 };
	Elf64_Phdr p[] = { { .p_type = PT_LOAD, .p_filesz = SIZE },
			   { .p_type = PT_NOTE, .p_offset = NOTES } };
	size_t n = put_note(file + NOTES, NT_GNU_ABI_TAG, "odd", 3);

	p[1].p_filesz = n + put_note(file + NOTES + n, NT_GNU_BUILD_ID, id, 20);
	memcpy(file, &e, sizeof(e));
	memcpy(file + sizeof(e), p, sizeof(p));
}

static void make_elf32(uint8_t *file)
{
	const Elf32_Ehdr e = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32 },
			       .e_phoff = sizeof(e),
			       .e_phnum = 1 };
	Elf32_Phdr p = { .p_type = PT_NOTE, .p_offset = NOTES };

	p.p_filesz = (Elf32_Word)put_note(file + NOTES, NT_GNU_BUILD_ID, id, 20);
	memcpy(file, &e, sizeof(e));
	memcpy(file + sizeof(e), &p, sizeof(p));
}

static void it_is_found_in_both_classes(void **state)
{
	uint8_t file[SIZE] = { 0 };
	uint8_t got[BUILD_ID_MAX];

	(void)state;
	make_elf64(file);
	assert_int_equal(build_id_find(file, SIZE, got), 20);
	assert_memory_equal(got, id, 20);
	memset(file, 0, SIZE);
	memset(got, 0, sizeof(got));
	make_elf32(file);
	assert_int_equal(build_id_find(file, SIZE, got), 20);
	assert_memory_equal(got, id, 20);
}

/* Each in memory of its own size, so that a sanitizer sees a read behind the end. */
static void cut_short_it_is_not_found(void **state)
{
	uint8_t whole[SIZE] = { 0 };
	uint8_t got[BUILD_ID_MAX];

	(void)state;
	make_elf64(whole);
	for (size_t n = 0; n <= SIZE; n++) {
		uint8_t *file = xcalloc(n, 1);
		size_t length;

		memcpy(file, whole, n);
		length = build_id_find(file, n, got);
		UNIT_CHECK(length == (n >= NOTES + 20 + 36 ? 20 : 0), "%zu bytes: %zu", n, length);
		free(file);
	}
}

static void any_byte_may_be_wrong(void **state)
{
	uint8_t got[BUILD_ID_MAX];

	(void)state;
	for (size_t at = 0; at < SIZE; at++) {
		uint8_t *file = xcalloc(SIZE, 1);

		make_elf64(file);
		for (int value = 0; value < 256; value += 5) {
			file[at] = (uint8_t)value;
			assert_in_range(build_id_find(file, SIZE, got), 0, BUILD_ID_MAX);
		}
		free(file);
	}
}

static void other_files_have_none(void **state)
{
	uint8_t file[SIZE] = { 0 };
	uint8_t got[BUILD_ID_MAX];

	(void)state;
	assert_int_equal(build_id_find(file, SIZE, got), 0);
	make_elf64(file);
	file[EI_CLASS] = 3;
	assert_int_equal(build_id_find(file, SIZE, got), 0);
	make_elf64(file);
	file[NOTES + 20 + 4] = BUILD_ID_MAX + 1; /* its length */
	assert_int_equal(build_id_find(file, SIZE, got), 0);
}

static void the_loader_has_one(void **state)
{
	uint8_t got[BUILD_ID_MAX];
	int fd = open("/lib64/ld-linux-x86-64.so.2", O_RDONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0)
		skip(); /* another processor */
	assert_int_equal(build_id_read(fd, got), 20);
	close(fd);
}

int main(void)
{
	UNIT(it_is_found_in_both_classes);
	UNIT(cut_short_it_is_not_found);
	UNIT(any_byte_may_be_wrong);
	UNIT(other_files_have_none);
	UNIT(the_loader_has_one);
	return unit_run("build_id");
}
