// SPDX-License-Identifier: MIT
#include "look/build_id.h"

#include "util/util.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What of a program header counts, in both classes of ELF files. */
struct segment {
	uint32_t type;
	uint64_t offset, size;
};

static bool take(const uint8_t *file, size_t n, uint64_t at, void *ret, size_t size)
{
	if (at > n || n - at < size)
		return false;
	memcpy(ret, file + at, size);
	return true;
}

static bool take_segment(const uint8_t *file, size_t n, size_t number, struct segment *ret)
{
	if (file[EI_CLASS] == ELFCLASS64) {
		Elf64_Ehdr e;
		Elf64_Phdr p;

		if (!take(file, n, 0, &e, sizeof(e)) || number >= e.e_phnum ||
		    !take(file, n, e.e_phoff + number * sizeof(p), &p, sizeof(p)))
			return false;
		*ret = (struct segment){ p.p_type, p.p_offset, p.p_filesz };
	} else {
		Elf32_Ehdr e;
		Elf32_Phdr p;

		if (!take(file, n, 0, &e, sizeof(e)) || number >= e.e_phnum ||
		    !take(file, n, e.e_phoff + number * sizeof(p), &p, sizeof(p)))
			return false;
		*ret = (struct segment){ p.p_type, p.p_offset, p.p_filesz };
	}
	return true;
}

static uint64_t align4(uint64_t n)
{
	return (n + 3) & ~UINT64_C(3);
}

/* Notes look the same in both classes. */
static size_t find_in_notes(const uint8_t *file, size_t n, const struct segment *s,
			    uint8_t ret[BUILD_ID_MAX])
{
	uint64_t end = s->size < n && s->offset < n - s->size ? s->offset + s->size : n;
	uint64_t at = s->offset;
	Elf64_Nhdr note;

	while (at < end && take(file, n, at, &note, sizeof(note))) {
		uint64_t text = at + sizeof(note) + align4(note.n_namesz);

		if (note.n_type == NT_GNU_BUILD_ID)
			return note.n_descsz <= BUILD_ID_MAX &&
					       take(file, n, text, ret, note.n_descsz)
				       ? note.n_descsz
				       : 0;
		at = text + align4(note.n_descsz);
	}
	return 0;
}

size_t build_id_find(const uint8_t *file, size_t n, uint8_t ret[BUILD_ID_MAX])
{
	struct segment s;
	size_t length = 0;

	if (n <= EI_CLASS || memcmp(file, ELFMAG, SELFMAG) != 0 ||
	    (file[EI_CLASS] != ELFCLASS32 && file[EI_CLASS] != ELFCLASS64))
		return 0;
	for (size_t i = 0; !length && take_segment(file, n, i, &s); i++)
		if (s.type == PT_NOTE)
			length = find_in_notes(file, n, &s, ret);
	return length;
}

size_t build_id_read(int fd, uint8_t ret[BUILD_ID_MAX])
{
	/* Linkers put the notes right behind the headers. */
	uint8_t file[4096];
	ssize_t n = RETRY(pread(fd, file, sizeof(file), 0));

	return n > 0 ? build_id_find(file, (size_t)n, ret) : 0;
}
