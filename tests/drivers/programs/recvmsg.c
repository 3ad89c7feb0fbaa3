/* A datagram, and descriptors that are handed over. */
#include "expect.h"
#include "loopback.h"

static void hand_over(void)
{
	char byte = 'x', control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec vector = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int ends[2], handed = open("/dev/null", O_RDONLY);

	*header = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(header), &handed, sizeof(handed));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || sendmsg(ends[0], &message, 0) != 1)
		abort();
	CALL(recvmsg, ends[1], &message, 0);
	expect("recvmsg", "res=1\tsize=1\tdata=x\tfd=%d", ends[1]);
}

int main(void)
{
	char buffer[16];
	struct iovec room = { buffer, sizeof(buffer) };
	struct msghdr received = { .msg_iov = &room, .msg_iovlen = 1 };
	long fd, made;

	enter_network();
	fd = server(&V4, SOCK_DGRAM);
	made = client(&V4, SOCK_DGRAM);
	if (send(made, "query", 5, 0) != 5)
		return 1;
	CALL(recvmsg, fd, &received, 0);
	expect("recvmsg", "res=5\tsize=5\tdata=query\tfd=%ld", fd);
	hand_over();
	CALL(recvmsg, fd, &received, MSG_DONTWAIT);
	expect("recvmsg", "res=-11(EAGAIN)\tfd=%ld", fd);
	return 0;
}
