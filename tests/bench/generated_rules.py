"""Rules for measuring how cost grows with their number: made up, but of the kinds that real rule files have.

Every rule differs from every other in what it looks for. The kinds and their shares follow published rule files: most
watch programs that start and files that are opened, then come connections, changes of files and privileged calls.
Nearly every rule has exceptions by program, parent, ancestor, user or folder. The same
count always gives the same rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

MACROS = {
    "generated_exec": "evt.type in (execve, execveat) and evt.rawres = 0",
    "generated_opened": "evt.type in (open, openat, openat2) and fd.typechar = f and fd.num >= 0",
    "generated_read": "generated_opened and evt.is_open_read = true",
    "generated_write": "generated_opened and evt.is_open_write = true",
    "generated_failed": "evt.type in (open, openat, openat2) and fd.num < 0 and evt.res in (EACCES, EPERM)",
    "generated_connect": "evt.type = connect and fd.type in (ipv4, ipv6) and evt.rawres in (0, -115)",
    "generated_accept": "evt.type in (accept, accept4) and fd.type in (ipv4, ipv6)",
    "generated_datagram": "evt.type in (sendto, sendmsg, recvfrom, recvmsg) and fd.l4proto = udp",
    "generated_container": "container.id != host",
    "generated_interactive": "proc.tty != 0",
}

PROGRAMS = (
    "nginx httpd apache2 haproxy envoy varnishd squid mysqld mariadbd postgres redis-server mongod memcached etcd "
    "consul vault  nomad java node python3 perl ruby php php-fpm beam.smp dotnet go gcc cc1 ld make cmake cargo "
    "rustc npm yarn pip gem bundle  sshd sshd-session systemd systemd-logind systemd-udevd systemd-resolve cron "
    "crond atd rsyslogd journald auditd chronyd  ntpd dhclient NetworkManager firewalld dbus-daemon polkitd login "
    "su sudo doas passwd useradd usermod groupadd chage vipw  bash sh dash zsh ksh fish tcsh busybox curl wget nc "
    "ncat socat nmap masscan tcpdump tshark strace ltrace gdb lsof ss  netstat ip iptables nft tc ethtool ssh scp "
    "sftp rsync ftp telnet git svn hg docker dockerd containerd runc kubelet crictl  podman helm kubectl aws gcloud "
    "az terraform ansible puppet chef-client salt-minion tar zip unzip gzip xz base64 openssl  gpg dd shred "
    "mkfs.ext4 mount umount fdisk parted lvm cryptsetup insmod modprobe rmmod depmod kexec grub-install find xargs "
    "grep awk sed cut sort head tail less vi vim nano emacs screen tmux script at batch crontab dpkg apt apt-get "
    "rpm yum dnf apk"
).split()
PATHS = (
    "/etc/shadow /etc/gshadow /etc/sudoers /etc/passwd- /etc/group- /etc/hosts.equiv /etc/rsyncd.secrets /etc/crontab "
    "/etc/fstab  /etc/ld.so.preload /etc/ld.so.conf /etc/profile /etc/bash.bashrc /etc/environment "
    "/etc/ssh/sshd_config /etc/krb5.keytab  /etc/pam.conf /etc/ppp/chap-secrets /etc/inittab /etc/rc.local "
    "/etc/modules /etc/sysctl.conf /etc/exports /etc/securetty  /etc/kubernetes/admin.conf /etc/docker/daemon.json "
    "/etc/ipsec.secrets /etc/login.defs /etc/mysql/my.cnf /boot/grub/grub.cfg  /proc/kcore /proc/kallsyms /proc/sysrq- "
    "trigger /proc/sys/kernel/core_pattern /sys/kernel/uevent_helper /dev/mem /dev/kmem  /dev/sda /root/.bashrc "
    "/root/.ssh/authorized_keys /root/.kube/config /root/.aws/credentials /root/.docker/config.json "
    "/var/run/docker.sock /run/containerd/containerd.sock /var/log/wtmp /var/log/btmp /var/log/lastlog "
    "/var/log/auth.log"
).split()
FOLDERS = (
    "/bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /lib /lib64 /usr/lib /boot /etc /etc/cron.d "
    "/etc/cron.daily  /etc/systemd/system /etc/init.d /etc/pam.d /etc/ssh /etc/ssl/private /etc/sudoers.d "
    "/etc/profile.d /etc/ld.so.conf.d  /etc/apt /etc/yum.repos.d /etc/kubernetes /etc/cni /var/lib/kubelet "
    "/var/lib/docker /var/lib/containerd /var/lib/mysql  /var/lib/postgresql /var/log /var/spool/cron /var/www /srv "
    "/opt /root /root/.ssh /tmp /var/tmp /dev/shm /run /proc/sys  /sys/fs/cgroup /sys/kernel/debug /home"
).split()
ENDINGS = (
    ".ssh/id_rsa .ssh/id_ed25519 .bash_history .pgpass .netrc .git-credentials .pem .key .p12 .jks .kdbx .env .php "
    ".jsp  wp-config.php settings.py .service .timer .so .ko .sh .py .pl .tar.gz .zip .sql .db .ovpn .rules"
).split()
WORDS = [
    "--privileged",
    "/dev/tcp/",
    "| base64 -d",
    "chattr +i",
    "history -c",
    "stratum+tcp://",
    "xmrig",
    "--no-check-certificate",
    "LD_PRELOAD=",
    "authorized_keys",
    "nsenter --target",
    "docker.sock",
    "169.254.169.254",
    "-perm -4000",
    "chmod 777",
    "mkfifo /tmp",
    "import socket",
    "bash -i",
    "rm -rf /var",
    "crontab -r",
    "iptables -F",
    "setenforce 0",
    "unset HISTFILE",
    "tcpdump -i any",
    "AWS_SECRET_ACCESS_KEY",
    "kubectl exec",
    "--kubeconfig",
    "id_rsa",
    ".onion",
    "proxychains",
    "ngrok",
    "chisel client",
    "linpeas",
    "pspy64",
]
SYSTEM = "/usr, /bin, /sbin, /lib, /opt, /snap"
USERS = (
    "root nobody daemon www-data nginx postgres mysql redis git jenkins ubuntu ec2-user admin backup systemd- network"
).split()
NETWORKS = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 169.254.0.0/16 198.18.0.0/15 203.0.113.0/24".split()
ACTIONS = (
    "setuid setresuid setgid capset ptrace mount umount2 pivot_root chroot unshare setns bpf init_module "
    "finit_module  memfd_create userfaultfd io_uring_setup kill prctl seccomp process_vm_writev keyctl quotactl "
    "splice fchdir mknod mknodat"
).split()


@dataclass(frozen=True)
class Maker:
    """Draws the parts of one rule; `number` makes names that no other rule has."""

    random: Random
    number: int

    def some(self, of: list[str], least: int, most: int) -> str:
        """Return a list of some of the items in the rule language, now and then with one that only this rule has."""
        items = self.random.sample(of, self.random.randint(least, most))
        if self.random.random() < 0.5:
            items.append(f"{self.random.choice(of)}{self.number}")
        return "(" + ", ".join(f'"{item}"' for item in items) + ")"

    def one(self, of: list[str]) -> str:
        """Return one item, quoted."""
        return f'"{self.random.choice(of)}"'

    def own_path(self) -> str:
        """Return a path below a known folder that only this rule names."""
        leaf = self.random.choice(["credentials", "secrets", "config.yaml", "token", "state.db", "agent.sock", "hooks"])
        return f"{self.random.choice(FOLDERS)}/app{self.number}/{leaf}"

    def file(self, field: str) -> str:
        """Return a comparison of a path."""
        choices: list[Callable[[], str]] = [
            lambda: f"{field} in {self.some(PATHS, 1, 6)}",
            lambda: f'{field} = "{self.own_path()}"',
            lambda: f'{field} startswith "{self.random.choice(FOLDERS)}/app{self.number}"',
            lambda: f"{field} endswith {self.one(ENDINGS)} and {field} startswith {self.one(FOLDERS)}",
            lambda: f"{field} pmatch {self.some(FOLDERS, 2, 5)} and {field} endswith {self.one(ENDINGS)}",
            lambda: f"{field} pmatch {self.some(FOLDERS, 1, 3)} and not proc.exepath pmatch ({SYSTEM})",
            lambda: f'{field} contains "/.cache{self.number}/"',
            lambda: f'{field} glob "/home/*/.config/app{self.number}/*"',
            lambda: f"({field} in {self.some(PATHS, 2, 4)} or {field} endswith {self.one(ENDINGS)})",
        ]
        return self.random.choice(choices)()

    def program(self) -> str:
        """Return a comparison that says which program is meant."""
        choices: list[Callable[[], str]] = [
            lambda: f"proc.name in {self.some(PROGRAMS, 1, 8)} and proc.cwd startswith {self.one(FOLDERS)}",
            lambda: f'proc.exepath = "/usr/bin/{self.random.choice(PROGRAMS)}{self.number}"',
            lambda: f"proc.name in {self.some(PROGRAMS, 1, 3)} and proc.cmdline contains {self.one(WORDS)}",
            lambda: f'(proc.cmdline contains {self.one(WORDS)} or proc.cmdline contains "{self.number} --daemon")',
            lambda: f"proc.args contains {self.one(WORDS)} and proc.pname in {self.some(PROGRAMS, 2, 6)}",
            lambda: f"proc.pname in {self.some(PROGRAMS, 1, 5)} and proc.name in {self.some(PROGRAMS, 4, 8)}",
            lambda: f'proc.exepath startswith "/tmp/.x{self.number}"',
            lambda: f"proc.exepath pmatch {self.some(FOLDERS, 1, 3)} and proc.is_exe_upper_layer = true",
            lambda: f'proc.name startswith "kworker{self.number}" or proc.exe endswith {self.one(ENDINGS)}',
            lambda: f'proc.name = {self.one(PROGRAMS)} and proc.cmdline regex ".*(-c|--eval) .*job{self.number}.*"',
            lambda: f'proc.cmdline icontains "tool{self.number}"',
            lambda: f"proc.name in {self.some(PROGRAMS, 2, 5)} and proc.aname[2] in {self.some(PROGRAMS, 2, 5)}",
        ]
        return f"({self.random.choice(choices)()})"

    def exceptions(self) -> str:
        """Return up to three exceptions."""
        choices: list[Callable[[], str]] = [
            lambda: f"not proc.name in {self.some(PROGRAMS, 2, 12)}",
            lambda: f"not proc.pname in {self.some(PROGRAMS, 2, 8)}",
            lambda: f"not proc.aname in {self.some(PROGRAMS, 1, 3)}",
            lambda: f"not proc.exepath pmatch {self.some(FOLDERS, 1, 4)}",
            lambda: f"not user.name in {self.some(USERS, 1, 4)}",
            lambda: f"not proc.cmdline startswith {self.one(PROGRAMS)}",
            lambda: f"not (proc.name = {self.one(PROGRAMS)} and proc.pname = {self.one(PROGRAMS)})",
            lambda: "generated_container",
            lambda: "generated_interactive",
            lambda: f"user.loginuid != {self.random.choice([-1, 0, 1000 + self.number])}",
            lambda: "proc.is_exe_from_memfd = false",
        ]
        return "".join(f" and {choice()}" for choice in self.random.sample(choices, self.random.randint(0, 3)))

    def ports(self) -> str:
        """Return a list of ports."""
        return f"({', '.join(str(self.random.randint(1, 65535)) for _ in range(self.random.randint(1, 6)))})"

    def executed(self) -> str:
        """Return a rule on programs that start."""
        return f"generated_exec and {self.program()}"

    def read(self) -> str:
        """Return a rule on files that are read."""
        return f"generated_read and {self.file('fd.name')}" + (
            f" and {self.program()}" if self.random.random() < 0.4 else ""
        )

    def written(self) -> str:
        """Return a rule on files that are written."""
        choices: list[Callable[[], str]] = [
            lambda: self.file("fd.name"),
            lambda: f"fd.directory in {self.some(FOLDERS, 1, 6)} and fd.filename endswith {self.one(ENDINGS)}",
            lambda: f'fd.filename in {self.some(ENDINGS, 1, 3)} or fd.filename startswith ".hidden{self.number}"',
        ]
        return f"generated_write and ({self.random.choice(choices)()})"

    def refused(self) -> str:
        """Return a rule on files that could not be opened."""
        return f"generated_failed and {self.file('fs.path.name')}"

    def connected(self) -> str:
        """Return a rule on connections."""
        choices: list[Callable[[], str]] = [
            lambda: f"fd.sport in {self.ports()}",
            lambda: f"not fd.snet in ({self.random.choice(NETWORKS)}) and fd.sport = {self.random.randint(1, 65535)}",
            lambda: f"fd.sip = 203.0.113.{self.number % 256} and {self.program()}",
            lambda: f"fd.sport in {self.ports()} and {self.program()}",
            lambda: f"fd.cip in (198.51.100.{self.number % 256}, 192.0.2.{self.number % 251})",
            lambda: self.program(),
        ]
        kind = self.random.choice(["generated_connect", "generated_connect", "generated_accept", "generated_datagram"])
        return f"{kind} and {self.random.choice(choices)()}"

    def changed(self) -> str:
        """Return a rule on files that are removed, renamed, linked or given another mode or owner."""
        kinds = [
            ("unlink, unlinkat, rmdir", "fs.path.name"),
            ("mkdir, mkdirat", "fs.path.name"),
            ("rename, renameat, renameat2", "fs.path.target"),
            ("rename, renameat, renameat2", "fs.path.source"),
            ("symlink, symlinkat, link, linkat", "fs.path.target"),
            ("chmod, fchmodat", "evt.arg.filename"),
            ("chown, lchown, fchownat", "evt.arg.path"),
        ]
        events, field = self.random.choice(kinds)
        return f"evt.type in ({events}) and {self.file(field)}"

    def privileged(self) -> str:
        """Return a rule on a call that needs privileges, or is rare in ordinary programs."""
        actions = ", ".join(self.random.sample(ACTIONS, self.random.randint(1, 3)))
        return f"evt.type in ({actions}) and {self.program()}"

    def condition(self) -> str:
        """Return the whole condition of one rule."""
        kinds: list[tuple[Callable[[], str], int]] = [
            (self.executed, 34),
            (self.read, 16),
            (self.written, 14),
            (self.refused, 3),
            (self.connected, 12),
            (self.changed, 12),
            (self.privileged, 9),
        ]
        (make,) = self.random.choices([kind for kind, _ in kinds], [share for _, share in kinds])
        return make() + self.exceptions()


def rules(count: int) -> str:
    """Return a rule file with `count` rules."""
    random = Random(20_240_229)
    items: list[dict[str, object]] = [{"macro": name, "condition": f"({text})"} for name, text in MACROS.items()]
    for number in range(count):
        items.append(
            {
                "rule": f"Generated {number}",
                "desc": "Made up to measure with.",
                "condition": Maker(random, number).condition(),
                "output": "Seen (program=%proc.exepath command=%proc.cmdline file=%fd.name user=%user.name)",
                "priority": "NOTICE",
            }
        )
    return yaml.safe_dump(items, sort_keys=False, width=1000)


def write(count: int, path: Path) -> Path:
    """Write a rule file with `count` rules and return its path."""
    path.write_text(rules(count))
    return path
