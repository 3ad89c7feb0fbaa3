#include "expect.h"
#include <sys/uio.h>

int main(void)
{
	char first[2], second[8];
	struct iovec vectors[2] = { { first, 2 }, { second, 8 } };
	long fd = file_with("read", "12345");

	CALL(readv, fd, vectors, 2);
	expect("readv", "res=5\tsize=5\tdata=12345\tfd=%ld", fd);
	CALL(readv, 777, vectors, 2);
	expect("readv", "res=-9(EBADF)\tfd=777");
	{
		static char room[40][10];
		struct iovec longer[40];

		for (int i = 0; i < 40; i++)
			longer[i] = (struct iovec){ room[i], 1 + i % 10 };
		fd = file_with("long", many('z', 500));
		CALL(readv, fd, longer, 40);
		expect("readv", "res=220\tsize=220\tdata~zzzzzzzzzz");
	}
	return 0;
}
