#include "expect.h"

int main(void)
{
	unsigned ids[3];

	if (setresgid(34, 35, 36))
		return 1;
	CALL(getresgid, &ids[0], &ids[1], &ids[2]);
	expect("getresgid", "res=0\trgid=34\tegid=35\tsgid=36");
	CALL(getresgid, NULL, NULL, NULL);
	expect("getresgid", "res=-14(EFAULT)");
	return 0;
}
