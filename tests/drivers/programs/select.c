#include "expect.h"
#include <sys/select.h>

#ifdef SYS_select
int main(void)
{
	struct timeval none = { 0 };

	CALL(select, 0, NULL, NULL, NULL, &none);
	expect("select", "res=0");
	CALL(select, -1, NULL, NULL, NULL, &none);
	expect("select", "res=-22(EINVAL)");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
