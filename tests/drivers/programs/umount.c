/* The call without flags is one of ia32. */
#include "expect.h"

#ifdef __x86_64__
#include "ia32.h"

#define UMOUNT 22

int main(void)
{
	char *path = low_page();

	strcpy(path, "/no/such/folder");
	ia32(UMOUNT, low(path), 0, 0, 0, 0, 0);
	expect("umount", "res=-2(ENOENT)\tname=/no/such/folder");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
