#include "expect.h"

#ifdef SYS_rmdir
int main(void)
{
	mkdir("made", 0700);
	CALL(rmdir, path_of("made"));
	expect("rmdir", "res=0\tpath=%s", path_of("made"));
	CALL(rmdir, path_of("made"));
	expect("rmdir", "res=-2(ENOENT)\tpath=%s", path_of("made"));
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
