// SPDX-License-Identifier: MIT
#include "explain/progress.h"

#include "explain/result.h"
#include "util/printable.h"

/* A carriage return, and "erase to the end of the line" (ECMA-48). */
#define AGAIN "\r\033[K"

static void show(struct progress *progress)
{
	struct explain_progress *p = (struct explain_progress *)progress;
	char size[32];

	fprintf(p->out, AGAIN "criu-ns: freezing process %d (", p->f->target.pid);
	printable_write(p->out, p->f->target.comm);
	fprintf(p->out, "): %lld s", (milliseconds_now() - p->since) / 1000);
	if (p->f->images_dir.fd >= 0) {
		explain_size(explain_images_size(p->f->images_dir.fd), size, sizeof(size));
		fprintf(p->out, ", %s", size);
	}
	fflush(p->out);
	p->is_shown = true;
}

static void hide(struct progress *progress)
{
	struct explain_progress *p = (struct explain_progress *)progress;

	if (p->is_shown) {
		fputs(AGAIN, p->out);
		fflush(p->out);
	}
	p->is_shown = false;
}

void explain_progress_begin(FILE *out, const struct facts *f, long long since,
			    struct explain_progress *ret)
{
	*ret = (struct explain_progress){
		.progress = { show, hide }, .out = out, .f = f, .since = since
	};
}
