#include "expect.h"

int main(void)
{
	/* Written by the program, so in memory: a kernel without modules does not look at them. */
	char options[] = "debug=2";
	long refused = CALL(finit_module, 777, options, 2);

	expect("finit_module", "res=%ld\tfd=777\tuargs=debug=2\tflags=2(MODULE_INIT_IGNORE_VERMAGIC)", refused);
	return 0;
}
