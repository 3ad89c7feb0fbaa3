/* At a fixed place that a 32-bit number without a sign holds, and without a length. */
#include "expect.h"

#ifdef __x86_64__
#include "ia32.h"

#define MMAP2 192

int main(void)
{
	int fd = file_with("mapped", "12345");
	unsigned place = low(low_page());

	ia32(MMAP2, place, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 1);
	expect("mmap2", "res=%u\taddr=%X\tlength=4096\tprot=1(PROT_READ)\tfd=%d\tpgoffset=1", place, place, fd);
	ia32(MMAP2, 0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	expect("mmap2", "res=-22(EINVAL)\tlength=0");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
