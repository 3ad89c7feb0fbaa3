#include "expect.h"

/* Deeper than any path is followed upwards, one name after the other. */
static void go_deep(void)
{
	for (int i = 0; i < 60; i++)
		if (mkdir("d", 0700) || chdir("d"))
			abort();
	CALL(openat, AT_FDCWD, "deep", O_WRONLY | O_CREAT, 0600);
	CALL(chdir, "..");
	expect("chdir", "res=0\tpath~..");
}

int main(void)
{
	go_deep();
	CALL(chdir, "/tmp");
	expect("chdir", "res=0\tpath=/tmp");
	CALL(chdir, "/no/such/folder");
	expect("chdir", "res=-2(ENOENT)\tpath=/no/such/folder");
	return 0;
}
