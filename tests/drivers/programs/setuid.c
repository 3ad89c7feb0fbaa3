#include "expect.h"

int main(void)
{
	CALL(setuid, 34);
	expect("setuid", "res=0\tuid=34");
	CALL(setuid, 0);
	expect("setuid", "res=-1(EPERM)\tuid=0");
	return 0;
}
