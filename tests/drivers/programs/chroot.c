#include "expect.h"

int main(void)
{
	CALL(chroot, "/no/such/folder");
	expect("chroot", "res=-2(ENOENT)\tpath=/no/such/folder");
	CALL(chroot, "/");
	expect("chroot", "res=0\tpath=/");
	return 0;
}
