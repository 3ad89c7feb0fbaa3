#include "expect.h"

#ifdef SYS_link
int main(void)
{
	const char *file = file_named("file"), *second = path_of("second");

	CALL(link, file, second);
	expect("link", "res=0\toldpath=%s\tnewpath=%s", file, second);
	CALL(link, file, second);
	expect("link", "res=-17(EEXIST)\toldpath=%s\tnewpath=%s", file, second);
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
