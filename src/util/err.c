// SPDX-License-Identifier: MIT
#include "util/err.h"

#include "util/printable.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_result(const struct err *e)
{
	return e->errnum ? -e->errnum : -EINVAL;
}

int err_set(struct err *e, int errnum, const char *fmt, ...)
{
	va_list ap;

	memset(e, 0, sizeof(*e));
	e->errnum = errnum;
	va_start(ap, fmt);
	vsnprintf(e->what, sizeof(e->what), fmt, ap);
	va_end(ap);
	printable(e->what);
	return err_result(e);
}

int err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	printable(e->hint);
	return err_result(e);
}

int err_status(struct err *e, int status)
{
	e->status = status;
	return err_result(e);
}

void err_format(const struct err *e, char *buf, unsigned long size)
{
	snprintf(buf, size, "%s%s%s%s%s", e->what, e->errnum ? ": " : "",
		 e->errnum ? strerror(e->errnum) : "", e->hint[0] ? "; " : "", e->hint);
}

int err_report(const struct err *e)
{
	char text[2048];
	char line[sizeof(text) + 16];

	/* At once, because several of us may write to one place. */
	err_format(e, text, sizeof(text));
	snprintf(line, sizeof(line), "criu-ns: %s\n", text);
	fputs(line, stderr);
	return e->status ? e->status : EXIT_OWN;
}
