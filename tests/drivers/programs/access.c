#include "expect.h"

#ifdef SYS_access
int main(void)
{
	CALL(access, "/dev/null", R_OK | W_OK);
	expect("access", "res=0\tname=/dev/null\tmode=6(R_OK|W_OK)");
	CALL(access, "/no/such/file", F_OK);
	expect("access", "res=-2(ENOENT)\tname=/no/such/file\tmode=0(F_OK)");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
