#include "expect.h"

int main(void)
{
	/* Written by the program, so in memory: a kernel without modules does not look at it. */
	char name[] = "no_such_module";
	long refused = CALL(delete_module, name, O_NONBLOCK);

	expect("delete_module", "res=%ld\tname=no_such_module\tflags=2(O_NONBLOCK)", refused);
	return 0;
}
