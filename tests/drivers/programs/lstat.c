#include "expect.h"

#ifdef SYS_lstat
int main(void)
{
	struct stat status;

	CALL(lstat, "/dev/null", &status);
	expect("lstat", "res=0\tpath=/dev/null");
	CALL(lstat, "/no/such/file", &status);
	expect("lstat", "res=-2(ENOENT)\tpath=/no/such/file");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
