#include "expect.h"

#ifdef __x86_64__
#include "ia32.h"

#define LLSEEK 140

int main(void)
{
	char *page = low_page();
	int fd = file_with("sought", "12345");

	ia32(LLSEEK, fd, 0, 2, low(page), SEEK_SET, 0);
	expect("llseek", "res=0\tfd=%d\toffset=2\twhence=0(SEEK_SET)", fd);
	ia32(LLSEEK, 777, 1, 2, low(page), SEEK_SET, 0);
	expect("llseek", "res=-9(EBADF)\tfd=777\toffset=4294967298\twhence=0(SEEK_SET)");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
