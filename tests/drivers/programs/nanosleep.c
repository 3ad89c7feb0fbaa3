#include "expect.h"
#include <time.h>

int main(void)
{
	struct timespec short_time = { 0, 1000 }, wrong = { 1, 2000000000 };

	CALL(nanosleep, &short_time, NULL);
	expect("nanosleep", "res=0\tinterval=1000");
	CALL(nanosleep, &wrong, NULL);
	expect("nanosleep", "res=-22(EINVAL)\tinterval=3000000000");
	CALL(nanosleep, NULL, NULL);
	expect("nanosleep", "res=-14(EFAULT)\tinterval=0");
	return 0;
}
