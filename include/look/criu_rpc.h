/* SPDX-License-Identifier: MIT */
/*
 * The numbers of criu's RPC (images/rpc.proto in criu 4.2): which field of a message says what. A
 * field that is an option and nothing else has its number in rpc/request.c, beside the option.
 */
#ifndef CRIU_NS_CRIU_RPC_H
#define CRIU_NS_CRIU_RPC_H

/* criu_req_type: what is asked for, and what is answered. */
enum rpc_type {
	RPC_EMPTY,
	RPC_DUMP,
	RPC_RESTORE,
	RPC_CHECK,
	RPC_PRE_DUMP,
	RPC_PAGE_SERVER,
	RPC_NOTIFY,
	RPC_CPUINFO_DUMP,
	RPC_CPUINFO_CHECK,
	RPC_FEATURE_CHECK,
	RPC_VERSION,
	RPC_WAIT_PID,
	RPC_PAGE_SERVER_CHLD,
	RPC_SINGLE_PRE_DUMP,
};

enum { REQ_TYPE = 1, REQ_OPTS = 2, REQ_NOTIFY_SUCCESS = 3, REQ_KEEP_OPEN = 4 }; /* criu_req */

/* criu_opts */
enum {
	OPT_IMAGES_DIR_FD = 1,
	OPT_PID = 2,
	OPT_LOG_LEVEL = 9,
	OPT_LOG_FILE = 10,
	OPT_PAGE_SERVER = 11,
	OPT_NOTIFY_SCRIPTS = 12,
	OPT_WORK_DIR_FD = 17,
	OPT_EXEC_CMD = 22,
	OPT_EXT_MNT = 23,
	OPT_RST_SIBLING = 26,
	OPT_INHERIT_FD = 27,
	OPT_AUTO_EXT_MNT = 28,
	OPT_UNIX_SK_INO = 33,
	OPT_EMPTY_NS = 38,
	OPT_JOIN_NS = 39,
	OPT_STATUS_FD = 49,
	OPT_ORPHAN_PTS_MASTER = 50,
	OPT_CONFIG_FILE = 51,
	OPT_PIDFD_STORE = 62,
	OPT_NETWORK_LOCK = 64,
	OPT_IMAGES_DIR = 68,
	OPT_LOG_TO_STDERR = 71,
};

enum { JOIN_NS = 1, JOIN_NS_FILE = 2 }; /* join_namespace */

/* criu_resp */
enum {
	RESP_TYPE = 1,
	RESP_SUCCESS = 2,
	RESP_DUMP = 3,
	RESP_RESTORE = 4,
	RESP_NOTIFY = 5,
	RESP_ERRNO = 7,
	RESP_ERRMSG = 9,
};

enum { DUMP_RESTORED = 1 };                 /* criu_dump_resp */
enum { RESTORE_PID = 1 };                   /* criu_restore_resp */
enum { NOTIFY_SCRIPT = 1, NOTIFY_PID = 2 }; /* criu_notify */

#endif
