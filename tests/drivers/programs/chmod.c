#include "expect.h"

#ifdef SYS_chmod
int main(void)
{
	const char *file = file_named("file");

	CALL(chmod, file, 0644);
	expect("chmod", "res=0\tfilename=%s\tmode=0644(S_IROTH|S_IRGRP|S_IWUSR|S_IRUSR)", file);
	CALL(chmod, "/no/such/file", 0644);
	expect("chmod", "res=-2(ENOENT)\tfilename=/no/such/file");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
