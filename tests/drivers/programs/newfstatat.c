#include "expect.h"

int main(void)
{
	struct stat status;

	CALL(newfstatat, AT_FDCWD, "/dev/null", &status, AT_SYMLINK_NOFOLLOW);
	expect("newfstatat", "res=0\tdirfd=-100(AT_FDCWD)\tpath=/dev/null\tflags~AT_SYMLINK_NOFOLLOW");
	CALL(newfstatat, 777, "name", &status, 0);
	expect("newfstatat", "res=-9(EBADF)\tdirfd=777\tpath~name\tflags=0");
	return 0;
}
