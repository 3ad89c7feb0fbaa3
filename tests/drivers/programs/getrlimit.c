#include "expect.h"
#include <sys/resource.h>

int main(void)
{
	struct rlimit limit = { 100, 200 };

	setrlimit(RLIMIT_CORE, &limit);
	CALL(getrlimit, RLIMIT_CORE, &limit);
	expect("getrlimit", "res=0\tcur=100\tmax=200\tresource=4(RLIMIT_CORE)");
	CALL(getrlimit, RLIMIT_CORE, NULL);
	expect("getrlimit", "res=-14(EFAULT)\tresource=4(RLIMIT_CORE)");
	return 0;
}
