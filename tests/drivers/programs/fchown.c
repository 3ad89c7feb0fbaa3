#include "expect.h"

int main(void)
{
	long fd = file_with("file", "");

	CALL(fchown, fd, 0, -1);
	expect("fchown", "res=0\tfd=%ld(<f>%s)\tuid=0\tgid=4294967295", fd, path_of("file"));
	CALL(fchown, 777, 0, 0);
	expect("fchown", "res=-9(EBADF)\tfd=777\tuid=0\tgid=0");
	return 0;
}
