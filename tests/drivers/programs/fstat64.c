#include "expect.h"

#ifdef __x86_64__
#include "ia32.h"

#define FSTAT64 197

int main(void)
{
	char *page = low_page();
	int fd = open("/dev/null", O_RDONLY);

	ia32(FSTAT64, fd, low(page), 0, 0, 0, 0);
	expect("fstat64", "res=0");
	ia32(FSTAT64, 777, low(page), 0, 0, 0, 0);
	expect("fstat64", "res=-9(EBADF)");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
