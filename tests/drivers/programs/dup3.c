#include "expect.h"

int main(void)
{
	long fd = open("/dev/zero", O_RDONLY);

	CALL(dup3, fd, 51, O_CLOEXEC);
	expect("dup3", "res=51(<f>/dev/zero)\toldfd=%ld(<f>/dev/zero)\tnewfd=51\tflags=4096(O_CLOEXEC)", fd);
	CALL(dup3, fd, fd, 0);
	expect("dup3", "res=-22(EINVAL)\toldfd=%ld\tnewfd=%ld\tflags=0", fd, fd);
	return 0;
}
