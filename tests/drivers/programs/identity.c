/* Who a process is: users, groups, capabilities, sessions, name. Every change is made by a child that then ends. */
#include "expect.h"
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void in_child(void (*act)(void))
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		act();
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void groups(void)
{
	CALL(setgid, 33);
	expect("setgid", "res=0\tgid=33");
	CALL(setregid, -1, 34);
	expect("setregid", "res=0\trgid=-1\tegid=34");
	CALL(setresgid, 35, 35, 35);
	expect("setresgid", "res=0\trgid=35\tegid=35\tsgid=35");
}

static void users(void)
{
	CALL(setreuid, -1, 12);
	expect("setreuid", "res=0\truid=-1\teuid=12");
	CALL(setresuid, 0, 0, 0);
	expect("setresuid", "res=0\truid=0\teuid=0\tsuid=0");
	CALL(setuid, 34);
	expect("setuid", "res=0\tuid=34");
	CALL(setuid, 0);
	expect("setuid", "res=-1(EPERM)\tuid=0");
	CALL(getuid);
	expect("getuid", "uid=34");
}

static void capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { .effective = 1 << CAP_CHOWN, .permitted = 1 << CAP_CHOWN } };

	CALL(capset, &header, data);
	expect("capset", "res=0\tcap_inheritable=0\tcap_permitted=1\tcap_effective=1");
	header.version = 0;
	CALL(capset, &header, data);
	expect("capset", "res=-22(EINVAL)");
}

static void names(void)
{
	CALL(prctl, PR_SET_NAME, "renamed", 0, 0, 0);
	expect("prctl", "res=0\toption=15(PR_SET_NAME)\targ2_str=renamed");
	CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	expect("prctl", "res=0\toption=38(PR_SET_NO_NEW_PRIVS)");
}

static void sessions(void)
{
	long session = CALL(setsid);

	expect("setsid", "res=%ld", session);
	CALL(setpgid, 0, 1 << 29);
	expect("setpgid", "res=-1(EPERM)\tpid=0\tpgid=%d", 1 << 29);
}

int main(void)
{
	in_child(groups);
	in_child(users);
	in_child(capabilities);
	in_child(sessions);
	in_child(names);
	return 0;
}
