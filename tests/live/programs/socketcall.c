/* SPDX-License-Identifier: Apache-2.0 */
/* A socket and a connect through ia32's socketcall, made by a 64-bit program. Exits with 77 where the kernel has no ia32 calls. */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define SOCKETCALL 102

static int ia32(int number, unsigned first, unsigned second)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(first), "c"(second)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

int main(void)
{
	unsigned *args = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	unsigned char *address = (unsigned char *)(args + 100);
	unsigned low = (unsigned)(uintptr_t)args;
	int fd;

	if (args == MAP_FAILED)
		return 1;
	args[0] = 2; /* AF_INET */
	args[1] = 2; /* SOCK_DGRAM */
	args[2] = 0;
	fd = ia32(SOCKETCALL, 1, low);
	if (fd < 0)
		return 77;
	memcpy(address, "\2\0\x12\x34\x7f\0\0\1", 8);
	args[0] = fd;
	args[1] = (unsigned)(uintptr_t)address;
	args[2] = 16;
	return ia32(SOCKETCALL, 3, low) ? 1 : 0;
}
