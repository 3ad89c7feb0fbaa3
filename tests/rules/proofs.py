"""For every rule of `rules/`: acts that must raise it, and similar ones that must not.

Each act is a shell script that really does it, inside the scope of the test and without a trace on the machine
(`proof.sh` says what it may use). Acts on /etc, /dev and the like happen in mount namespaces of their own.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Proof:
    """What raises a rule (`fire`), and what looks alike and must not (`quiet`)."""

    fire: tuple[str, ...]
    quiet: tuple[str, ...]


AS_NGINX = 'disguise "$B/spawn" nginx; "$T/nginx"'
AS_POSTGRES = 'disguise "$B/spawn" postgres; "$T/postgres"'

PROOFS: dict[str, Proof] = {
    "Privileged container started": Proof(
        fire=("container unshare --pid --fork true",),
        quiet=(
            "container setpriv --bounding-set=-sys_module unshare --pid --fork true",
            "unshare --pid --fork true",
            "container true",
        ),
    ),
    "Terminal shell in a container": Proof(
        fire=("container script -qec 'sh -c :' /dev/null",),
        quiet=("container sh -c :", "script -qec 'sh -c :' /dev/null"),
    ),
    "Kernel or disk file system mounted in a container": Proof(
        fire=(
            'container unshare --mount --propagation private "$B/mount_with" mount proc proc "$T"',
            'container unshare --mount --propagation private "$B/mount_with" fsconfig tmpfs none -',
        ),
        quiet=(
            'container unshare --mount --propagation private "$B/mount_with" mount tmpfs tmpfs "$T"',
            'unshare --mount --propagation private "$B/mount_with" mount proc proc "$T"',
            'container setpriv --bounding-set=-sys_admin "$B/mount_with" mount proc proc "$T"; true',
        ),
    ),
    "Kernel command file opened for writing": Proof(
        fire=("private 'mount -t tmpfs none /sys/fs/cgroup && echo /tmp/x > /sys/fs/cgroup/release_agent'",),
        quiet=(
            "private 'mount -t tmpfs none /sys/fs/cgroup && echo 1 > /sys/fs/cgroup/notify_on_release'",
            "cat /proc/sys/kernel/core_pattern",
        ),
    ),
    "Raw device opened in a container": Proof(
        fire=("container unshare --mount --propagation private bash -c 'mount -t tmpfs none /dev && : > /dev/sda1'",),
        quiet=(
            "private 'mount -t tmpfs none /dev && : > /dev/sda1'",
            "container sh -c ': > /dev/null'",
        ),
    ),
    "Container runtime contacted from a container": Proof(
        fire=('container "$B/unix_connect" "$T/docker.sock"',),
        quiet=('"$B/unix_connect" "$T/docker.sock"', 'container "$B/unix_connect" "$T/service.sock"'),
    ),
    "Namespace of another process entered": Proof(
        fire=("nsenter --uts --target $$ true",),
        quiet=("unshare --uts true", "readlink /proc/self/ns/uts", "cat /proc/self/status"),
    ),
    "User namespace created": Proof(
        fire=("unshare --user true", '"$B/new_user_namespace" user'),
        quiet=("unshare --uts true", '"$B/new_user_namespace" uts'),
    ),
    "Mount or process namespace created in a container": Proof(
        fire=("container unshare --mount true", "container unshare --pid --fork true"),
        quiet=("unshare --mount true", "container unshare --uts true"),
    ),
    "Password file read": Proof(
        fire=(
            "cat /etc/shadow",
            "cd /etc; cat shadow",
            'ln -s /etc "$T/link"; cat "$T/link/shadow"',
            'disguise /bin/cat sshd; "$T/sshd" /etc/shadow',
            "head -c 1 /etc/gshadow",
        ),
        quiet=(
            "cat /etc/hosts",
            "chage -l root",
            "private 'mount -t tmpfs none /etc && mkdir /etc/sudoers.d && find /etc/sudoers.d'",
            "setpriv --reuid=65534 --clear-groups cat /etc/shadow; true",
            'mkdir "$T/etc"; echo x > "$T/etc/shadow"; cat "$T/etc/shadow"',
        ),
    ),
    "Private key or cloud credential read": Proof(
        fire=(
            'mkdir "$T/.ssh"; echo x > "$T/.ssh/id_ed25519"; cat "$T/.ssh/id_ed25519"',
            'mkdir "$T/.aws"; echo x > "$T/.aws/credentials"; cp "$T/.aws/credentials" "$T/out"',
            'mkdir "$T/.kube"; echo x > "$T/.kube/config"; tar -cf "$T/out.tar" "$T/.kube"',
        ),
        quiet=(
            'mkdir "$T/.ssh"; echo x > "$T/.ssh/id_ed25519.pub"; cat "$T/.ssh/id_ed25519.pub"',
            'mkdir "$T/.ssh"; echo x > "$T/.ssh/id_rsa"; chmod 600 "$T/.ssh/id_rsa"',
            'mkdir "$T/.kube"; echo x > "$T/.kube/config"; disguise /bin/cat kubectl; "$T/kubectl" "$T/.kube/config"',
        ),
    ),
    "Credentials searched for": Proof(
        fire=('grep -r "BEGIN RSA PRIVATE KEY" "$T"; true', 'find "$T" -name id_rsa'),
        quiet=('grep -r "hello" "$T"; true', 'find "$T" -name notes.txt', "echo id_rsa"),
    ),
    "Credentials written": Proof(
        fire=(
            "private_etc 'echo x:x:0:0::/:/bin/sh >> /etc/passwd'",
            "private_etc 'echo x > /etc/x; mv /etc/x /etc/sudoers'",
            'mkdir "$T/.ssh"; echo key >> "$T/.ssh/authorized_keys"',
        ),
        quiet=(
            "private_etc 'echo root:x | chpasswd -e'",
            "cat /etc/passwd",
            'mkdir "$T/.ssh"; echo host >> "$T/.ssh/known_hosts"',
        ),
    ),
    "Library preload list written": Proof(
        fire=(
            "private_etc ': > /etc/ld.so.preload'",
            "private_etc ': > /etc/x; mv /etc/x /etc/ld.so.preload'",
        ),
        quiet=("private_etc 'cat /etc/ld.so.preload; : > /etc/ld.so.conf'", ': > "$T/ld.so.preload"'),
    ),
    "Startup or scheduled task written": Proof(
        fire=(
            "private_etc 'echo job > /etc/cron.d/job'",
            "private_etc 'echo job > /etc/x; mv /etc/x /etc/cron.d/job'",
        ),
        quiet=("private_etc 'ls /etc/cron.d; echo x > /etc/motd'", 'mkdir "$T/cron.d"; echo x > "$T/cron.d/job"'),
    ),
    "File below etc written": Proof(
        fire=(
            "private_etc 'echo 192.0.2.1 example.org >> /etc/hosts'",
            "private_etc 'cd /etc; echo x > ./motd'",
            "private_etc 'touch /etc/x; mv /etc/x /etc/issue'",
        ),
        quiet=(
            "cat /etc/hosts",
            'mkdir "$T/etc"; echo x > "$T/etc/hosts"',
            "private_etc 'echo root:x | chpasswd -e'",
            "container unshare --mount --propagation private bash -c 'mount -t tmpfs none /etc && echo x > /etc/motd'",
        ),
    ),
    "Program folder written": Proof(
        fire=(
            "private 'mount -t tmpfs none /usr/local/bin && cp /bin/true /usr/local/bin/true'",
            "private 'mount -t tmpfs none /usr/local/bin && ln -s /tmp/x /usr/local/bin/ls'",
            "private 'mount -t tmpfs none /usr/local && mkdir /usr/local/bin && : > /usr/local/x "
            "&& mv /usr/local/x /usr/local/bin/ls'",
        ),
        quiet=(
            'mkdir "$T/bin"; cp /bin/true "$T/bin/true"',
            "/usr/bin/true",
            "cat /usr/bin/true > /dev/null",
        ),
    ),
    "Link over a sensitive file": Proof(
        fire=(
            'ln -s /etc/shadow "$T/notes"',
            "private_etc 'ln /etc/shadow /etc/notes'",
            "private_etc 'rm /etc/passwd; ln -s /tmp/x /etc/passwd'",
        ),
        quiet=('ln -s /etc/hosts "$T/notes"', 'touch "$T/a"; ln "$T/a" "$T/b"', "readlink /etc/shadow; true"),
    ),
    "Setuid or setgid bit set": Proof(
        fire=(
            'cp /bin/true "$T/door"; chmod u+s "$T/door"',
            'cp /bin/true "$T/door"; chmod 2755 "$T/door"',
            'cp /bin/true "$T/door"; python3 "$P/fchmod.py" "$T/door" 4755',
        ),
        quiet=('cp /bin/true "$T/tool"; chmod 755 "$T/tool"', 'mkdir "$T/shared"; chmod 1777 "$T/shared"'),
    ),
    "Owner or mode of a sensitive file changed": Proof(
        fire=(
            "private_etc 'chmod 666 /etc/shadow'",
            "private_etc 'chown nobody /etc/passwd'",
            "private 'mount -t tmpfs none /usr/local/bin && chmod 777 /usr/local/bin'",
        ),
        quiet=(
            'touch "$T/f"; chmod 600 "$T/f"; chown nobody "$T/f"',
            "private_etc 'echo root:x | chpasswd -e'",
            "private_etc 'chmod 644 /etc/hosts'",
        ),
    ),
    "Shell started by a web server": Proof(
        fire=(f"{AS_NGINX} sh -c :", 'disguise "$B/spawn" php-fpm8.2; "$T/php-fpm8.2" bash -c :'),
        quiet=(f"{AS_NGINX} true", "sh -c :", 'disguise "$B/spawn" worker; "$T/worker" sh -c :'),
    ),
    "Unexpected child process of a database server": Proof(
        fire=(f"{AS_POSTGRES} id", f"{AS_POSTGRES} sh -c :"),
        quiet=(
            'disguise /bin/true pg_ctl; disguise "$B/spawn" postgres; "$T/postgres" "$T/pg_ctl"',
            'disguise "$B/spawn" worker; "$T/worker" id',
            f"{AS_POSTGRES} sh -c ': cp pg_wal/0001 /backup'",
        ),
    ),
    "Program run from memory": Proof(
        fire=('"$B/memory_file" run /bin/true',),
        quiet=('"$B/memory_file" keep /bin/true', "/bin/true"),
    ),
    "Program run from shared memory": Proof(
        fire=("private 'mount -t tmpfs none /dev/shm && cp /bin/true /dev/shm/x && /dev/shm/x'",),
        quiet=(
            "private 'mount -t tmpfs none /dev/shm && cp /bin/true /dev/shm/x && cat /dev/shm/x > /dev/null'",
            'cp /bin/true "$T/x"; "$T/x"',
        ),
    ),
    "Process attached with ptrace": Proof(
        fire=('"$B/trace_child" attach', '"$B/trace_child" seize', '"$B/trace_child" write'),
        quiet=('"$B/trace_child" traceme', '"$B/trace_child" missing'),
    ),
    "Cloud metadata service contacted": Proof(
        fire=('disguise "$B/tcp_connect" curl; "$T/curl" 169.254.169.254 80',),
        quiet=(
            'disguise "$B/tcp_connect" ssm-agent; "$T/ssm-agent" 169.254.169.254 80',
            'disguise "$B/tcp_connect" curl; "$T/curl" 198.51.100.7 80',
        ),
    ),
    "Outbound connection by a shell or relay tool": Proof(
        fire=('disguise "$B/tcp_connect" nc; "$T/nc" 198.51.100.7 4444',),
        quiet=(
            'disguise "$B/tcp_connect" nc; "$T/nc" 127.0.0.1 4444',
            'disguise "$B/tcp_connect" nc; "$T/nc" 198.51.100.7 53',
            'disguise "$B/tcp_connect" backup; "$T/backup" 198.51.100.7 4444',
        ),
    ),
    "Listening socket opened by hand": Proof(
        fire=(
            'disguise "$B/tcp_connect" ncat; "$T/ncat" 127.0.0.1 4444',
            'script -qec "python3 $P/listen.py" /dev/null',
        ),
        quiet=(
            'python3 "$P/listen.py"',
            'disguise "$B/tcp_connect" service; "$T/service" 127.0.0.1 4444',
            'disguise "$B/unix_connect" nc; "$T/nc" "$T/socket"',
        ),
    ),
    "Standard stream attached to a network connection": Proof(
        fire=('"$B/tcp_connect" 127.0.0.1 4444 dup 0', '"$B/tcp_connect" 198.51.100.7 4444 dup 1'),
        quiet=('"$B/tcp_connect" 127.0.0.1 4444 dup 9', "true < /etc/hosts", "echo x | cat"),
    ),
    "Packet capture socket opened": Proof(
        fire=('python3 "$P/packet_socket.py"',),
        quiet=(
            'python3 "$P/listen.py"',
            'setpriv --bounding-set=-net_raw python3 "$P/packet_socket.py"; true',
        ),
    ),
    "Kernel module load attempted": Proof(
        fire=('"$B/kernel_code" init_module', 'echo x > "$T/x.ko"; "$B/kernel_code" finit_module "$T/x.ko"'),
        quiet=('echo x > "$T/x.ko"; cat "$T/x.ko"', "cat /proc/modules; true"),
    ),
    "BPF program loaded by an unexpected program": Proof(
        fire=('"$B/kernel_code" bpf_prog',),
        quiet=('"$B/kernel_code" bpf_map',),
    ),
    "System log wiped": Proof(
        fire=(
            "private 'mount -t tmpfs none /var/log && : > /var/log/wtmp'",
            "private 'mount -t tmpfs none /var/log && touch /var/log/auth.log && rm /var/log/auth.log'",
            "private 'mount -t tmpfs none /var/log && touch /var/log/syslog && mv /var/log/syslog /var/log/x'",
            "private 'mount -t tmpfs none /var/log && touch /var/log/btmp && truncate -s 0 /var/log/btmp'",
        ),
        quiet=(
            "private 'mount -t tmpfs none /var/log && echo x >> /var/log/auth.log'",
            "private 'mount -t tmpfs none /var/log && echo x > /var/log/shop.log && rm /var/log/shop.log'",
            'touch "$T/wtmp"; rm "$T/wtmp"',
        ),
    ),
    "Shell history wiped": Proof(
        fire=(
            'touch "$T/.bash_history"; rm "$T/.bash_history"',
            'ln -sf /dev/null "$T/.bash_history"',
            'touch "$T/.bash_history"; cp /dev/null "$T/.bash_history"',
        ),
        quiet=(
            'echo ls >> "$T/.bash_history"',
            'cat "$T/.bash_history"; touch "$T/history"; rm "$T/history"',
        ),
    ),
}

# Acts that are not seen yet, and why. The test fails when one of them is seen after all: then its line goes.
KNOWN_GAPS = {
    'ln -s /etc "$T/link"; cat "$T/link/shadow"': "a file is shown under the path that was passed",
}
