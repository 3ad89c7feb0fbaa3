#include "expect.h"

#ifdef SYS_symlink
int main(void)
{
	CALL(symlink, "/etc/hosts", path_of("second"));
	expect("symlink", "res=0\ttarget=/etc/hosts\tlinkpath=%s", path_of("second"));
	CALL(symlink, "/etc/hosts", path_of("second"));
	expect("symlink", "res=-17(EEXIST)\ttarget=/etc/hosts\tlinkpath=%s", path_of("second"));
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
