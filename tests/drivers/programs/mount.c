/* In a mount namespace of its own. */
#include "expect.h"
#include <sched.h>
#include <sys/mount.h>

int main(void)
{
	long result;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		cannot("mount namespaces cannot be made here");
	mkdir("place", 0700);
	result = CALL(mount, "none", "place", "tmpfs", MS_NODEV, NULL);
	expect("mount", "res=%ld\tdev=none\tdir=place(%s)\ttype=tmpfs\tflags=4(NODEV)", result, path_of("place"));
	CALL(mount, "none", "/no/such/folder", "tmpfs", MS_RDONLY | MS_NOSUID, NULL);
	expect("mount", "res=-2(ENOENT)\tdev=none\tdir=/no/such/folder\ttype=tmpfs\tflags=3(RDONLY|NOSUID)");
	return 0;
}
