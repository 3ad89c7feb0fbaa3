#include "expect.h"
#include <sys/mman.h>

int main(void)
{
	long fd = file_with("mapped", "12345"), at;

	at = CALL(mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	expect("mmap",
	       "res=%ld\taddr=0\tlength=4096\tprot=3(PROT_READ|PROT_WRITE)\tflags=10(MAP_PRIVATE|MAP_ANONYMOUS)\tfd=-"
	       "1\toffset=0",
	       at);
	at = CALL(mmap, NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	expect("mmap", "res=%ld\tprot=1(PROT_READ)\tflags=1(MAP_SHARED)\tfd=%ld(<f>%s)", at, fd, path_of("mapped"));
	CALL(mmap, NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	expect("mmap", "res=-22(EINVAL)\tlength=0");
	/* The last event has all of this in use: 16 MiB. */
	memset(mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, 16 << 20);
	CALL(mmap, NULL, 0, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	expect("mmap", "res=-22(EINVAL)\tlength=0\tprot=0(PROT_NONE)");
	return 0;
}
