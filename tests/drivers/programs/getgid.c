#include "expect.h"

int main(void)
{
	if (setresgid(34, 35, 36))
		return 1;
	CALL(getgid);
	expect("getgid", "gid=34");
	return 0;
}
