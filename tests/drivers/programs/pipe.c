#include "expect.h"

#ifdef SYS_pipe
int main(void)
{
	int ends[2];

	CALL(pipe, ends);
	expect("pipe", "res=0\tfd1=%d(<p>)\tfd2=%d(<p>)", ends[0], ends[1]);
	CALL(pipe, NULL);
	expect("pipe", "res=-14(EFAULT)");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
