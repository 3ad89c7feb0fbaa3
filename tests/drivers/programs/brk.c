#include "expect.h"

int main(void)
{
	long now = CALL(brk, 0);

	expect("brk", "res=%lX\taddr=0", now);
	CALL(brk, now + 4096);
	expect("brk", "res=%lX\taddr=%lX", now + 4096, now + 4096);
	return 0;
}
