// SPDX-License-Identifier: MIT
/* The plan of a freeze for each kind of target, from facts made by hand and recorded tables. */
#include "freeze_facts.h"

#include "plan/plan_findings.h"

static const struct freeze {
	const char *name;
	facts_fn *facts;
	const char *line;
	bool posix, enter_pid, stop_init;
	enum plan_mounts mounts;
	pid_t tree;
	const char *args, *steps;
} freezes[] = {
	{ "in the caller's frame nothing changes", here, "dump -t 812 -D d", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 -D d",
	  "run criu in the caller's pid namespace|stay in the caller's mount namespace" },
	{ "own options are gone from criu's line", here, "--dry-run dump -t 812 --criu-binary /b",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "a thawed target is frozen in its own frame", thawed, "dump -t 901 -D d -o log", false,
	  true, false, MOUNTS_TARGET, 5000, "dump -t 901 -D d -o log " SLOTS " --tree 5000",
	  "join the pid namespace of process 900 (criu-ns-init)|pid 901 to 5000|"
	  "join the mount namespace of process 901 (counter)|directories d and w" },
	{ "what is added goes in front of --", thawed, "dump -t 901 --", false, true, false,
	  MOUNTS_TARGET, 5000, "dump -t 901 " SLOTS " --tree 5000 --", "" },
	{ "POSIX: what is added goes in front of the command", thawed, "-t 901 -D d dump", true,
	  true, false, MOUNTS_TARGET, 5000, "-t 901 -D d " SLOTS " --tree 5000 dump", "" },
	{ "a pre-dump goes the same way", thawed, "pre-dump -t 901", false, true, false,
	  MOUNTS_TARGET, 5000, "pre-dump -t 901 " SLOTS " --tree 5000", "901 to 5000" },
	{ "an init that is not ours is stopped meanwhile", unshared, "dump -t 901", false, true,
	  true, MOUNTS_TARGET, 5000, "dump -t 901 " SLOTS " --tree 5000",
	  "join the pid namespace of process 900 (bash)|stop process 900 (bash)|901 to 5000" },
	{ "a caller two pid namespaces up takes the innermost number", thawed_in_a_container,
	  "dump -t 951", false, true, false, MOUNTS_TARGET, 3, "dump -t 951 " SLOTS " --tree 3",
	  "pid namespace of process 950|951 to 3|mount namespace of process 951" },
	{ "an init is frozen from one level up", container_init, "dump -t 940", false, false, false,
	  MOUNTS_CALLER, 940, "dump -t 940 9*KEY " RECHECK,
	  "run criu in the caller's pid namespace|save the mounts of process 940|"
	  "mount / (ext4, relatime): /srv/bundle/rootfs of /|mount /dev (tmpfs, nosuid)|"
	  "mount /sys/fs/cgroup/cpu (cgroup, ro,nosuid,nodev,noexec,relatime): /box1 of "
	  "/sys/fs/cgroup/cpu, key criu-ns-1|mount /sys/firmware (|write criu-ns.recipe" },
	{ "an init, and the user wants criu to find its mounts", container_init,
	  "dump -t 940 -M auto", false, false, false, MOUNTS_CALLER, 940,
	  "dump -t 940 -M auto --external mnt[]:m " RECHECK, "mount /sys/firmware (|mnt[]:m" },
	{ "an init two levels down is frozen from one level up too", init_in_a_container,
	  "dump -t 951", false, true, true, MOUNTS_FRAME, 21,
	  "dump -t 951 9*KEY " RECHECK " " SLOTS " --tree 21",
	  "pid namespace of process 940|951 to 21|mount namespace of process 940|write" },
	{ "an LXC container", lxc_init, "dump -t 940", false, false, false, MOUNTS_CALLER, 940,
	  "dump -t 940 11*KEY " RECHECK, "mount / (ext4, relatime): /var/lib/lxc/u1/rootfs of /" },
	{ "a service with mounts of its own: what is the host's is named", private_tmp,
	  "dump -t 812", false, false, false, MOUNTS_CALLER, 812, "dump -t 812 19*KEY " RECHECK,
	  "mount /dev/shm (tmpfs, relatime)|mount /var/tmp (ext4, relatime): /srv/private-tmp of "
	  "/, key criu-ns-21|mount /mnt (tmpfs, relatime)|"
	  "look at the mounts again|write criu-ns.recipe" },
	{ "unless the user has said so", private_tmp, "dump --external mnt[]:m -t 812", false,
	  false, false, MOUNTS_CALLER, 812, "dump --external mnt[]:m -t 812 " RECHECK,
	  "mount /mnt (" },
	{ "in the old words nothing is missing", container_init,
	  "dump --enable-external-masters -t 940", false, false, false, MOUNTS_CALLER, 940,
	  "dump --enable-external-masters -t 940 9*KEY " RECHECK, "mount /dev (" },
	{ "in the old words mnt[] is missing, where it is needed", own_proc_only,
	  "dump --enable-external-masters -t 812", false, false, false, MOUNTS_CALLER, 812,
	  "dump --enable-external-masters -t 812 17*KEY --external mnt[] " RECHECK,
	  "mount /proc (" },
	{ "mnt[]:s says nothing about masters", private_tmp, "dump --external mnt[]:s -t 812",
	  false, false, false, MOUNTS_CALLER, 812,
	  "dump --external mnt[]:s -t 812 --external mnt[]:m " RECHECK, "mnt[]:m" },
	{ "mnt[]:sm says what criu reads of it, and the rest is added", private_tmp,
	  "dump --external mnt[]:sm -t 812", false, false, false, MOUNTS_CALLER, 812,
	  "dump --external mnt[]:sm -t 812 --external mnt[]:m " RECHECK, "mnt[]:m" },
	{ "a read-only root is frozen as it is", read_only_root, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 19*KEY " RECHECK,
	  "mount / (ext4, ro,relatime)|mount /var/tmp (" },
	{ "so is a read-only bind of its file system", read_only_bind, "dump -t 812", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 19*KEY " RECHECK,
	  "mount / (ext4, relatime)|mount /var/tmp (ext4, ro,relatime)" },
	{ "the content of a tmpfs root is kept", sandbox, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 9*KEY " RECHECK,
	  "mount / (tmpfs, nosuid,nodev,relatime)|keep the content of / in "
	  "criu-ns.root.tar|write" },
	{ "a service below a thawed tree is frozen from the frame, not from its own view",
	  private_tmp_below_a_thaw, "dump -t 905", false, true, false, MOUNTS_FRAME, 5004,
	  "dump -t 905 19*KEY " RECHECK " " SLOTS " --tree 5004",
	  "905 to 5004|mount namespace of process 900|mount /var/tmp (|mount /mnt (" },
	{ "so is an init whose view differs from the frame's in /proc only", thawed_init,
	  "dump -t 905", false, true, false, MOUNTS_FRAME, 5004,
	  "dump -t 905 17*KEY --external mnt[]:m " RECHECK " " SLOTS " --tree 5004",
	  "mount namespace of process 900|mount /proc (" },
	{ "one that has the frame's mount namespace is entered", init_in_a_thawed_view,
	  "dump -t 905", false, true, false, MOUNTS_TARGET, 5004,
	  "dump -t 905 " SLOTS " --tree 5004", "mount namespace of process 905" },
	{ "so is one that has the frame's /proc", init_with_the_proc_of_its_frame, "dump -t 905",
	  false, true, false, MOUNTS_TARGET, 5004, "dump -t 905 " SLOTS " --tree 5004",
	  "mount namespace of process 905" },
	{ "a session outside is left, and the images are told", session_outside,
	  "dump -t 901 --own-session", false, true, false, MOUNTS_TARGET, 5000,
	  "dump -t 901 " RECHECK " " SLOTS " --tree 5000", "1 process call setsid(2)" },
	{ "a pre-dump does not ask for sessions", session_outside, "pre-dump -t 901 --own-session",
	  false, true, false, MOUNTS_TARGET, 5000, "pre-dump -t 901 " SLOTS " --tree 5000",
	  "901 to 5000" },
	{ "a frozen cgroup is named", a_frozen_cgroup, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --freeze-cgroup /cg/a", "add --freeze-cgroup /cg/a" },
	{ "unless the user names it", a_frozen_part, "dump -t 812 --freeze-cgroup /cg/x", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812 --freeze-cgroup /cg/x", "" },
	{ "or wants nothing to be added", a_frozen_cgroup, "dump -t 812 --as-given", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "a large tree gets time", many_tasks, "dump -t 812", false, false, false, MOUNTS_CALLER,
	  812, "dump -t 812 --timeout 60", "add --timeout 60" },
	{ "unless the user gives it", many_tasks, "dump -t 812 --timeout 5", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --timeout 5", "" },
	{ "who gives a timeout waits for what waits", waiting, "dump -t 812 --timeout 60", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812 --timeout 60", "" },
	{ "children of another pid namespace are no obstacle", children_pid, "dump -t 812", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "so are peers of the host's", peers, "dump -t 812", false, false, false, MOUNTS_CALLER,
	  812, "dump -t 812 17*KEY " RECHECK, "mount /run/user (" },
	{ "unless the user has done it", peers, "dump -t 812 --external mnt[]:s", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --external mnt[]:s " RECHECK,
	  "mount /run/user (" },
	{ "a mount namespace with the caller's mounts is entered alone", same_mounts, "dump -t 812",
	  false, false, false, MOUNTS_TARGET, 812, "dump -t 812 " SLOTS,
	  "run criu in the caller's pid namespace|mount namespace of process 812|directories" },
	{ "a /proc of its own is not entered without its pid namespace", own_proc_only,
	  "dump -t 812", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 17*KEY --external mnt[]:m " RECHECK, "save the mounts" },
	{ "a mount namespace of another user namespace is not entered", init_of_another_user,
	  "dump -t 940", false, false, false, MOUNTS_CALLER, 940,
	  "dump -t 940 17*KEY --external mnt[]:m " RECHECK, "save the mounts" },

	{ "a view that is surely the caller's, too", surely_the_same, "dump -t 812", false, false,
	  false, MOUNTS_TARGET, 812, "dump -t 812 " SLOTS,
	  "mount namespace of process 812|directories" },
	{ "also that of an init", surely_the_same_for_an_init, "dump -t 812", false, false, false,
	  MOUNTS_TARGET, 812, "dump -t 812 " SLOTS,
	  "run criu in the caller's pid namespace|mount namespace of process 812" },

	/* Propagation, and a /proc for it */
	{ "private mounts need no /proc", private_without_proc, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 " RECHECK, "save the mounts|mount /tmp (" },
	{ "nor do they with a slave that is left out", a_slave_that_is_left_out, "dump -t 812",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 --skip-mnt /a/b " RECHECK, "" },
	{ "slaves do, and whose it is does not matter", slave_and_tmpfs_below_a_proc, "dump -t 812",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 1*KEY " RECHECK,
	  "mount /srv (ext4" },

	/* Two on one mountpoint */
	{ "private ones of a stack are criu's to find", stacked, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --external mnt[] " RECHECK, "mount /a (ext4" },
	{ "in the old words, too", stacked,
	  "dump -t 812 --enable-external-masters --enable-external-sharing", false, false, false,
	  MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-masters --enable-external-sharing --external mnt[] " RECHECK,
	  "" },
	{ "unless that was said", stacked, "dump -t 812 --external mnt[]", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --external mnt[] " RECHECK, "" },
	{ "a slave in a stack", stacked_slave, "dump -t 812", false, false, false, MOUNTS_CALLER,
	  812, "dump -t 812 --external mnt[]:m " RECHECK, "add --external mnt[]:m" },
	{ "in the old words", stacked_slave, "dump -t 812 --enable-external-masters", false, false,
	  false, MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-masters --external mnt[] " RECHECK, "" },
	{ "in the old words for something else", stacked_slave,
	  "dump -t 812 --enable-external-sharing", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-sharing --external mnt[]:m " RECHECK,
	  "add --external mnt[]:m" },
	{ "a shared one in a stack", stacked_shared, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --external mnt[]:s " RECHECK, "add --external mnt[]:s" },
	{ "in the old words of sharing", stacked_shared, "dump -t 812 --enable-external-sharing",
	  false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-sharing --external mnt[] " RECHECK, "" },
	{ "one that is both", stacked_shared_slave, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --external mnt[]:m --external mnt[]:s " RECHECK, "" },
	{ "half of it in the old words", stacked_shared_slave,
	  "dump -t 812 --enable-external-masters", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-masters --external mnt[]:s " RECHECK, "" },
	{ "all of it in the old words", stacked_shared_slave,
	  "dump -t 812 --enable-external-masters --enable-external-sharing", false, false, false,
	  MOUNTS_CALLER, 812,
	  "dump -t 812 --enable-external-masters --enable-external-sharing --external mnt[] " RECHECK,
	  "" },

	/* Two or three mounts: all that is added, in its order and place */
	{ "the longer mountpoints come first, in front of --", small_service, "dump -t 812 --",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 2*KEY " RECHECK " --",
	  "mount / (ext4, relatime): / of /|mount /proc (proc, relatime): key criu-ns-1|"
	  "mount /a b (ext4, ro,nosuid): /x of /srv/app, key criu-ns-2|mount /tmp (tmpfs, -)" },
	{ "what is named by hand is not named again", small_service,
	  "dump -t 812 --external 'mnt[/a b]:KEY'", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --external 'mnt[/a b]:KEY' 1*KEY " RECHECK,
	  "mount /a b (ext4, ro,nosuid): key KEY" },
	{ "what is skipped is not named", small_service, "dump -t 812 --skip-mnt '/a b'", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812 --skip-mnt '/a b' 1*KEY " RECHECK,
	  "mount /tmp (" },
	{ "all that can be added, in its order", small_sandbox, "dump -t 812 -R", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 -R 1*KEY " RECHECK, "keep the content of /" },
	{ "an init on a directory of the host's", small_container, "dump -t 812", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 " RECHECK,
	  "mount / (ext4, relatime): /srv/box of /" },
	{ "names that can be told apart", hostile_names, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 2*KEY " RECHECK, "" },

	/* Nested namespaces */
	{ "a mount namespace below a view of its own is criu's to save", nested_mounts_in_a_view,
	  "dump -t 812", false, false, false, MOUNTS_CALLER, 812, "dump -t 812 19*KEY " RECHECK,
	  "" },
	{ "with locks, too, for those who can do without them", nested_mounts_in_a_locked_view,
	  "dump -t 812 --lose-locks", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 19*KEY " RECHECK, "" },
	{ "below the caller's, which criu leaves for a copy", nested_mounts_in_the_callers,
	  "dump -t 812", false, false, false, MOUNTS_CALLER, 812, "dump -t 812 18*KEY " RECHECK,
	  "run criu in a copy of the mount namespace" },
	{ "and below that of a thawed tree", nested_mounts, "dump -t 901", false, true, false,
	  MOUNTS_TARGET, 5000, "dump -t 901 18*KEY " RECHECK " " SLOTS " --tree 5000",
	  "run criu in a copy of the mount namespace" },
	{ "a network namespace below one, too", nested_network_in_its_own, "dump -t 812", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "or one that is named by hand", nested_network, "dump -t 812 --external net[77]:KEY",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 --external net[77]:KEY", "" },

	/* Files outside */
	{ "each file is named once", files_outside, "dump -t 812", false, false, false,
	  MOUNTS_TARGET, 812,
	  "dump -t 812 --external file[73:5] --external file[73:abc] --external "
	  "file[74:abc] " SLOTS,
	  "mount namespace of process 812|add --external file[73:5]|file /dev/null|"
	  "add --external file[73:abc]|file /log|file /lib.so|directories|write criu-ns.recipe" },
	{ "behind the mounts", files_outside_of_a_view, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812,
	  "dump -t 812 2*KEY " RECHECK
	  " --external file[73:5] --external file[73:abc] --external file[74:abc]",
	  "mount /tmp (|file /dev/null" },
	{ "but for what is named by hand", files_outside, "dump -t 812 --external file[73:abc]",
	  false, false, false, MOUNTS_TARGET, 812,
	  "dump -t 812 --external file[73:abc] --external file[73:5] --external "
	  "file[74:abc] " SLOTS,
	  "" },
	{ "a terminal of a shell job is criu's", a_terminal_outside, "dump -t 812 -j", false, false,
	  false, MOUNTS_TARGET, 812, "dump -t 812 -j " SLOTS, "" },

	{ "in a stream, too", a_terminal_outside, "dump -t 812 -j --stream", false, false, false,
	  MOUNTS_TARGET, 812, "dump -t 812 -j --stream " SLOTS, "" },
	{ "what is named by hand may be in a stream", files_outside,
	  "dump -t 812 --stream --external file[73:5] --external file[73:abc] --external "
	  "file[74:abc]",
	  false, false, false, MOUNTS_TARGET, 812,
	  "dump -t 812 --stream --external file[73:5] --external file[73:abc] --external "
	  "file[74:abc] " SLOTS,
	  "" },

	/* Terminals */
	{ "a terminal that is held is external", a_held_terminal, "dump -t 812", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --external tty[8803:19]",
	  "add --external tty[8803:19]|  terminal /dev/pts/3" },
	{ "outside of the mount namespace as well", a_held_terminal_outside, "dump -t 812", false,
	  false, false, MOUNTS_TARGET, 812, "dump -t 812 --external tty[8803:19] " SLOTS, "" },
	{ "it is named once", a_held_terminal, "dump -t 812 --external tty[8803:19]:x", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812 --external tty[8803:19]:x", "" },
	{ "or left to criu", a_held_terminal, "dump -t 812 --as-given", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "a job of a shell's is that by itself", a_job, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --shell-job", "add --shell-job|write criu-ns.recipe" },
	{ "that was said", a_job, "dump -t 812 -j", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 -j", "write criu-ns.recipe" },
	{ "its other terminals are external", a_job_with_another, "dump -t 812", false, false,
	  false, MOUNTS_CALLER, 812,
	  "dump -t 812 --shell-job --external tty[8804:19] --external tty[500:19]", "" },
	{ "/dev/tty of a session in the tree, too", a_led_terminal_and_dev_tty, "dump -t 812",
	  false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --external tty[500:19] --external tty[8803:19]", "" },
	{ "/dev/tty, with the other side in the tree", dev_tty_of_one_terminal, "dump -t 812",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 --external tty[0:19]", "" },
	{ "criu freezes some by itself", dev_tty_first, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812", "" },

	/* Files that take an option */
	{ "locks", a_lock, "dump -t 812", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --file-locks", "add --file-locks" },
	{ "or without, as the user says", a_lock, "dump -t 812 --no-file-locks", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --no-file-locks", "" },
	{ "or as given", a_lock, "dump -t 812 --as-given", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812", "" },
	{ "a lock of a stranger's, by hand", a_lock_of_a_strangers, "dump -t 812 --file-locks",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 --file-locks", "" },
	{ "deleted files, with room to grow", ghosts, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --ghost-limit 6291456", "add --ghost-limit 6291456" },
	{ "or up to the user's limit", ghosts, "dump -t 812 --ghost-limit=4M", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --ghost-limit=4M", "" },
	{ "names that have gone", unlinked_files, "dump -t 812", false, false, false, MOUNTS_CALLER,
	  812, "dump -t 812 --link-remap", "add --link-remap" },
	{ "watches, also of the root", watches, "dump -t 812", false, false, false, MOUNTS_CALLER,
	  812, "dump -t 812 --irmap-scan-path /srv/a --irmap-scan-path /.",
	  "add --irmap-scan-path /srv/a|add --irmap-scan-path /." },
	{ "a watch that is for the user to find", a_lost_watch,
	  "dump -t 812 --irmap-scan-path /srv", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --irmap-scan-path /srv", "" },
	{ "another node of a device", another_node, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --evasive-devices", "add --evasive-devices" },
	{ "uprobes", uprobes, "dump -t 812", false, false, false, MOUNTS_CALLER, 812,
	  "dump -t 812 --allow-uprobes", "add --allow-uprobes" },
	{ "a program opened with O_PATH: the images are corrected", a_path_of_a_program,
	  "dump -t 812", false, false, false, MOUNTS_CALLER, 812, "dump -t 812 " RECHECK,
	  "have the images open programs without O_PATH" },
	{ "not those of a pre-dump", a_path_of_a_program, "pre-dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "pre-dump -t 812", "" },

	/* A network of its own */
	{ "without iptables it is locked with nftables", own_network, "dump -t 812", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --network-lock nftables", "--network-lock" },
	{ "with it as criu does", own_network_and_iptables, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812", "" },
	{ "or as the user says", own_network, "dump -t 812 --network-lock=skip", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --network-lock=skip", "" },

	/* Sockets */
	{ "a renamed socket is left to criu", a_renamed_socket, "dump -t 812 --as-given", false,
	  false, false, MOUNTS_CALLER, 812, "dump -t 812", "" },

	/* Connections in the caller's */
	{ "they are locked with nftables, too", a_connection, "dump -t 812", false, false, false,
	  MOUNTS_CALLER, 812, "dump -t 812 --tcp-established --network-lock nftables",
	  "add --tcp-established|add --network-lock nftables" },
	{ "with iptables as criu does", a_connection_and_iptables, "dump -t 812", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --tcp-established", "add --tcp-established" },
	{ "or as the user says here", a_connection, "dump -t 812 --network-lock=skip", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --network-lock=skip --tcp-established",
	  "add --tcp-established" },
	{ "nothing is locked that is closed", a_connection, "dump -t 812 --tcp-close", false, false,
	  false, MOUNTS_CALLER, 812, "dump -t 812 --tcp-close", "" },
	{ "nor added to what is given", a_connection, "dump -t 812 --as-given --tcp-established",
	  false, false, false, MOUNTS_CALLER, 812, "dump -t 812 --tcp-established", "" },
};

/* `--external mnt[AT]:criu-ns-N`, any number of times, as one word: tests/unit/mount_sort.c has them. */
static void assert_words(const struct strv *words, const char *expected)
{
	struct strv shorter = { 0 };
	unsigned keys = 0;

	for (size_t i = 0; i < words->n; i++) {
		const char *value = i + 1 < words->n ? words->v[i + 1] : "";

		if (!strcmp(words->v[i], "--external") && !strncmp(value, "mnt[/", 5) &&
		    strstr(value, "]:criu-ns-")) {
			keys++;
			i++;
			continue;
		}
		if (keys)
			strv_take(&shorter, xasprintf("%u*KEY", keys));
		keys = 0;
		strv_add(&shorter, words->v[i]);
	}
	if (keys)
		strv_take(&shorter, xasprintf("%u*KEY", keys));
	unit_assert_words(&shorter, expected);
	strv_free(&shorter);
}

static void freeze_is_planned(void **state)
{
	const struct freeze *x = *state;

	DECISION(d, x->line, x->posix);
	x->facts(&d.f);
	assert_int_equal(d.u.r, 0);
	UNIT_CHECK(freeze(&d.u.cli, &d.f, &d.p, &d.e) == 0, "%s", d.e.what);
	assert_int_equal(d.p.enter_pid, x->enter_pid);
	assert_int_equal(d.p.stop_init, x->stop_init);
	assert_int_equal(d.p.mounts, x->mounts);
	assert_int_equal(d.p.tree, x->tree);
	assert_int_equal(d.p.record, d.u.cli.command == CMD_DUMP && !d.u.cli.stream);
	assert_int_equal(d.p.recipe.init, task_is_init(&d.f.target));
	assert_int_equal(d.p.recheck, strstr(x->args, "<recheck>") != NULL);
	assert_int_equal(d.p.keeps, strstr(x->steps, "keep the content of") != NULL);
	assert_words(&d.p.args, x->args);
	assert_steps(&d.p, x->steps);
}

/* What is remembered for the thaw, and said now. */
static void files_are_remembered(void **state)
{
	static const struct {
		facts_fn *facts;
		unsigned needs;
		const char *note;
	} cases[] = {
		{ a_lock, 1U << NEED_FILE_LOCKS, "" },
		{ a_lock_of_an_ancestors, 1U << NEED_FILE_LOCKS,
		  "process 9 (flock), from which the tree comes" },
		{ ghosts, 0, "(/a (deleted)) and 1 more have been deleted: their content (5 MiB)" },
		{ unlinked_files, 0, "/a (deleted)) has lost this name" },
		{ uprobes, 1U << NEED_ALLOW_UPROBES, "process 813 has hit a uprobe" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		DECISION(d, "dump -t 812", false);
		cases[i].facts(&d.f);
		assert_int_equal(freeze(&d.u.cli, &d.f, &d.p, &d.e), 0);
		assert_int_equal(d.p.recipe.needs, cases[i].needs);
		assert_int_equal(d.p.notes.n, *cases[i].note != 0);
		if (d.p.notes.n)
			unit_assert_contains(d.p.notes.v[0], cases[i].note);
	}
}

/* What is written beside the images */

static const struct written {
	const char *name;
	facts_fn *facts;
	const char *line, *args, *text;
} writtens[] = {
	{ "of mounts", small_service, "dump -t 812",
	  "dump -t 812 --external mnt[/proc]:criu-ns-1 --external 'mnt[/a b]:criu-ns-2' " RECHECK,
	  "frame pid\n"
	  "mount at=/ is=host root=/ type=ext4 flags=relatime host=/ folder=/ master=1\n"
	  "mount at=/proc is=proc key=criu-ns-1 root=/ type=proc flags=relatime master=2\n"
	  "mount at=/a\\040b is=host key=criu-ns-2 root=/sub/x type=ext4 flags=ro,nosuid "
	  "host=/srv/app folder=/x master=3\n"
	  "mount at=/tmp is=own root=/ type=tmpfs flags=-\n" },
	{ "of a root that is kept", small_sandbox, "dump -t 812",
	  "dump -t 812 --external mnt[/usr]:criu-ns-1 " RECHECK,
	  "frame pid\n"
	  "mount at=/ is=kept root=/newroot type=tmpfs flags=nosuid options=rw,size=5k\n"
	  "mount at=/usr is=host key=criu-ns-1 root=/usr type=ext4 flags=ro host=/ folder=/usr "
	  "master=1\n"
	  "mount at=/proc is=own root=/ type=proc flags=-\n" },
	{ "of an init", small_container, "dump -t 812", "dump -t 812 " RECHECK,
	  "frame init\n"
	  "mount at=/ is=host root=/srv/box type=ext4 flags=relatime host=/ folder=/srv/box\n"
	  "mount at=/proc is=own root=/ type=proc flags=-\n" },
	{ "of files", files_outside, "dump -t 812",
	  "dump -t 812 --external file[73:5] --external file[73:abc] --external "
	  "file[74:abc] " SLOTS,
	  "frame pid\n"
	  "file id=73:5 path=/dev/null type=c flags=0100000 pos=0\n"
	  "file id=73:abc path=/log type=f flags=02001 pos=77\n"
	  "file id=74:abc path=/lib.so type=f flags=00 pos=0\n" },
	{ "of files of an init", files_outside_of_an_init, "dump -t 812 --external file[73:abc]",
	  "dump -t 812 --external file[73:abc] --external file[73:5] --external "
	  "file[74:abc] " SLOTS,
	  "frame init\n"
	  "file id=73:5 path=/dev/null type=c flags=0100000 pos=0\n"
	  "file id=74:abc path=/lib.so type=f flags=00 pos=0\n" },
	{ "of names that are one in another", hostile_names, "dump -t 812",
	  "dump -t 812 --external mnt[/x]:/etc]:criu-ns-2 --external mnt[/x]:criu-ns-1 " RECHECK,
	  "frame pid\n"
	  "mount at=/ is=host root=/ type=ext4 flags=relatime host=/ folder=/ master=1\n"
	  "mount at=/x is=host key=criu-ns-1 root=/x type=ext4 flags=- host=/ folder=/x\n"
	  "mount at=/x]:/etc is=host key=criu-ns-2 root=/y type=ext4 flags=- host=/ folder=/y\n"
	  "mount at=/proc is=own root=/ type=proc flags=-\n" },
	{ "of what is left out", with_a_hidden_mount, "dump -t 812",
	  "dump -t 812 --skip-mnt '/a/b c' --skip-mnt '/a/b c/d' " RECHECK,
	  "frame pid\n"
	  "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
	  "mount at=/a/b\\040c is=none root=/x//deleted type=ext4 flags=- hidden\n"
	  "mount at=/a/b\\040c/d is=none root=/ type=tmpfs flags=- hidden\n"
	  "mount at=/a is=own root=/ type=tmpfs flags=-\n" },
	{ "but not of what the user leaves out", with_a_hidden_mount,
	  "dump -t 812 --skip-mnt '/a/b c' --skip-mnt '/a/b c/d'",
	  "dump -t 812 --skip-mnt '/a/b c' --skip-mnt '/a/b c/d' " RECHECK,
	  "frame pid\n"
	  "mount at=/ is=host root=/ type=ext4 flags=- host=/ folder=/\n"
	  "mount at=/a is=own root=/ type=tmpfs flags=-\n" },
	{ "nothing in the caller's frame", here, "dump -t 812", "dump -t 812", NULL },
	{ "nothing of the caller's mounts", same_mounts, "dump -t 812", "dump -t 812 " SLOTS,
	  NULL },
};

static void recipe_is_written(void **state)
{
	const struct written *x = *state;
	struct facts f;
	struct plan p = planned(x->facts, x->line, &f);
	char *text = recipe_format(&p.recipe);

	unit_assert_words(&p.args, x->args);
	if (x->text) {
		char *end = strstr(text, "end\n");

		assert_non_null(end);
		*end = '\0';
		assert_string_equal(strstr(text, "frame "), x->text);
	} else {
		assert_int_equal(p.recipe.n_mounts + p.recipe.n_files, 0);
	}
	free(text);
	plan_free(&p);
	forget(&f);
}

/* In the text of the file, where names are made safe. */
static const struct about {
	const char *name, *comm, *host;
	size_t processes;
	const char *text;
} abouts[] = {
	{ "a tree", "nginx", "web1", 5,
	  "# process 812 (nginx) and 4 more, frozen on 2026-11-28 12:20:05 UTC on web1 with criu-ns " },
	{ "one process", "nginx", "web1", 1,
	  "# process 812 (nginx), frozen on 2026-11-28 12:20:05 UTC on web1 with criu-ns " },
	{ "a host without a name", "nginx", "", 1,
	  "# process 812 (nginx), frozen on 2026-11-28 12:20:05 UTC with criu-ns " },
	{ "a hostile name", "x\nend\033[2J\233#", "h\nend", 1,
	  "# process 812 (x?end?[2J?#), frozen on 2026-11-28 12:20:05 UTC on h?end with criu-ns " },
};

static void recipe_tells_what_is_frozen(void **state)
{
	const struct about *x = *state;
	char *text;

	DECISION(d, "dump -t 812", false);
	with_a_hidden_mount(&d.f);
	snprintf(d.f.target.comm, sizeof(d.f.target.comm), "%s", x->comm);
	snprintf(d.f.machine.nodename, sizeof(d.f.machine.nodename), "%s", x->host);
	d.f.n_processes = x->processes;
	d.f.now = 1795868405;
	UNIT_CHECK(freeze(&d.u.cli, &d.f, &d.p, &d.e) == 0, "%s", d.e.what);
	text = recipe_format(&d.p.recipe);
	unit_assert_contains(text, x->text);
	free(text);
}

static void add_pipe(struct facts *f, int fd, ino_t ino)
{
	findings_add(&f->findings, &(struct finding){ .kind = FINDING_LONE_PIPE,
						      .pid = 812,
						      .fd = fd,
						      .ino = ino,
						      .is_read = fd == 0 });
}

static void three_pipes(struct facts *f)
{
	here(f);
	add_pipe(f, 0, 77);
	add_pipe(f, 1, 78);
	add_pipe(f, 2, 79);
}

/* Each row: the facts, the line, and what the only note says. */
static const struct task_note {
	const char *name;
	facts_fn *facts;
	const char *line, *note;
} task_notes[] = {
	{ "who leaves a session is told what that means", three_in_a_session_outside,
	  "dump -t 901 --own-session", "3 processes of the tree leave the old session" },
	{ "a single one, too", session_outside, "dump -t 901 --own-session",
	  "1 process of the tree leaves the old session" },
	{ "a frozen cgroup is thawed", a_frozen_cgroup, "dump -t 812",
	  "the cgroup /cg/a is frozen: criu thaws it when all in it is stopped, and what else" },
	{ "and frozen again", a_frozen_cgroup, "dump -t 812 -R", "and freezes it again" },
	{ "System V shared memory leaves its IPC namespace", segments, "dump -t 812",
	  "do not find it; here it stays until: ipcrm -m 3 -m 5" },
	{ "with copies of all that is in there", segments_among_others, "dump -t 812 -R",
	  "do not find it, with copies of the 6 other objects that are in here (ipcs), 4096 bytes" },
	{ "a renamed socket gets the name of today", a_renamed_socket, "dump -t 812",
	  "(socket:[7]) was bound to /run/x.tmp, but has the name /run/x now: a thaw binds it to that" },
	{ "what is in a FIFO is noted", a_full_fifo, "dump -t 812",
	  "(/run/fifo) is a FIFO with 4 bytes that the tree has not read" },
	{ "an option of a socket, without a recipe", an_option, "dump -t 812 --stream",
	  "(socket:[7]) the option SO_TIMESTAMPNS:1: after a thaw it is the default" },
	{ "a multicast group for some sources is noted", a_group_for_some_sources, "dump -t 812",
	  "(socket:[7]) that it has joined the multicast group 224.0.0.251 on eth0 for some sources: after a thaw" },
	{ "one without a recipe", a_group, "dump -t 812 --stream",
	  "(socket:[7]) that it has joined the multicast group 224.0.0.251 on eth0: after a thaw it receives nothing" },
	{ "that an eventfd is a semaphore is noted", a_semaphore, "dump -t 812",
	  "(anon_inode:[eventfd]) that it is a semaphore (EFD_SEMAPHORE): after a thaw a read takes the whole count" },
	{ "... once for all", semaphores, "dump -t 812",
	  "(anon_inode:[eventfd]) (and 2 more like it) that it is a semaphore" },
	{ "children of another pid namespace are noted", children_pid, "dump -t 812",
	  "the next children of process 813 (inner)" },
	{ "what is forgotten is noted: an execution domain", an_execution_domain, "dump -t 812",
	  "criu forgets of process 813 its execution domain (personality(2)): after a thaw it is the default" },
	{ "a memory policy", a_memory_policy, "dump -t 812",
	  "of process 813 its NUMA memory policy (set_mempolicy(2)): after a thaw it is the default" },
	{ "a policy for broken memory", a_policy_for_broken_memory, "dump -t 812",
	  "its policy for broken memory (PR_MCE_KILL): after a thaw it is the default" },
	{ "that memory may be merged", merged_memory, "dump -t 812",
	  "that all of its memory may be merged (PR_SET_MEMORY_MERGE): after a thaw it is the default" },
	{ "memory without I/O", memory_without_io, "dump -t 812",
	  "of process 813 that its memory is found without I/O (PR_SET_IO_FLUSHER): after a thaw it is the default" },
	{ "less speculation than others of the tree", less_speculation, "dump -t 812",
	  "of process 813 what it has asked not to be speculated on (PR_SET_SPECULATION_CTRL): after a thaw it is the default" },
	{ "the same of several", less_speculation_of_some, "dump -t 812",
	  "of process 813 (and 2 more like it) what it has asked not to be speculated on" },
	{ "directories of a thread", directories_of_a_thread, "dump -t 812",
	  "that a thread has of its own (CLONE_FS): after a thaw the thread has those of the process" },
	{ "another signal at its end", other_exit_signal, "dump -t 812",
	  "of process 813 the signal that its parent gets when it ends (clone(2)): after a thaw it is SIGCHLD" },
	{ "tags in addresses", tagged_addresses, "dump -t 812",
	  "of process 813 that there may be tags in its addresses (ARCH_ENABLE_TAGGED_ADDR): after a thaw it gets SIGSEGV" },
	{ "locked memory", locked_memory, "dump -t 812",
	  "that its memory is locked (mlock(2)): after a thaw it can be swapped out" },
	{ "protection keys", protection_keys, "dump -t 812",
	  "the protection keys of its memory (pkey_mprotect(2)): after a thaw no key keeps it from being used" },
	{ "sealed memory", sealed_memory, "dump -t 812",
	  "that some of its memory is sealed (mseal(2)): after a thaw it can be changed" },
	{ "memory that is locked when it is used", memory_locked_when_used, "dump -t 812",
	  "(MLOCK_ONFAULT): after a thaw all of that is locked from the beginning" },
	{ "NUMA policies of mappings", policies_of_mappings, "dump -t 812",
	  "of process 813 (and 1 more like it) the NUMA policy that some of its memory has (mbind(2))" },
	{ "the same with --stream", policies_of_mappings, "dump -t 812 --stream",
	  "of process 813 (and 1 more like it) the NUMA policy that some of its memory has (mbind(2))" },
	{ "what all of its tasks have, without a recipe", all_alike, "dump -t 812 --stream",
	  "criu forgets what all of its tasks have: addresses that are not random, the memory policy bind:0, a policy for broken memory, memory that may be merged, memory that is found without I/O, less speculative execution: with --stream" },
};

static void task_is_noted(void **state)
{
	const struct task_note *x = *state;

	DECISION(d, x->line, false);
	x->facts(&d.f);
	assert_int_equal(plan_freeze(&d.u.cli, &d.f, &d.p), 0);
	assert_int_equal(d.p.notes.n, 1);
	unit_assert_contains(d.p.notes.v[0], x->note);
	assert_int_equal(d.p.own_ipc, findings_first(&d.f.findings, FINDING_SYSV) != NULL);
}

static void what_was_found_during_the_freeze_is_noted(void **state)
{
	struct finding late = { .kind = FINDING_FORGOTTEN,
				.pid = 812,
				.fd = -1,
				.attributes = { .what = FORGOTTEN_SEALS, .n = 1 } };

	(void)state;
	DECISION(d, "dump -t 812", false);
	locked_memory(&d.f);
	assert_int_equal(plan_freeze(&d.u.cli, &d.f, &d.p), 0);
	plan_late_findings(&d.u.cli, &d.f, &(struct findings){ &late, 1 }, &d.p);
	assert_int_equal(d.p.notes.n, 2);
	unit_assert_contains(d.p.notes.v[1],
			     "criu forgets of process 812 that some of its memory is sealed");
}

static void a_pipe_with_one_end_is_noted(void **state)
{
	struct facts f;
	struct plan p = planned(three_pipes, "dump -t 812", &f);

	(void)state;
	assert_int_equal(p.notes.n, 2);
	unit_assert_contains(p.notes.v[0], "descriptor 0 of process 812 is a pipe");
	unit_assert_contains(p.notes.v[0],
			     "a thaw in the foreground connects its own stdin with it");
	unit_assert_contains(p.notes.v[0], "--inherit-fd 'fd[N]:pipe:[77]'");
	unit_assert_contains(p.notes.v[1], "2 more");
	plan_free(&p);
	forget(&f);

	p = planned(three_pipes,
		    "dump -t 812 --inherit-fd fd[3]:pipe:[77] "
		    "--inherit-fd fd[3]:pipe:[79]",
		    &f);
	assert_int_equal(p.notes.n, 1);
	unit_assert_contains(p.notes.v[0], "descriptor 1 of process 812");
	unit_assert_contains(p.notes.v[0], "its own stdout");
	plan_free(&p);
	forget(&f);
}

/* The place of a criu that is started ahead, and whether it will ask */

static void as_the_caller(struct facts *f)
{
	here(f);
	with_view(f, "host");
}

static void below_a_container(struct facts *f)
{
	private_tmp_below_a_thaw(f);
	take_table(&f->frame_view, "runc");
}

static void in_a_frame_of_another_user(struct facts *f)
{
	private_tmp_below_a_thaw(f);
	f->foreign_frame = true;
}

static const struct place {
	const char *name;
	facts_fn *facts;
	const char *line;
	bool is_known, enter_pid;
	enum plan_mounts mounts;
	bool asks;
} places[] = {
	{ "the caller's namespaces", here, "dump -t 812", true, false, MOUNTS_CALLER, false },
	{ "the same view in another mount namespace", as_the_caller, "dump -t 812", true, false,
	  MOUNTS_TARGET, false },
	{ "a thawed tree", thawed, "dump -t 901", true, true, MOUNTS_TARGET, false },
	{ "mounts of its own", private_tmp, "dump -t 812", true, false, MOUNTS_CALLER, true },
	{ "... below a thaw", private_tmp_below_a_thaw, "dump -t 905", true, true, MOUNTS_FRAME,
	  true },
	{ "... a pre-dump", private_tmp, "pre-dump -t 812", true, false, MOUNTS_CALLER, false },
	{ "... a script of the user's", private_tmp, "dump -t 812 --action-script x", false, false,
	  MOUNTS_CALLER, false },
	{ "... below a container, which nobody may enter", below_a_container, "dump -t 905", false,
	  false, MOUNTS_CALLER, false },
	{ "... in a frame that somebody else may change", in_a_frame_of_another_user, "dump -t 905",
	  false, false, MOUNTS_CALLER, false },
	{ "... in a pid namespace with the caller's /proc", private_tmp_without_a_frame_for_it,
	  "dump -t 905", false, false, MOUNTS_CALLER, false },
};

static void place_is_known_ahead(void **state)
{
	const struct place *x = *state;
	struct plan ahead;
	DECISION(d, x->line, false);

	x->facts(&d.f);
	d.f.target_fd = A_FD;
	assert_int_equal(plan_freeze_ahead(&d.u.cli, &d.f, &ahead), x->is_known);
	if (x->is_known) {
		assert_int_equal(ahead.enter_pid, x->enter_pid);
		assert_int_equal(ahead.mounts, x->mounts);
		assert_int_equal(ahead.recheck, x->asks);
		assert_int_equal(freeze(&d.u.cli, &d.f, &d.p, &d.e), 0);
		assert_true(plan_is_as_ahead(&ahead, &d.p));
		assert_int_equal(ahead.tree, d.p.tree);
		assert_int_equal(ahead.verbosity, d.p.verbosity);
	}
	plan_free(&ahead);
	d.f.target_fd = -1;
}

/* criu-ns has what to tell at the thaw from a dump only. */
static void a_pre_dump_leaves_nothing_to_thaw(void **state)
{
	struct facts f;
	struct plan p = planned(small_service, "pre-dump -t 812", &f);

	(void)state;
	assert_false(p.record);
	for (size_t i = 0; i < p.n_steps; i++)
		unit_assert_lacks(p.steps[i].what, "write criu-ns.recipe");
	assert_false(p.recheck);
	assert_words(&p.args, "pre-dump -t 812 2*KEY");
	plan_free(&p);
	forget(&f);

	p = planned(small_sandbox, "pre-dump -t 812", &f);
	assert_false(p.recheck || p.keeps);
	assert_words(&p.args, "pre-dump -t 812 1*KEY");
	plan_free(&p);
	forget(&f);
}

/* criu's own cgroups are put into the images then (look/image_cgroups.h). */
static void a_cgroup_namespace_makes_criu_ask(void **state)
{
	static const char *const lines[] = { "dump -t 812", "pre-dump -t 812" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct plan ahead;
		DECISION(d, lines[i], false);

		here(&d.f);
		d.f.target_fd = A_FD;
		assert_true(plan_freeze_ahead(&d.u.cli, &d.f, &ahead));
		d.f.n_tasks = 2;
		d.f.target_view.in_cgroup_ns = true;
		assert_int_equal(freeze(&d.u.cli, &d.f, &d.p, &d.e), 0);
		assert_int_equal(d.p.recheck, i == 0);
		assert_false(d.p.check_mounts);
		assert_int_equal(plan_is_as_ahead(&ahead, &d.p), i != 0);
		plan_free(&ahead);
		d.f.target_fd = -1;
	}
}

int main(void)
{
	UNIT(a_cgroup_namespace_makes_criu_ask);
	UNIT_ROWS(freeze_is_planned, freezes);
	UNIT_ROWS(recipe_is_written, writtens);
	UNIT_ROWS(recipe_tells_what_is_frozen, abouts);
	UNIT_ROWS(task_is_noted, task_notes);
	UNIT(what_was_found_during_the_freeze_is_noted);
	UNIT(a_pipe_with_one_end_is_noted);
	UNIT(files_are_remembered);
	UNIT_ROWS(place_is_known_ahead, places);
	UNIT(a_pre_dump_leaves_nothing_to_thaw);
	return unit_run("plan_freeze");
}
