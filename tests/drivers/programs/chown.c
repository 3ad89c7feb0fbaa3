#include "expect.h"

#ifdef SYS_chown
int main(void)
{
	const char *file = file_named("file");

	CALL(chown, file, 1, 2);
	expect("chown", "res=0\tpath=%s\tuid=1\tgid=2", file);
	CALL(chown, "/no/such/file", 0, 0);
	expect("chown", "res=-2(ENOENT)\tpath=/no/such/file\tuid=0\tgid=0");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
