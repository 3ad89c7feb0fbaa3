#include "expect.h"

#ifdef SYS_rename
int main(void)
{
	const char *file = file_named("file"), *second = path_of("second");

	CALL(rename, file, second);
	expect("rename", "res=0\toldpath=%s\tnewpath=%s", file, second);
	CALL(rename, file, second);
	expect("rename", "res=-2(ENOENT)\toldpath=%s\tnewpath=%s", file, second);
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
