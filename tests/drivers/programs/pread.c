#include "expect.h"

int main(void)
{
	char buffer[8];
	long fd = file_with("read", "12345");

	CALL(pread64, fd, buffer, sizeof(buffer), 2);
	expect("pread", "res=3\tdata=345\tfd=%ld\tsize=8\tpos=2", fd);
	CALL(pread64, fd, buffer, sizeof(buffer), -1L);
	expect("pread", "res=-22(EINVAL)\tfd=%ld\tsize=8\tpos=-1", fd);
	return 0;
}
