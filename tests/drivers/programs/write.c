#include "expect.h"

int main(void)
{
	static char text[3000];
	long fd = file_with("write", "");

	CALL(write, fd, "12345", 5);
	expect("write", "res=5\tdata=12345\tfd=%ld(<f>%s)\tsize=5", fd, path_of("write"));
	memset(text, 'x', sizeof(text));
	CALL(write, fd, text, sizeof(text));
	expect("write", "res=3000\tdata~xxxxxxxx\tsize=3000");
	CALL(write, 777, "lost", 4);
	expect("write", "res=-9(EBADF)\tdata=lost\tfd=777\tsize=4");
	CALL(write, fd, NULL, 4);
	expect("write", "res=-14(EFAULT)\tdata=NULL\tfd=%ld\tsize=4", fd);
	CALL(write, fd, at_page_end("tail", 4), 4);
	expect("write", "res=4\tdata=tail");
	CALL(write, 777, at_page_end("tail", 4), 8);
	expect("write", "res=-9(EBADF)\tfd=777\tsize=8");
	CALL(write, fd, "", 0);
	expect("write", "res=0\tfd=%ld\tsize=0", fd);
	CALL(write, fd, "\0\1\xff\n", 4);
	expect("write", "res=4\tfd=%ld\tsize=4", fd);
	CALL(write, fd, text, 1L << 40);
	expect("write", "fd=%ld", fd);
	return 0;
}
