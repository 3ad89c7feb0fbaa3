#include "expect.h"
#include "loopback.h"

int main(void)
{
	struct iovec vectors[2] = { { "first", 5 }, { "second", 6 } };
	struct mmsghdr messages[2] = { { .msg_hdr = { .msg_iov = &vectors[0], .msg_iovlen = 1 } },
				       { .msg_hdr = { .msg_iov = &vectors[1], .msg_iovlen = 1 } } };
	long fd;

	enter_network();
	server(&V4, SOCK_DGRAM);
	fd = client(&V4, SOCK_DGRAM);
	CALL(sendmmsg, fd, messages, 2, 0);
	expect("sendmmsg", "res=5\tfd=%ld\tsize=5\tdata=first\ttuple=%s", fd, tuple_of(&V4, fd));
	expect("sendmmsg", "res=6\tfd=%ld\tsize=6\tdata=second\ttuple=%s", fd, tuple_of(&V4, fd));
	CALL(sendmmsg, 777, messages, 2, 0);
	expect("sendmmsg", "res=-9(EBADF)\tfd=777");
	{
		/* As many as give an event each; more are counted as lost. */
		static struct mmsghdr crowd[64];

		for (int i = 0; i < 64; i++)
			crowd[i] = messages[i % 2];
		CALL(sendmmsg, fd, crowd, 64, 0);
		expect("sendmmsg", "res=6\tfd=%ld\tdata=second", fd);
	}
	return 0;
}
