#include "expect.h"

int main(void)
{
	CALL(chdir, "/tmp");
	expect("chdir", "res=0\tpath=/tmp");
	CALL(chdir, "/no/such/folder");
	expect("chdir", "res=-2(ENOENT)\tpath=/no/such/folder");
	return 0;
}
