#include "expect.h"

int main(void)
{
	if (setresuid(34, 35, 36))
		return 1;
	CALL(getuid);
	expect("getuid", "uid=34");
	return 0;
}
