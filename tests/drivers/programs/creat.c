/* A file made, and a folder in the way. */
#include "expect.h"

#ifdef SYS_creat
int main(void)
{
	long fd = CALL(creat, "created", 0600);

	expect("creat", "fd=%ld(<f>%s)\tname=created\tmode=0600", fd, path_of("created"));
	CALL(creat, here(), 0644);
	expect("creat", "fd=-21(EISDIR)\tname=%s\tmode=0644", here());
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
