#include "expect.h"

#ifdef __x86_64__
#include "ia32.h"

#define LSTAT64 196

int main(void)
{
	char *path = low_page();

	strcpy(path, "/dev/null");
	ia32(LSTAT64, low(path), low(path + 1024), 0, 0, 0, 0);
	expect("lstat64", "res=0\tpath=/dev/null");
	strcpy(path, "/no/such/file");
	ia32(LSTAT64, low(path), low(path + 1024), 0, 0, 0, 0);
	expect("lstat64", "res=-2(ENOENT)\tpath=/no/such/file");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
