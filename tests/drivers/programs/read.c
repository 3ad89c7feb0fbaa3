/* Less than there is room for, more than a capture keeps, and from a closed descriptor. */
#include "expect.h"

int main(void)
{
	static char text[3000], buffer[4000];
	long fd = file_with("read", "12345");

	CALL(read, fd, buffer, 8);
	expect("read", "res=5\tdata=12345\tfd=%ld(<f>%s)\tsize=8", fd, path_of("read"));
	memset(text, 'x', sizeof(text) - 1);
	fd = file_with("long", text);
	CALL(read, fd, buffer, sizeof(buffer));
	expect("read", "res=2999\tdata~xxxxxxxx\tfd=%ld\tsize=4000", fd);
	CALL(read, 777, buffer, 8);
	expect("read", "res=-9(EBADF)\tdata=NULL\tfd=777\tsize=8");
	CALL(read, fd, NULL, 0);
	expect("read", "res=0\tfd=%ld\tsize=0", fd);
	lseek(fd, 0, SEEK_SET);
	CALL(read, fd, NULL, 5);
	expect("read", "res=-14(EFAULT)\tdata=NULL\tfd=%ld\tsize=5", fd);
	return 0;
}
