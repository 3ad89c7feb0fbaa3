#include "expect.h"
#include <sys/resource.h>

int main(void)
{
	struct rlimit limit = { 100, 200 }, old;

	CALL(prlimit64, 0, RLIMIT_CORE, &limit, NULL);
	expect("prlimit", "res=0\tnewcur=100\tnewmax=200\tpid=0\tresource=4(RLIMIT_CORE)");
	CALL(prlimit64, 0, RLIMIT_CORE, NULL, &old);
	expect("prlimit", "res=0\toldcur=100\toldmax=200\tpid=0\tresource=4(RLIMIT_CORE)");
	CALL(prlimit64, 1 << 29, RLIMIT_CORE, NULL, &old);
	expect("prlimit", "res=-3(ESRCH)\tpid=%d\tresource=4(RLIMIT_CORE)", 1 << 29);
	return 0;
}
