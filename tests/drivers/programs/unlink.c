#include "expect.h"

#ifdef SYS_unlink
int main(void)
{
	const char *file = file_named("file");

	CALL(unlink, file);
	expect("unlink", "res=0\tpath=%s", file);
	CALL(unlink, file);
	expect("unlink", "res=-2(ENOENT)\tpath=%s", file);
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
