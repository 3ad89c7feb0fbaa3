#include "expect.h"

int main(void)
{
	long from = file_with("from", "12345"), to = file_with("to", "");
	off_t offset = 1;

	CALL(sendfile, to, from, &offset, 3);
	expect("sendfile", "res=3\toffset=4\tout_fd=%ld\tin_fd=%ld\tsize=3", to, from);
	CALL(sendfile, to, 777, NULL, 3);
	expect("sendfile", "res=-9(EBADF)\toffset=0\tout_fd=%ld\tin_fd=777\tsize=3", to);
	return 0;
}
