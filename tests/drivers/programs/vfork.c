#include "expect.h"

#ifdef SYS_vfork
int main(void)
{
	long child = vfork();

	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	expect("vfork", "res=%ld\ttid=%d\tpid=%d\tcomm=vfork", child, getpid(), getpid());
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
