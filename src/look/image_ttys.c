// SPDX-License-Identifier: MIT
#include "look/image_ttys.h"

#include "look/image_format.h"
#include "util/util.h"

#include <stdint.h>
#include <stdlib.h>

/* tty_pty_entry: index = 1 */
static bool parse_pty(struct pb m, struct image_tty *t)
{
	struct pb_field f;

	t->is_pty = true;
	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == 1 && !f.text)
			t->index = (unsigned)f.value;
	}
	return true;
}

static void take_number(const struct pb_field *f, struct image_tty *t)
{
	enum { ID = 1, TYPE = 2, SID = 6, RDEV = 8, DEV = 13, EXT_TTY = 5 };

	switch (f->number) {
	case ID: /* tty_gen_id() in criu/tty.c: odd for a master */
		t->id = (uint32_t)f->value;
		t->is_master = f->value & 1;
		break;
	case TYPE:
		t->is_external = f->value == EXT_TTY;
		break;
	case SID:
		t->sid = f->value <= INT32_MAX ? (pid_t)f->value : 0;
		break;
	case RDEV:
		t->rdev = (unsigned)f->value;
		break;
	case DEV:
		t->dev = (unsigned)f->value;
		break;
	default:
		break;
	}
}

/*
 * tty_info_entry (criu/images/tty.proto); one without termios was hung up (dump_tty_info() in
 * criu/tty.c).
 */
static bool parse_tty(struct pb m, void *arg)
{
	enum { TERMIOS = 9, PTY = 12 };
	struct image_tty t = { .is_hung = true };
	struct image_ttys *ret = arg;
	struct pb_field f;

	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (!f.text)
			take_number(&f, &t);
		else if (f.number == TERMIOS)
			t.is_hung = false;
		else if (f.number == PTY && !parse_pty(pb_inside(&f), &t))
			return false;
	}
	ret->v = xreallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
	ret->v[ret->n++] = t;
	return true;
}

int image_ttys_parse(const void *text, size_t size, struct image_ttys *ret)
{
	int r;

	*ret = (struct image_ttys){ 0 };
	r = image_parse(text, size, TTY_INFO_MAGIC, parse_tty, ret);
	if (r < 0)
		image_ttys_free(ret);
	return r;
}

void image_ttys_read(int dirfd, struct image_ttys *ret)
{
	*ret = (struct image_ttys){ 0 };
	if (image_read(dirfd, "tty-info.img", TTY_INFO_MAGIC, parse_tty, ret) < 0)
		image_ttys_free(ret);
}

void image_ttys_free(struct image_ttys *t)
{
	free(t->v);
	*t = (struct image_ttys){ 0 };
}

static bool has_master(const struct image_ttys *t, unsigned index)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].is_pty && t->v[i].is_master && t->v[i].index == index)
			return true;
	return false;
}

bool image_ttys_have_job(const struct image_ttys *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].is_pty && !t->v[i].is_master && !t->v[i].is_hung &&
		    !has_master(t, t->v[i].index))
			return true;
	return false;
}

bool image_tty_is_remade(const struct image_tty *t)
{
	return t->is_pty && !t->is_external && (t->is_master || t->is_hung);
}

size_t image_ttys_remade_below(const struct image_ttys *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (image_tty_is_remade(&t->v[i]) && t->v[i].index >= n)
			n = (size_t)t->v[i].index + 1;
	return n;
}
