#include "expect.h"
#include "loopback.h"
#include <linux/netlink.h>

static void bind_one(const struct family *family)
{
	long fd = socket(family->domain, SOCK_STREAM, 0);

	CALL(bind, fd, family->address, family->length);
	expect("bind", "res=0\taddr=%s:8080\tfd=%ld(<%st>%s:8080)", family->text, fd, family->kind, family->text);
	CALL(bind, fd, family->address, 3);
	expect("bind", "res=-22(EINVAL)\tfd=%ld", fd);
}

int main(void)
{
	struct sockaddr_un named = { .sun_family = AF_UNIX, .sun_path = "socket" };
	struct sockaddr_nl netlink = { .nl_family = AF_NETLINK };
	struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0abstract" };

	enter_network();
	bind_one(&V4);
	bind_one(&V6);
	CALL(bind, socket(AF_UNIX, SOCK_STREAM, 0), &named, sizeof(named));
	expect("bind", "res=0\taddr=socket");
	CALL(bind, socket(AF_UNIX, SOCK_STREAM, 0), &abstract, sizeof(sa_family_t) + 9);
	expect("bind", "res=0\taddr=abstract");
	memset(named.sun_path, 'p', sizeof(named.sun_path));
	CALL(bind, socket(AF_UNIX, SOCK_STREAM, 0), &named, sizeof(named));
	expect("bind", "res=0\taddr~pppppppp");
	CALL(bind, socket(AF_UNIX, SOCK_STREAM, 0), &named, sizeof(sa_family_t));
	expect("bind", "res=0");
	CALL(bind, 777, NULL, 16);
	expect("bind", "res=-9(EBADF)\tfd=777");
	CALL(bind, socket(AF_INET, SOCK_STREAM, 0), V4.address, 1 << 20);
	expect("bind", "res=-22(EINVAL)");
	CALL(bind, socket(AF_NETLINK, SOCK_RAW, 0), &netlink, sizeof(netlink));
	expect("bind", "res=0");
	return 0;
}
