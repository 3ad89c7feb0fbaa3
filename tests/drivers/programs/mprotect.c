#include "expect.h"
#include <sys/mman.h>

int main(void)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CALL(mprotect, page, 4096, PROT_READ | PROT_EXEC);
	expect("mprotect", "res=0\taddr=%lX\tlength=4096\tprot=5(PROT_READ|PROT_EXEC)", (long)page);
	CALL(mprotect, 1, 4096, PROT_NONE);
	expect("mprotect", "res=-22(EINVAL)\taddr=1\tlength=4096\tprot=0(PROT_NONE)");
	return 0;
}
