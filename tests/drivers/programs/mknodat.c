#include "expect.h"
#include <sys/sysmacros.h>

int main(void)
{
	CALL(mknodat, AT_FDCWD, "fifo", S_IFIFO | 0600, 0);
	expect("mknodat", "res=0\tdirfd=-100(AT_FDCWD)\tpath=fifo(%s)\tmode~010600\tdev=0", path_of("fifo"));
	CALL(mknodat, 777, "null", S_IFCHR | 0600, makedev(1, 3));
	expect("mknodat", "res=-9(EBADF)\tdirfd=777\tpath~null\tmode~020600\tdev=259");
	return 0;
}
