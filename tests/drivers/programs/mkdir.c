#include "expect.h"

#ifdef SYS_mkdir
int main(void)
{
	CALL(mkdir, "made", 0700);
	expect("mkdir", "res=0\tpath=made(%s)\tmode=1C0", path_of("made"));
	CALL(mkdir, "made", 0700);
	expect("mkdir", "res=-17(EEXIST)\tpath=made(%s)\tmode=1C0", path_of("made"));
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
