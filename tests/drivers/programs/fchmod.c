#include "expect.h"

int main(void)
{
	long fd = file_with("file", "");

	CALL(fchmod, fd, 0600);
	expect("fchmod", "res=0\tfd=%ld(<f>%s)\tmode=0600(S_IWUSR|S_IRUSR)", fd, path_of("file"));
	CALL(fchmod, 777, 0600);
	expect("fchmod", "res=-9(EBADF)\tfd=777\tmode~0600");
	return 0;
}
