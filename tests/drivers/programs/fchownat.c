#include "expect.h"

int main(void)
{
	const char *file = file_named("file");

	CALL(fchownat, AT_FDCWD, file, 12, 34, AT_SYMLINK_NOFOLLOW);
	expect("fchownat", "res=0\tdirfd=-100(AT_FDCWD)\tpathname=%s\tuid=12\tgid=34\tflags~AT_SYMLINK_NOFOLLOW", file);
	CALL(fchownat, 777, "file", 1, 2, 0);
	expect("fchownat", "res=-9(EBADF)\tdirfd=777\tpathname~file\tuid=1\tgid=2\tflags=0");
	return 0;
}
