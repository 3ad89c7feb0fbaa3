# Read by every proof before it runs. $T: an empty folder of its own; $P: the programs, $B: those of them that are
# compiled; $CONTAINER: folders of
# a cgroup that is named like a container's.

# Run a command in a mount namespace of its own, where what is mounted is seen by nobody else.
private() {
	unshare --mount --propagation private bash -c "$1"
}

# The same, with a scratch copy of the account files in the place of /etc.
private_etc() {
	mkdir -p "$T/etc/cron.d" "$T/etc/pam.d" "$T/etc/ssh"
	for name in passwd group shadow gshadow nsswitch.conf login.defs ld.so.cache hosts; do
		[ -e "/etc/$name" ] && cp -p "/etc/$name" "$T/etc/"
	done
	cp -rp /etc/pam.d/. "$T/etc/pam.d/"
	unshare --mount --propagation private bash -c "mount --bind '$T/etc' /etc && $1"
}

# Run a program in a container: for the kernel, a process in a cgroup of that name.
container() {
	(
		for folder in $CONTAINER; do
			sh -c 'echo $PPID > "$1/cgroup.procs"' join "$folder"
		done
		exec "$@"
	)
}

# A copy of a program under another name, as intruders make them.
disguise() {
	cp "$1" "$T/$2"
}
