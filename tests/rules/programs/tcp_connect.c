/*
 * usage: tcp_connect ADDRESS PORT [dup FD]
 * In a network namespace of its own, where ADDRESS belongs to the loopback device, listens at ADDRESS:PORT, connects to
 * it and, when asked, puts the connection in the place of descriptor FD. No packet leaves the machine.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int loopback_has(struct sockaddr_in address)
{
	struct ifreq request = { .ifr_name = "lo" };
	int control = socket(AF_INET, SOCK_DGRAM, 0);

	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(control, SIOCSIFFLAGS, &request))
		return perror("SIOCSIFFLAGS"), -1;
	strcpy(request.ifr_name, "lo:1");
	address.sin_port = 0;
	memcpy(&request.ifr_addr, &address, sizeof(address));
	if (ntohl(address.sin_addr.s_addr) >> 24 != 127 && ioctl(control, SIOCSIFADDR, &request))
		return perror("SIOCSIFADDR"), -1;
	close(control);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int server, client;

	if (argc < 3 || !inet_aton(argv[1], &address.sin_addr))
		return 2;
	address.sin_port = htons(atoi(argv[2]));
	if (unshare(CLONE_NEWNET) || loopback_has(address))
		return perror("network namespace"), 1;
	server = socket(AF_INET, SOCK_STREAM, 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(server, (struct sockaddr *)&address, sizeof(address)) || listen(server, 1))
		return perror("listen"), 1;
	if (connect(client, (struct sockaddr *)&address, sizeof(address)))
		return perror("connect"), 1;
	if (argc == 5 && dup2(client, atoi(argv[4])) < 0)
		return perror("dup2"), 1;
	return 0;
}
