#include "expect.h"

#ifdef SYS_stat
int main(void)
{
	struct stat status;

	CALL(stat, "/dev/null", &status);
	expect("stat", "res=0\tpath=/dev/null");
	CALL(stat, "/no/such/file", &status);
	expect("stat", "res=-2(ENOENT)\tpath=/no/such/file");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
