#include "expect.h"
#include <sys/mman.h>

int main(void)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CALL(munmap, page, 4096);
	expect("munmap", "res=0\taddr=%lX\tlength=4096", (long)page);
	CALL(munmap, 1, 4096);
	expect("munmap", "res=-22(EINVAL)\taddr=1\tlength=4096");
	return 0;
}
