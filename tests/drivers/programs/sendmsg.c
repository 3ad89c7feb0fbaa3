#include "expect.h"
#include "loopback.h"

int main(void)
{
	struct iovec vectors[2] = { { "que", 3 }, { "ry", 2 } };
	struct msghdr message = { .msg_iov = vectors, .msg_iovlen = 2 };
	long fd;

	enter_network();
	message.msg_name = V4.address;
	message.msg_namelen = V4.length;
	server(&V4, SOCK_DGRAM);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	CALL(sendmsg, fd, &message, 0);
	expect("sendmsg", "res=5\tdata=query\tfd=%ld\tsize=5\ttuple~->127.0.0.1:8080", fd);
	CALL(sendmsg, 777, &message, 0);
	expect("sendmsg", "res=-9(EBADF)\tdata=NULL\tfd=777\tsize=5");
	return 0;
}
