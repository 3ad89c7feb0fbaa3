#include "expect.h"
#include <sys/mman.h>

int main(void)
{
	long fd = CALL(memfd_create, "scratch", MFD_CLOEXEC);

	expect("memfd_create", "fd=%ld\tname=scratch\tflags=1(MFD_CLOEXEC)", fd);
	CALL(memfd_create, "scratch", 0x4000);
	expect("memfd_create", "fd=-22(EINVAL)\tname=scratch");
	CALL(memfd_create, many('m', 300), 0);
	expect("memfd_create", "fd=-22(EINVAL)\tname~mmmmmmmm");
	return 0;
}
