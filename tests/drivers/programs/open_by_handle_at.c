/* A file by its handle, on a file system that surely has handles, and a descriptor that names no mount. */
#include "expect.h"
#include <sched.h>
#include <sys/mount.h>

int main(void)
{
	struct {
		struct file_handle handle;
		char room[MAX_HANDLE_SZ];
	} place = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount_id, folder;
	long fd;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mkdir("place", 0700) ||
	    mount("none", "place", "tmpfs", 0, NULL))
		cannot("mount namespaces cannot be made here");
	file_named("place/found");
	if (name_to_handle_at(AT_FDCWD, "place/found", &place.handle, &mount_id, 0))
		cannot("this kernel gives no handles for files");
	folder = open("place", O_RDONLY | O_DIRECTORY);
	fd = CALL(open_by_handle_at, folder, &place, O_RDONLY);
	expect("open_by_handle_at", "fd=%ld\tmountfd=%d(<d>%s)\tflags=1(O_RDONLY)", fd, folder, path_of("place"));
	CALL(open_by_handle_at, 777, &place, O_RDONLY);
	expect("open_by_handle_at", "fd=-9(EBADF)\tmountfd=777\tpath=<NA>\tdev=0\tino=0");
	return 0;
}
