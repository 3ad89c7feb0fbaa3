#include "expect.h"

int main(void)
{
	if (setresuid(34, 35, 36))
		return 1;
	CALL(geteuid);
	expect("geteuid", "euid=35");
	return 0;
}
