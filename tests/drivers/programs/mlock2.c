#include "expect.h"
#include <sys/mman.h>

static char page[4096];

int main(void)
{
	long result = CALL(mlock2, page, 100, MLOCK_ONFAULT);

	expect("mlock2", "res=%ld\taddr=%lX\tlen=100\tflags=1(MLOCK_ONFAULT)", result, (long)page);
	CALL(mlock2, page, 100, 8);
	expect("mlock2", "res=-22(EINVAL)\taddr=%lX\tlen=100", (long)page);
	return 0;
}
