/* Calls of 32-bit x86, made by a 64-bit program. */
#ifndef IA32_H
#define IA32_H

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

static inline void no_ia32(int signal)
{
	(void)signal;
	cannot("this kernel has no ia32 calls");
}

static inline int ia32(unsigned number, unsigned a, unsigned b, unsigned c, unsigned d, unsigned e, unsigned f)
{
	int result;

	signal(SIGSEGV, no_ia32);
	/* The sixth argument is in ebp, which is saved below the red zone. */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpush %%rbp\n\tmov %k7, %%ebp\n\tint $0x80\n\tpop %%rbp\n\tlea "
			 "128(%%rsp), %%rsp"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), "r"(f)
			 : "memory", "r8", "r9", "r10", "r11", "cc");
	signal(SIGSEGV, SIG_DFL);
	if (result == -ENOSYS)
		cannot("this kernel has no ia32 calls");
	return result;
}

/* A page that 32-bit pointers reach. */
static inline void *low_page(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (page == MAP_FAILED)
		abort();
	return page;
}

static inline unsigned low(const void *pointer)
{
	return (uintptr_t)pointer;
}

#endif
