/* A file by its handle, and a descriptor that names no mount. */
#include "expect.h"

int main(void)
{
	struct {
		struct file_handle handle;
		char room[MAX_HANDLE_SZ];
	} place = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount, folder = open(here(), O_RDONLY | O_DIRECTORY);
	long fd;

	file_named("found");
	if (name_to_handle_at(AT_FDCWD, "found", &place.handle, &mount, 0))
		cannot("the file system of the working directory has no handles");
	fd = CALL(open_by_handle_at, folder, &place, O_RDONLY);
	expect("open_by_handle_at", "fd=%ld\tmountfd=%d(<d>%s)\tflags=1(O_RDONLY)", fd, folder, here());
	CALL(open_by_handle_at, 777, &place, O_RDONLY);
	expect("open_by_handle_at", "fd=-9(EBADF)\tmountfd=777\tpath=<NA>\tdev=0\tino=0");
	return 0;
}
