#include "expect.h"

int main(void)
{
	if (setresgid(34, 35, 36))
		return 1;
	CALL(getegid);
	expect("getegid", "egid=35");
	return 0;
}
