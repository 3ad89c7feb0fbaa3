#include "expect.h"
#include <sched.h>

int main(void)
{
	CALL(unshare, CLONE_NEWUTS | CLONE_NEWIPC);
	expect("unshare", "res=0\tflags=136(CLONE_NEWIPC|CLONE_NEWUTS)");
	CALL(unshare, 1);
	expect("unshare", "res=-22(EINVAL)");
	return 0;
}
