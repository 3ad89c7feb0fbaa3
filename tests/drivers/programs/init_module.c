#include "expect.h"

int main(void)
{
	/* Written by the program, so in memory: a kernel without modules does not look at them. */
	static char image[16] = "no module", options[] = "debug=1";
	long refused;

	options[6] = '1';
	refused = CALL(init_module, image, sizeof(image), options);
	expect("init_module", "res=%ld\timg~no module\tlength=16\tuargs=debug=1", refused);
	return 0;
}
