#include "expect.h"

int main(void)
{
	CALL(munlockall);
	expect("munlockall", "res=0");
	return 0;
}
