// SPDX-License-Identifier: MIT
#include "explain/remedies.h"

#include "util/util.h"

#include <stddef.h>
#include <string.h>

/*
 * A row for each part of a message that tells what is wrong; the first one that occurs counts.
 * Where messages are those of criu 4.2 is said above them; some of an older criu are left, whose
 * functions are not named.
 */
static const struct {
	const char *text, *remedy;
} remedies[] = {
	/* criu/cr-restore.c: restore_one_alive_task() and fork_with_pid() */
	{ "do not match expected", "a pid of the images is already used in the new pid namespace; "
				   "this should not happen under criu-ns: please report it" },

	/* Programs that criu starts: criu/util.c: cr_system_userns(), criu/action-scripts.c */
	{ "tables-restore", "criu locks its network namespace with iptables: install it, "
			    "or freeze with --network-lock nftables or skip" },
	{ "execvp(",
	  "a program that criu starts was not found: "
	  "the path of an action script is relative to the work directory (-W, else -D)" },

	/*
	 * criu/files-reg.c: dump_one_reg_file(); the kernel has mounts of its own for what has no
	 * path
	 */
	{ "path=/secretmem",
	  "it has secret memory (memfd_secret(2)), which nobody else may read, so criu cannot freeze it: close it" },
	/*
	 * kerndat_get_hugetlb_dev() in criu/kerndat.c maps a huge page to learn the device that
	 * such a memfd is on
	 */
	{ "path=/memfd:",
	  "it has a memfd of huge pages (MFD_HUGETLB), which criu recognises only while a page of that size is free: "
	  "permit some more (nr_overcommit_hugepages in /sys/kernel/mm/hugepages/hugepages-*)" },
	{ "path=/anon_hugepage",
	  "it has mapped huge pages, which criu recognises only while a page of that size is free: "
	  "permit some more (nr_overcommit_hugepages in /sys/kernel/mm/hugepages/hugepages-*)" },
	{ "Can't lookup mount=",
	  "a descriptor was opened in another mount namespace; reopen it inside, "
	  "or give it with --external file[...] and --inherit-fd; "
	  "a POSIX message queue (mq_open(3)) looks like that, too: close it" },
	/* criu/mount.c and mount-v2.c: resolve_shared_mounts(), resolve_shared_mounts_v2() */
	{ "has unreachable sharing",
	  "a mount is a slave of one that criu cannot see; add --external mnt[]:m, "
	  "or name it: --external mnt[PATH]:KEY" },
	/* criu/mount.c: __check_mountpoint_fd() */
	{ " is inaccessible",
	  "criu finds another device under that mountpoint than the one that /proc/PID/mountinfo names: another mount lies over it, "
	  "or it is a subvolume of btrfs; give the mount to criu by hand (--external mnt[PATH]:KEY)" },
	/* criu/namespaces.c: userns_uid() and userns_gid(); check_user_ns() */
	{ "Unable to convert uid or gid",
	  "its user namespace must map uid 0 and gid 0 (bwrap --uid 0 --gid 0, unshare -r)" },
	{ "belong to the target user namespace",
	  "some of its namespaces belong to another user namespace than its own; "
	  "freeze the process that made the sandbox" },
	/* criu/files-reg.c: check_path_remap() */
	/* criu/pie/parasite-vdso.c: vdso_proxify() */
	{ "Can't find vDSO area in image",
	  "a process had unmapped its vDSO, as valgrind does, which criu cannot thaw" },
	/* criu/servicefd.c: choose_service_fd_base() */
	{ "Can't chose service_fd_base",
	  "a process had a descriptor with so high a number that criu has no room for its own: thaw with a higher limit (ulimit -Hn), "
	  "or with CAP_SYS_RESOURCE and a higher fs.nr_open (sysctl)" },
	{ "Unaccessible path opened",
	  "its working directory, or an open file, is hidden by a mount that was made later; "
	  "start it in another directory (cd /)" },
	/* criu/netfilter.c: nftables_init_connection_lock() */
	{ "without libnftables",
	  "criu has to lock its network namespace: install iptables, or freeze with --network-lock skip" },

	/*
	 * Sessions and terminals. criu/pstree.c: prepare_pstree_ids(); criu/tty.c:
	 * tty_verify_active_pairs() and others
	 */
	{ "is not a session leader", "it is part of a shell's session: add --shell-job (-j)" },
	{ "Can't find a session leader",
	  "a process of the tree had adopted one of another session (PR_SET_CHILD_SUBREAPER), which criu thaws only if it was the root task: "
	  "freeze the tree of that process" },
	{ "No task found with sid",
	  "its terminal belongs to a session whose leader is outside of the tree: start it with setsid, or freeze its leader, too" },
	{ "dangling tty",
	  "its terminal belongs to a shell outside of the tree: add --shell-job (-j)" },
	{ "Found slave peer index",
	  "it has a terminal whose other end belongs to a process outside of the tree: add --shell-job (-j), "
	  "or freeze that process too" },
	{ "with specified index",
	  "the number of one of its terminals was taken a moment ago, or it has more than 32 in a devpts of its own: try again" },
	{ "Don't have tty to inherit", "the images are of a shell job: thaw from a terminal" },
	{ "outside of its pid namespace",
	  "its session belongs to a process outside of its pid namespace; start it with setsid" },

	/* criu/files.c: restore_fown() */
	{ "file owner pid",
	  "a descriptor sends its signals (F_SETOWN) to a process outside of the tree, "
	  "which has no pid in the new pid namespace" },

	/* Files at the thaw. criu/files-reg.c: open_path(), validate_file() */
	{ "Can't open file proc/",
	  "it had a file open in the /proc directory of a process outside of the tree, "
	  "which the new pid namespace does not have" },
	{ "has bad size", "the file has changed since the freeze; put it back as it was" },
	{ "has bad build-ID",
	  "the file was replaced since the freeze; put the old one back, or add --file-validation filesize" },
	{ "has bad mode", "the file's mode has changed; set it back or add --skip-file-rwx-check" },

	/*
	 * Files without a name. criu/files-reg.c: dump_ghost_file(), create_ghost_dentry(),
	 * linkat_hard(), dump_linked_remap()
	 */
	{ "Can't dump ghost file",
	  "a deleted file is still open and large: add --ghost-limit SIZE" },
	{ "Can't create ghost regfile: File exists",
	  "a file with the name of a deleted one is there, which an earlier thaw has left: "
	  "look for *.cr.*.ghost in the directories of its files, and remove it" },
	{ "Can't create ghost regfile: Read-only",
	  "a deleted file was in a file system that is mounted read-only now: thaw where it can be written to" },
	{ "Can't create ghost",
	  "a deleted file cannot be made again where it was: the directory must be there, and writable" },
	{ "Can't make ghost dir",
	  "a deleted directory cannot be made again where it was: the place must be there, and writable" },
	{ "Can't link remap to",
	  "an earlier freeze has left a name for a file that had none: look for link_remap.* in its directory, "
	  "and remove it if nothing else is to be thawed from it" },
	{ "link-remap", "an open file has lost its name: add --link-remap" },
	{ "Can't link",
	  "a file cannot get its name back: there is another one of that name; or criu has made or thawed these images "
	  "without criu-ns, and then --link-remap allows only one thaw" },

	/* criu/file-lock.c: note_file_lock(), collect_file_locks() */
	{ "file-locks", "it holds file locks: add --file-locks (-l), also to the thaw" },

	/* Watches. criu/fsnotify.c: check_open_handle() */
	{ "Can't find suitable path for handle",
	  "a file in a tmpfs that is watched (inotify, fanotify) has been deleted, or is hidden by a mount that was made later: "
	  "make the program remove that watch, or start it after the mount is made" },
	{ "Can't dump that handle",
	  "a file that is watched (inotify, fanotify) cannot be found by its handle, as in an overlay: "
	  "name it, or a directory above it: --irmap-scan-path PATH" },

	/*
	 * Internet sockets. criu/sk-inet.c: can_dump_ipproto(), can_dump_inet_sk(), open_inet_sk(),
	 * inet_bind(), inet_connect()
	 */
	{ "Unsupported proto",
	  "it has a socket of a kind that criu does not know (raw, ICMP, SCTP, MPTCP...): close it; "
	  "a Go program makes no MPTCP sockets with GODEBUG=multipathtcp=0" },
	/* criu/sockets.c: dump_socket(), collect_sockets() */
	{ "Unknown socket collected",
	  "it has a socket of a family that criu does not know (vsock, AF_ALG, bluetooth...): close it" },
	{ "tcp-established",
	  "it has TCP connections: add --tcp-established or --tcp-close, also to the thaw" },
	/*
	 * A socket whose connect(2) has failed needs it only here: tcp_connection() in
	 * criu/sk-inet.c looks at its address.
	 */
	{ "Connected TCP socket in image",
	  "the images have TCP sockets that are, or were to be, connected: "
	  "add --tcp-established or --tcp-close to the thaw" },
	{ "In-flight connection",
	  "a connection is being made: add --skip-in-flight, or try again" },
	/* soccr/soccr.c: libsoccr_set_sk_data_noq() */
	{ "Can't bind inet socket back",
	  "the address of a TCP connection is not one of this host's now, or its port is in use: "
	  "give the host that address, or close its connections with --tcp-close" },
	{ "Can't connect inet socket back: Cannot assign requested address",
	  "a connection with the same ends has just ended, and the kernel still remembers it (ss -tan shows it): "
	  "wait a minute, or close the connections of the tree with --tcp-close" },
	{ "Can't connect inet socket back",
	  "there is no way to the other end of a TCP connection from here: give the host the address and route that it had, "
	  "or close its connections with --tcp-close" },
	{ "Can't bind inet socket",
	  "the address or port is in use (ss -tulpn shows by whom), or gone from this host (ip address)" },

	/*
	 * Unix sockets. criu/sk-unix.c: bind_unix_sk(), dump_external_sockets()
	 */
	{ "Can't bind id",
	  "a unix socket cannot get its name back: if the name begins with @ or a NUL, another socket has it (ss -xlp shows by whom); "
	  "if it is a path, its directory must be there, and writable" },
	/*
	 * criu/sk-queue.c: dump_packet_cmsg(). What was there at the look is refused beforehand
	 * (LACK_SENDERS).
	 */
	{ "Control messages in queue",
	  "a unix socket had an unread message that comes with its sender's credentials (SO_PASSCRED): "
	  "try again when the process has read it" },
	/* criu/sk-unix.c: dump_one_unix_fd(). At the look: LACK_WAITS_GONE, LACK_WAITS_SENT. */
	{ "Found a closed in-flight socket",
	  "a connection to a unix socket was closed before the tree had accepted it: the tree runs on, try again" },
	{ "Non-empty write queue on an in-flight socket",
	  "a connection to a unix socket was waiting to be accepted, and had sent something: the tree runs on, try again" },
	/* criu/files.c: open_transport_socket() */
	{ "Can't bind transport socket",
	  "another criu that thaws at this moment in the same network namespace uses the same name: try again, "
	  "or thaw in another network namespace (unshare --net)" },
	{ "External socket found in image",
	  "the images have a datagram socket whose other end is outside of the tree: add --ext-unix-sk to the thaw" },
	/*
	 * __dump_external_socket() says so before it looks at the type, and refuses a stream even
	 * with that option.
	 */
	{ "ext-unix-sk",
	  "the other end of a unix socket is outside of the tree (ss -xp shows who has it): for a datagram socket (a syslog client's) "
	  "add --ext-unix-sk, also to the thaw; for a stream, which that does not help, add --reconnect PATH or --cut-peers, "
	  "or freeze an ancestor of both processes" },
	{ "half of stream unix",
	  "the other end of a unix stream is outside of the tree, and --ext-unix-sk is for datagrams only: "
	  "add --reconnect PATH or --cut-peers, or freeze an ancestor of both processes (ss -xp shows who has the other end)" },

	/*
	 * Descriptors and maps of devices and the like. criu/files-ext.c: dump_unsupp_fd();
	 * criu/proc_parse.c: vma_get_mapfile(), handle_vma(), vma_list_add()
	 */
	{ "io_uring",
	  "criu cannot freeze io_uring; switch it off: sysctl kernel.io_uring_disabled=2 before the program starts, or before libuv 1.50 (node) UV_USE_IO_URING=0" },
	/*
	 * The kernel passes everything on through a socket but io_uring; criu/pie/parasite.c:
	 * drain_fds()
	 */
	{ "send_fds failed (-22)",
	  "criu cannot freeze io_uring; switch it off: sysctl kernel.io_uring_disabled=2 before the program starts, or before libuv 1.50 (node) UV_USE_IO_URING=0" },
	{ "secretmem",
	  "it has secret memory (memfd_secret(2)), which nobody else may read, so criu cannot freeze it: unmap it" },
	/* criu/tun.c: dump_tunfile() */
	{ "required to dump tun link",
	  "it has a tun device, which criu freezes only together with a network namespace: start it with unshare -n" },
	{ "userfaultfd", "criu cannot freeze userfaultfd; switch off what uses it "
			 "(in a JVM or Android: the garbage collector), or close it" },
	{ "anon_inode:",
	  "criu cannot freeze a descriptor of this kind, whose name is in the brackets; "
	  "close it, or end the process that has it" },
	{ "of that type",
	  "criu cannot freeze a descriptor of this kind; (chr 226:0) is a device, MAJOR:MINOR in ls -l /dev: "
	  "close it, or use a plugin of criu's for it (GPUs: cuda_plugin, amdgpu_plugin; -L DIR)" },
	{ "non-regular mapping",
	  "it has mapped a device (/proc/PID/maps shows which): unmap it, or use a plugin of criu's for it "
	  "(GPUs: cuda_plugin, amdgpu_plugin; -L DIR)" },
	{ "Unsupported mapping found",
	  "it has mapped memory that criu cannot read, of a device or of memfd_secret(2) "
	  "(/proc/PID/maps shows it at that address): unmap it" },
	{ "has uprobes vma",
	  "a tracer has set breakpoints in it (uprobes: perf, bpftrace, systemtap): end that and start the process again, "
	  "or add --allow-uprobes, also to the thaw" },
	{ "Dumped with --allow-uprobes",
	  "it was frozen with --allow-uprobes: add it to the thaw, too" },
	{ "doesn't live in IPC ns",
	  "it has System V shared memory of the caller's IPC namespace: leave out --as-given, or start it with unshare --ipc" },

	/*
	 * Memory. criu/page-xfer.c: write_pages_loc(); compel's parasite: criu/pie/parasite.c:
	 * dump_pages()
	 */
	/*
	 * criu/pie/restorer.c: restore_mapping() fails with -ENOMEM; criu/shmem.c: open_shmem();
	 * criu/ipc_ns.c: prepare_ipc_shm_seg()
	 */
	{ "mapping with 0xfffffffffffffff4",
	  "memory that the tree had cannot be allocated here: if it had huge pages, as many of them must be free "
	  "(/proc/sys/vm/nr_hugepages); else see the limits of memory (vm.overcommit_memory, ulimit -v)" },
	{ "Can't mmap shmem",
	  "shared memory that the tree had cannot be allocated here: if it had huge pages, as many of them must be free "
	  "(/proc/sys/vm/nr_hugepages)" },
	{ "Failed to create shm set: Cannot allocate memory",
	  "System V shared memory that the tree had cannot be allocated here: if it had huge pages, as many of them must be free "
	  "(/proc/sys/vm/nr_hugepages)" },
	{ "Can't splice pages to pipe (-14",
	  "some of its pages cannot be read; guard pages (MADV_GUARD_INSTALL; newer glibc, Go and allocators) need "
	  "Linux 6.16 or newer" },
	{ "Tracking memory is not available",
	  "this kernel has no soft-dirty tracking, which pre-dump and --track-mem need" },
	/*
	 * pipe_read_dest_init() in criu/page-pipe.c asks for the largest pipe, and does not look
	 * whether it got it
	 */
	{ "page-pipe: tee",
	  "to send pages lazily, criu needs a pipe of more than 3 MiB: give it CAP_SYS_RESOURCE, "
	  "or sysctl fs.pipe-max-size=4194304" },
	{ "page-pipe: splice",
	  "to send pages lazily, criu needs a pipe of more than 3 MiB: give it CAP_SYS_RESOURCE, "
	  "or sysctl fs.pipe-max-size=4194304" },
	/* criu/uffd.c */
	{ "Failed sending restore finished indication",
	  "criu lazy-pages has ended: its log says why" },

	/*
	 * too_many_unix_fds() in net/unix of the kernel: of all processes of the user;
	 * criu/fdstore.c
	 */
	{ "Too many references",
	  "processes of this user have more descriptors in flight in unix sockets than its limit of open files allows, "
	  "and criu keeps descriptors there during a thaw: thaw fewer trees at once, or raise the limit (ulimit -n)" },

	/* The kernel and the processor. criu/kerndat.c, sockets.c, arch/x86/cpu.c, vdso.c */
	{ "kerndat_tcp_repair failed",
	  "criu tries TCP on the loopback interface first, which is down in this network namespace: ip link set lo up" },
	{ "Diag module missing",
	  "this kernel cannot list sockets: modprobe tcp_diag udp_diag inet_diag unix_diag netlink_diag af_packet_diag, "
	  "or use one with CONFIG_*_DIAG" },
	{ "Can't stat self map_files",
	  "this kernel lacks CONFIG_CHECKPOINT_RESTORE, which criu needs: use another kernel" },
	{ "ns_last_pid",
	  "criu cannot choose the pids of new processes: this kernel is older than 5.5, or lacks CONFIG_CHECKPOINT_RESTORE, "
	  "or /proc/sys is mounted read-only" },
	{ "/children",
	  "this kernel lacks CONFIG_PROC_CHILDREN, which criu needs: use another kernel" },
	{ "isn't mount on the host",
	  "criu looks for a file system that is not mounted here: mount it, as in mount -t binfmt_misc none /proc/sys/fs/binfmt_misc" },
	{ "Unable to create the binfmt_misc file system",
	  "this kernel has no binfmt_misc, which the images need: modprobe binfmt_misc" },
	{ "required by image is not supported on host",
	  "this processor lacks a feature that the other one had: thaw on a similar one, or try --cpu-cap=none" },
	{ "do not match run time",
	  "this processor lacks instructions that the other one had: thaw on a similar one, or try --cpu-cap=none" },
	{ "CPU xsave",
	  "the registers of this processor are not those of the other one: thaw on a similar one, or try --cpu-cap=none" },
	{ "CPU xfeatures has unsupported bits",
	  "this processor lacks a feature that the other one had: thaw on a similar one, or try --cpu-cap=none" },
	{ "vDSO area bounds", "this criu is too old for this kernel: 4.2.1 or newer is needed" },
	{ " opt: Operation not supported",
	  "this criu is too old for this kernel: 4.2.1 or newer is needed" },
	{ "Inconsistent sched params",
	  "criu cannot thaw a thread with the scheduling class SCHED_DEADLINE or SCHED_EXT, which it can freeze: "
	  "freeze it with another class (chrt -o -p 0 TID)" },

	/*
	 * Stopping processes. compel/src/lib/infect.c: compel_interrupt_task(), compel_wait_task();
	 * criu/cr-dump.c: alarm_handler()
	 */
	{ "itself is within dumped tree",
	  "criu runs below the process that it is to freeze: start criu-ns from outside of that tree" },
	{ "found, state D",
	  "a process waits in the kernel (state D) and cannot be stopped until that ends "
	  "(/proc/PID/wchan shows what it waits for: a disk, a network file system, the child of its vfork(2))" },
	/*
	 * compel/src/lib/infect.c: compel_interrupt_task(). Where new ones appear at each of the
	 * six looks of collect_loop() in criu/seize.c, this warning is all that the log says.
	 */
	{ "(No such process)",
	  "threads or processes of the tree begin and end so fast that criu may not have been able to stop them all: "
	  "try again, or have a cgroup stop them (--freeze-cgroup PATH)" },
	{ "Unable to interrupt task",
	  "a process cannot be traced: a debugger or strace has it (TracerPid in /proc/PID/status), "
	  "or criu-ns may not (it needs CAP_SYS_PTRACE; kernel.yama.ptrace_scope must not be 3)" },
	/* criu/kerndat.c: kerndat_breakpoints() */
	{ "Child didn't stop as expected",
	  "criu cannot trace a child of its own, because that is traced already: run criu-ns without strace -f "
	  "or a debugger that follows its children" },
	{ "Unseizable non-zombie",
	  "a process cannot be traced: a debugger or strace has it (TracerPid in /proc/PID/status), "
	  "or criu-ns may not (it needs CAP_SYS_PTRACE; kernel.yama.ptrace_scope must not be 3)" },
	/* compel/src/lib/ptrace.c: ptrace_suspend_seccomp() */
	{ "suspending seccomp failed",
	  "the tree has seccomp filters, which criu may not suspend here: that needs CAP_SYS_ADMIN on the host, "
	  "and no seccomp filters for criu-ns itself" },
	/* criu/cr-dump.c: check_thread_rseq() */
	{ "lacks get_rseq_conf",
	  "it uses rseq(2), as glibc does from 2.35 on, for which criu needs Linux 5.13 or newer; "
	  "else start it with GLIBC_TUNABLES=glibc.pthread.rseq=0" },
	{ "unsupported stop signal",
	  "a process got a signal at the moment at which it was to be stopped; it runs on: try again" },
	{ "Timeout reached",
	  "a process could not be stopped in time: look for one in state D (ps -o pid,stat,wchan), where more time does not help, "
	  "or in a frozen cgroup; for a large tree add --timeout SECONDS" },

	/*
	 * Security modules. criu/lsm.c: apparmor_get_label(), validate_lsm(), lsm_check_opts();
	 * criu/apparmor.c: write_aa_policy(), get_suspend_policy(); criu/pie/restorer.c:
	 * lsm_set_label()
	 */
	{ "err scanfing",
	  "criu cannot read its security label (/proc/PID/attr/current): "
	  "the security module is there, but does not answer in this container: freeze from the host" },
	/*
	 * validate_lsm() compares with the profile in the images, so that no --lsm-profile helps,
	 * not even "none".
	 */
	{ "mismatched lsm types",
	  "the processes were confined by a security module (AppArmor, SELinux) that this host does not have: "
	  "thaw on a host that has it, or freeze them unconfined" },
	{ "can't write lsm profile",
	  "the AppArmor profile or SELinux context that it had is not there, or may not be entered: "
	  "load it (apparmor_parser), or name another one: --lsm-profile TYPE:NAME" },

	{ "LSM specified but",
	  "this host does not have the security module that --lsm-profile names: leave that option out" },
	{ "failed to write policy in AA namespace",
	  "the AppArmor policies of its namespace cannot be loaded here, which needs CAP_MAC_ADMIN "
	  "and AppArmor in the kernel: run criu-ns where root may load policies" },
	{ "apparmor parsing failed",
	  "criu suspends the AppArmor policies of its namespace with apparmor_parser: install it" },
	/*
	 * criu/pie/parasite.c: get_proc_fd(), parasite_dump_cgroup(); run by the task itself, with
	 * its rights
	 */
	{ "can't get /proc/self/cgroup fd",
	  "criu reads /proc from within the process, which may not do so itself, most likely because of Landlock, "
	  "which cannot be lifted: criu cannot freeze it" },
	{ "get /proc fd",
	  "criu reads /proc from within the process, which may not do so itself, most likely because of Landlock, "
	  "which cannot be lifted: criu cannot freeze it" },

	/*
	 * Control groups. criu/cgroup.c: userns_move(), move_in_cgroup(), prepare_cgroup_sfd(),
	 * restore_cgroup_prop(), prepare_cgroup_dirs(). With nsdelegate, nobody outside of a cgroup
	 * namespace's root is put into a control group inside (cgroups(7)).
	 */
	{ "Can't move into",
	  "it cannot get back into its control group: thaw with --manage-cgroups=ignore (then it stays in this one), "
	  "or --cgroup-root PATH; after nsenter(1), enter a control group of that namespace first (cgroup.procs)" },
	{ "Can't move ",
	  "it cannot get back into its control group: thaw with --manage-cgroups=ignore (then it stays in this one), "
	  "or --cgroup-root PATH; after nsenter(1), enter a control group of that namespace first (cgroup.procs)" },
	{ "controller dir",
	  "the control groups of the images cannot be mounted here: thaw with --manage-cgroups=ignore" },
	{ "Can't make cgroup dir",
	  "its control group cannot be made here: thaw with --manage-cgroups=ignore, or --cgroup-root PATH" },
	{ "bad cgroup path", "its control group is not there: thaw with --manage-cgroups=ignore" },
	/* restore_task_cgroup(), of images that were not made by criu-ns (look/image_cgroups.h) */
	{ "cg: No set ",
	  "the images lack the control groups of a task that were those of criu: thaw with --manage-cgroups=ignore "
	  "(then the tree stays in this control group, and has no namespace of its own for it)" },

	/* criu/namespaces.c: dump_one_ns_file(), criu/pstree.c: get_clone_mask() */
	{ "Can't restore sub-task in NS",
	  "a process of the tree had a namespace of its own that criu can freeze, but not thaw, "
	  "which it made when the tree was already being frozen: thaw the images of an earlier freeze" },
	{ "nested",
	  "a process of the tree is in a namespace of its own: freeze that process by itself, or a tree without it" },

	/* criu/protobuf.c: do_pb_read_one(); an image that is missing reads as an empty one */
	{ "Unexpected EOF on ",
	  "an image is missing or cut off: thaw from a complete copy of the directory" },

	/* Any system call; the rows below are for what is left. */
	{ "No space left on device",
	  "there is no space left where criu writes: at a freeze, in the file system of the images (-D)" },
	{ "Can't open file", "a file that it had open is gone; put it back" },
};

const char *explain_remedy(const char *message)
{
	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++)
		if (strstr(message, remedies[i].text))
			return remedies[i].remedy;
	return NULL;
}
