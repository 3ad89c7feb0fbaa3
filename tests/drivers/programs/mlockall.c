#include "expect.h"
#include <sys/mman.h>

int main(void)
{
	long result = CALL(mlockall, MCL_CURRENT | MCL_ONFAULT);

	expect("mlockall", "res=%ld\tflags=5(MCL_CURRENT|MCL_ONFAULT)", result);
	CALL(mlockall, 0);
	expect("mlockall", "res=-22(EINVAL)\tflags=0");
	return 0;
}
