#include "expect.h"

int main(void)
{
	long fd = CALL(userfaultfd, O_CLOEXEC);

	if (fd == -ENOSYS)
		cannot("this kernel does not have the call");
	expect("userfaultfd", "res=%ld\tflags=4097(O_RDONLY|O_CLOEXEC)", fd);
	return 0;
}
