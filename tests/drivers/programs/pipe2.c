#include "expect.h"

int main(void)
{
	int ends[2];

	CALL(pipe2, ends, O_CLOEXEC);
	expect("pipe2", "res=0\tfd1=%d(<p>)\tfd2=%d(<p>)\tflags=4096(O_CLOEXEC)", ends[0], ends[1]);
	CALL(pipe2, ends, 1);
	expect("pipe2", "res=-22(EINVAL)");
	return 0;
}
