#include "expect.h"

static char page[4096];

int main(void)
{
	long result = CALL(mlock, page, 100);

	expect("mlock", "res=%ld\taddr=%lX\tlen=100", result, (long)page);
	CALL(mlock, 0, 4096);
	expect("mlock", "res=-12(ENOMEM)\taddr=0\tlen=4096");
	return 0;
}
