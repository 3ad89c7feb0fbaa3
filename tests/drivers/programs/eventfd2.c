#include "expect.h"

int main(void)
{
	long fd = CALL(eventfd2, 7, O_CLOEXEC);

	expect("eventfd2", "res=%ld\tinitval=7\tflags=4096(O_CLOEXEC)", fd);
	CALL(eventfd2, 7, 2);
	expect("eventfd2", "res=-22(EINVAL)\tinitval=7");
	return 0;
}
