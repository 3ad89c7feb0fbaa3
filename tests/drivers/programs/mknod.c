#include "expect.h"
#include <sys/sysmacros.h>

#ifdef SYS_mknod
int main(void)
{
	CALL(mknod, "fifo", S_IFIFO | 0600, 0);
	expect("mknod", "res=0\tpath=fifo(%s)\tmode~010600\tdev=0", path_of("fifo"));
	CALL(mknod, "/no/such/null", S_IFCHR | 0600, makedev(1, 3));
	expect("mknod", "res=-2(ENOENT)\tpath=/no/such/null\tmode~020600\tdev=259");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
