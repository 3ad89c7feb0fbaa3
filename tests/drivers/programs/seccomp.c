#include "expect.h"
#include <linux/seccomp.h>

int main(void)
{
	CALL(seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, NULL);
	expect("seccomp", "res=-14(EFAULT)\top=1\tflags=2");
	CALL(seccomp, 77, 0, NULL);
	expect("seccomp", "res=-22(EINVAL)\top=77\tflags=0");
	return 0;
}
