// SPDX-License-Identifier: MIT
#include "rpc/answer.h"

#include "look/criu_rpc.h"
#include "rpc/request.h"

#include <stdlib.h>
#include <string.h>

/* The pid in a message of criu_resp has this number there; 0: it has none. */
static unsigned pid_in(unsigned number)
{
	return number == RESP_RESTORE ? RESTORE_PID : number == RESP_NOTIFY ? NOTIFY_PID : 0;
}

static pid_t pid_of(const struct pb_field *f)
{
	struct pb m = pb_inside(f);
	struct pb_field inner;
	pid_t pid = 0;

	while (m.at < m.end && pb_take_field(&m, &inner))
		if (inner.number == pid_in(f->number) && !inner.text)
			pid = (pid_t)inner.value;
	return pid;
}

bool rpc_answer_read(const void *bytes, size_t n, struct rpc_answer *ret)
{
	struct pb m = { bytes, (const uint8_t *)bytes + n };
	struct pb_field f;

	*ret = (struct rpc_answer){ 0 };
	while (m.at < m.end) {
		if (!pb_take_field(&m, &f))
			return false;
		if (f.number == RESP_TYPE)
			ret->type = f.value;
		if (f.number == RESP_SUCCESS)
			ret->success = f.value != 0;
		if (f.number == RESP_ERRNO)
			ret->cr_errno = (int)f.value;
		if (pid_in(f.number))
			ret->pid = pid_of(&f);
	}
	return true;
}

static void put_with_pid(struct pb_out *out, const struct pb_field *f, pid_t pid)
{
	bool has = pid && pid_of(f);
	struct pb_out inner = { 0 };

	pb_put_without(&inner, pb_inside(f), has ? pid_in(f->number) : 0);
	if (has)
		pb_put_number(&inner, pid_in(f->number), (uint64_t)pid);
	pb_put_bytes(out, f->number, inner.v, inner.n);
	free(inner.v);
}

struct pb_out rpc_answer_change(const void *bytes, size_t n, uint64_t type, pid_t pid)
{
	struct pb m = { bytes, (const uint8_t *)bytes + n };
	struct pb_out out = { 0 };
	struct pb_field f;

	pb_put_number(&out, RESP_TYPE, type);
	for (const uint8_t *from = m.at; m.at < m.end; from = m.at) {
		if (!pb_take_field(&m, &f))
			break;
		if (f.text && pid_in(f.number))
			put_with_pid(&out, &f, pid);
		else if (f.number != RESP_TYPE)
			pb_put(&out, from, (size_t)(m.at - from));
	}
	return out;
}

struct pb_out rpc_answer_frozen(uint64_t type)
{
	struct pb_out out = { 0 };
	struct pb_out inner = { 0 };

	pb_put_number(&out, RESP_TYPE, type);
	pb_put_number(&out, RESP_SUCCESS, 1);
	pb_put_number(&inner, DUMP_RESTORED, 0);
	pb_put_bytes(&out, RESP_DUMP, inner.v, inner.n);
	free(inner.v);
	return out;
}

struct pb_out rpc_answer_failed(uint64_t type, int cr_errno, const char *text)
{
	struct pb_out out = { 0 };
	struct pb_out inner = { 0 };

	pb_put_number(&out, RESP_TYPE, type);
	pb_put_number(&out, RESP_SUCCESS, 0);
	if (type == RPC_DUMP) {
		pb_put_number(&inner, DUMP_RESTORED, 0);
		pb_put_bytes(&out, RESP_DUMP, inner.v, inner.n);
	}
	if (type == RPC_RESTORE) {
		pb_put_number(&inner, RESTORE_PID, (uint64_t)-1);
		pb_put_bytes(&out, RESP_RESTORE, inner.v, inner.n);
	}
	free(inner.v);
	if (cr_errno)
		pb_put_number(&out, RESP_ERRNO, (uint64_t)cr_errno);
	if (text)
		pb_put_bytes(&out, RESP_ERRMSG, text, strlen(text));
	return out;
}
