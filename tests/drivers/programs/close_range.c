/* One descriptor, and a range from behind. */
#include "expect.h"

int main(void)
{
	if (CALL(close_range, 60, 70, 0) == -ENOSYS)
		cannot("this kernel does not have the call");
	expect("close_range", "res=0\tfirst=60\tlast=70\tflags=0");
	CALL(close_range, 70, 60, 4);
	expect("close_range", "res=-22(EINVAL)\tfirst=70\tlast=60\tflags=4(CLOSE_RANGE_CLOEXEC)");
	return 0;
}
