// SPDX-License-Identifier: MIT
/*
 * Images of threads as criu writes them: which of them make their system call again, and that only
 * two numbers change.
 */
#include "unit.h"

#include "look/image_format.h"
#include "look/image_restart.h"

#include <errno.h>

enum { AX = 11, DX = 13, ORIG_AX = 16, IP = 17, SS = 21, MODE = 28 };
enum { POLL = 7, NANOSLEEP = 35 };

struct thread {
	uint64_t machine, ax, dx, orig_ax, ip, mode;
};

static const struct thread waits = { 1, (uint64_t)-EINTR, UINT32_MAX, POLL, 0x7f0000000080, 1 };

static struct pb_out image_of(const struct thread *t)
{
	static const uint32_t magics[] = { IMG_COMMON_MAGIC, CORE_MAGIC };
	struct pb_out registers = { 0 };
	struct pb_out info = { 0 };
	struct pb_out core = { 0 };
	struct pb_out image = { 0 };

	for (unsigned i = 1; i <= MODE; i++)
		pb_put_number(&registers, i,
			      i == AX        ? t->ax
			      : i == DX      ? t->dx
			      : i == ORIG_AX ? t->orig_ax
			      : i == IP      ? t->ip
			      : i == MODE    ? t->mode
					     : i);
	pb_put_number(&info, 1, 0);
	pb_put_bytes(&info, 2, registers.v, registers.n);
	pb_put_number(&core, 1, t->machine);
	pb_put_bytes(&core, 2, info.v, info.n);
	pb_put(&image, magics, sizeof(magics));
	image_put_entry(&image, &core);
	free(registers.v);
	free(info.v);
	free(core.v);
	return image;
}

/* The registers that are left when everything around them has been taken away. */
static void read_back(const struct pb_out *o, uint64_t *ret)
{
	struct pb image = { (const uint8_t *)o->v, (const uint8_t *)o->v + o->n };
	struct pb at;
	struct pb_field f;

	assert_true(image_take_magics(&image, CORE_MAGIC));
	assert_true(image_take_entry(&image, &at));
	for (int depth = 0; depth < 2; depth++) {
		do
			assert_true(pb_take_field(&at, &f));
		while (f.number != 2);
		at = pb_inside(&f);
	}
	while (at.at < at.end) {
		assert_true(pb_take_field(&at, &f));
		ret[f.number] = f.value;
	}
}

static void a_poll_is_made_again(void **state)
{
	(void)state;
	/* The second position is the first one with a longer number. */
	for (uint64_t ip = waits.ip; ip; ip = ip == waits.ip ? UINT64_C(1) << 42 : 0) {
		struct thread t = waits;
		uint64_t found[MODE + 1] = { 0 };

		t.ip = ip;

		struct pb_out o = image_of(&t);

		assert_true(image_restart_poll(o.v, o.n));
		read_back(&o, found);
		for (unsigned i = 1; i <= MODE; i++)
			assert_int_equal(found[i], i == AX        ? POLL
						   : i == DX      ? t.dx
						   : i == ORIG_AX ? POLL
						   : i == IP      ? ip - 2
						   : i == MODE    ? 1
								  : i);
		assert_false(image_restart_poll(o.v, o.n));
		free(o.v);
	}
}

static void nothing_else_is(void **state)
{
	const struct thread others[] = {
		{ 3, waits.ax, waits.dx, POLL, waits.ip, 1 }, /* another machine */
		{ 1, waits.ax, 1000, POLL, waits.ip, 1 },     /* a timeout */
		{ 1, waits.ax, waits.dx, NANOSLEEP, waits.ip, 1 },
		{ 1, waits.ax, waits.dx, UINT64_MAX, waits.ip, 1 }, /* not in a system call */
		{ 1, 0, waits.dx, POLL, waits.ip, 1 },              /* at its end */
		{ 1, waits.ax, waits.dx, POLL, waits.ip, 2 },       /* of 32 bits */
		{ 1, waits.ax, waits.dx, POLL, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct pb_out o = image_of(&others[i]);
		_cleanup_free_ char *before = xcalloc(1, o.n);

		memcpy(before, o.v, o.n);
		assert_false(image_restart_poll(o.v, o.n));
		assert_memory_equal(o.v, before, o.n);
		free(o.v);
	}
}

/*
 * Each byte that is missing or another one: nothing outside is touched (with the sanitizers, read).
 */
static void damage_does_no_harm(void **state)
{
	struct pb_out o = image_of(&waits);

	(void)state;
	for (size_t n = 0; n < o.n; n++) {
		_cleanup_free_ char *copy = xcalloc(1, n + 1);

		memcpy(copy, o.v, n);
		assert_false(image_restart_poll(copy, n));
	}
	for (size_t n = 0; n < o.n; n++) {
		_cleanup_free_ char *copy = xcalloc(1, o.n);

		memcpy(copy, o.v, o.n);
		copy[n] = (char)(copy[n] ^ 0xff);
		(void)image_restart_poll(copy, o.n);
	}
	free(o.v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_poll_is_made_again),
		cmocka_unit_test(nothing_else_is),
		cmocka_unit_test(damage_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
