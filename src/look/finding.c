// SPDX-License-Identifier: MIT
#include "look/finding.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

struct finding *findings_add(struct findings *s, const struct finding *x)
{
	s->v = xgrow(s->v, s->n, sizeof(*s->v));
	s->v[s->n] = *x;
	return &s->v[s->n++];
}

const struct finding *findings_first(const struct findings *s, enum finding_kind kind)
{
	findings_for_each (x, s)
		if (x->kind == kind)
			return x;
	return NULL;
}

bool findings_have_nested_mounts(const struct findings *s)
{
	findings_for_each (x, s)
		if (x->kind == FINDING_NESTED_NS && !strcmp(x->ns.kind, "mnt") &&
		    x->ns.tid == x->pid)
			return true;
	return false;
}

static void socket_free(struct found_socket *s)
{
	free(s->name);
	free(s->name_now);
}

void findings_free(struct findings *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].path);
		if (finding_is_socket(&s->v[i]))
			socket_free(&s->v[i].socket);
		if (s->v[i].kind == FINDING_ATTRIBUTES)
			free(s->v[i].attributes.own.cpus);
		if (s->v[i].kind == FINDING_ALIKE)
			free(s->v[i].attributes.tree.memory);
		if (s->v[i].kind == FINDING_OUTSIDE_FILE)
			identity_free(&s->v[i].file.was);
		if (s->v[i].kind == FINDING_WATCH)
			free(s->v[i].watch.place);
		if (s->v[i].kind == FINDING_OUTSIDE_STREAM) {
			recipe_unix_free(&s->v[i].stream.again);
			free(s->v[i].stream.peer_name);
		}
	}
	free(s->v);
	*s = (struct findings){ 0 };
}
