#include "expect.h"
#include <sched.h>
#include <sys/mount.h>

int main(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		cannot("mount namespaces cannot be made here");
	mkdir("place", 0700);
	if (!mount("none", "place", "tmpfs", 0, NULL)) {
		CALL(umount2, path_of("place"), 0);
		expect("umount2", "res=0\tname=%s\tflags=0", path_of("place"));
	}
	CALL(umount2, "/no/such/folder", MNT_DETACH);
	expect("umount2", "res=-2(ENOENT)\tname=/no/such/folder\tflags=2(DETACH)");
	return 0;
}
