#include "expect.h"
#include "loopback.h"

int main(void)
{
	char first[16], second[16];
	struct iovec vectors[2] = { { first, 16 }, { second, 16 } };
	struct mmsghdr messages[2] = { { .msg_hdr = { .msg_iov = &vectors[0], .msg_iovlen = 1 } },
				       { .msg_hdr = { .msg_iov = &vectors[1], .msg_iovlen = 1 } } };
	long fd, made;

	enter_network();
	fd = server(&V4, SOCK_DGRAM);
	made = client(&V4, SOCK_DGRAM);
	if (send(made, "first", 5, 0) != 5 || send(made, "second", 6, 0) != 6)
		return 1;
	CALL(recvmmsg, fd, messages, 2, 0, NULL);
	expect("recvmmsg", "res=5\tfd=%ld\tsize=5\tdata=first", fd);
	expect("recvmmsg", "res=6\tfd=%ld\tsize=6\tdata=second", fd);
	CALL(recvmmsg, 777, messages, 2, 0, NULL);
	expect("recvmmsg", "res=-9(EBADF)\tfd=777");
	{
		/* As many as give an event each; more are counted as lost. */
		static struct mmsghdr crowd[64];

		for (int i = 0; i < 64; i++) {
			crowd[i] = messages[i % 2];
			if (send(made, "crowd", 5, 0) != 5)
				return 1;
		}
		CALL(recvmmsg, fd, crowd, 64, MSG_DONTWAIT, NULL);
		expect("recvmmsg", "res=5\tfd=%ld\tsize=5\tdata=crowd", fd);
	}
	return 0;
}
