#include "expect.h"

#ifdef SYS_lchown
int main(void)
{
	const char *file = file_named("file");

	CALL(lchown, file, 1, 2);
	expect("lchown", "res=0\tpath=%s\tuid=1\tgid=2", file);
	CALL(lchown, "/no/such/file", 0, 0);
	expect("lchown", "res=-2(ENOENT)\tpath=/no/such/file\tuid=0\tgid=0");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
