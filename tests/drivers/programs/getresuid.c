#include "expect.h"

int main(void)
{
	unsigned ids[3];

	if (setresuid(34, 35, 36))
		return 1;
	CALL(getresuid, &ids[0], &ids[1], &ids[2]);
	expect("getresuid", "res=0\truid=34\teuid=35\tsuid=36");
	CALL(getresuid, NULL, NULL, NULL);
	expect("getresuid", "res=-14(EFAULT)");
	return 0;
}
