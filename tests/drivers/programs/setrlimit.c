#include "expect.h"
#include <sys/resource.h>

int main(void)
{
	struct rlimit limit = { 100, 200 }, wrong = { 2, 1 };

	CALL(setrlimit, RLIMIT_CORE, &limit);
	expect("setrlimit", "res=0\tcur=100\tmax=200\tresource=4(RLIMIT_CORE)");
	CALL(setrlimit, RLIMIT_CORE, &wrong);
	expect("setrlimit", "res=-22(EINVAL)\tresource=4(RLIMIT_CORE)");
	return 0;
}
