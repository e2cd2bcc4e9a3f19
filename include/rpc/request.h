/* SPDX-License-Identifier: MIT */
/*
 * A request of criu's RPC (images/rpc.proto in criu): what criu-ns has to know of it, the words
 * that say the same on criu's command line, and the request for a criu that is in other namespaces
 * than the client. Pure.
 *
 * What criu-ns does not change it does not read: fields are copied as they are, also those that it
 * does not know.
 */
#ifndef CRIU_NS_REQUEST_H
#define CRIU_NS_REQUEST_H

#include "look/criu_rpc.h"
#include "look/protobuf.h"
#include "util/util.h"

#include <stdbool.h>
#include <sys/types.h>

struct rpc_request {
	struct pb whole; /* the caller's bytes */
	/* all parts of criu_opts, one after the other, as protobuf merges them */
	struct pb_out opts;
	uint64_t type;
	bool keep_open;

	/* of criu_opts; descriptors are numbers in the client, -1: not given */
	int images_dir_fd, work_dir_fd, status_fd, pidfd_store;
	bool has_work_dir; /* work_dir_fd was given, whatever its value is */
	bool has_pid;      /* if not, the client itself is meant */
	pid_t pid;
	char *images_dir, *config_file, *log_file;
	bool log_to_stderr, orphan_masters, notifies;
	/*
	 * something that criu allows only `criu swrk` (setup_opts_from_req() in criu/cr-service.c)
	 */
	bool worker_only;
	struct strv exec_cmd;
};

/*
 * Read it. The bytes must outlive *ret. False if it is damaged; then criu has to say so. The caller
 * frees *ret with rpc_request_free() in either case.
 */
bool rpc_request_read(const void *bytes, size_t n, struct rpc_request *ret);
void rpc_request_free(struct rpc_request *r);

/*
 * Add the words that say on criu's command line what its options say. Left out are the pid, the
 * directories, the configuration file, and --exec-cmd. The names of options that it turns off, and
 * that have no --no-NAME, go to denied.
 */
void rpc_request_words(const struct rpc_request *r, struct strv *words, struct strv *denied);

/*
 * What is different for a criu in other namespaces: numbers of descriptors there, -1 or 0: as it
 * was.
 */
struct rpc_changes {
	enum rpc_type type;
	int images_dir_fd, work_dir_fd, status_fd, pidfd_store;
	pid_t pid;
	const char *config_file;     /* NULL: as it was */
	const struct strv *exec_cmd; /* NULL: as it was */
	/* Of join_ns: values of --join-ns, and what they are there; NULL: as it was. */
	const struct strv *joined, *joined_there;
};

/* The request with these changes, in fresh memory. */
struct pb_out rpc_request_change(const struct rpc_request *r, const struct rpc_changes *c);

/* Just the type of a message, RPC_EMPTY if it is damaged. */
uint64_t rpc_type_of(const void *bytes, size_t n);

#endif
