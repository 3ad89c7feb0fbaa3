#include "expect.h"
#include "loopback.h"

int main(void)
{
	char text[64];
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	long listening, made, fd;

	enter_network();
	listening = server(&V6, SOCK_STREAM);
	made = client(&V6, SOCK_STREAM);
	fd = accept(listening, NULL, NULL);
	if (send(made, "hello", 5, 0) != 5)
		return 1;
	CALL(recvfrom, fd, text, sizeof(text), 0, NULL, NULL);
	expect("recvfrom", "res=5\tdata=hello\tfd=%ld(<6t>%s)\tsize=%zu", fd, tuple_of(&V6, made), sizeof(text));
	close(listening);
	fd = server(&V4, SOCK_DGRAM);
	made = client(&V4, SOCK_DGRAM);
	if (send(made, "again", 5, 0) != 5)
		return 1;
	CALL(recvfrom, fd, text, sizeof(text), 0, &from, &length);
	expect("recvfrom", "res=5\tdata=again\ttuple=%s\tfd=%ld\tsize=%zu", tuple_of(&V4, made), fd, sizeof(text));
	CALL(recvfrom, fd, text, sizeof(text), MSG_DONTWAIT, NULL, NULL);
	expect("recvfrom", "res=-11(EAGAIN)\tfd=%ld\tsize=%zu", fd, sizeof(text));
	return 0;
}
