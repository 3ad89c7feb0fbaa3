#include "expect.h"

int main(void)
{
	const char *file = file_named("file");

	CALL(fchmodat, AT_FDCWD, file, 04755);
	expect("fchmodat", "res=0\tdirfd=-100(AT_FDCWD)\tfilename=%s\tmode~04755(S_IXOTH", file);
	CALL(fchmodat, 777, "file", 0600);
	expect("fchmodat", "res=-9(EBADF)\tdirfd=777\tfilename~file");
	return 0;
}
