/* usage: unix_connect PATH: listens at a Unix socket and connects to it. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, argv[1]);
	unlink(argv[1]);
	if (bind(server, (struct sockaddr *)&address, sizeof(address)) || listen(server, 1))
		return perror("listen"), 1;
	if (connect(client, (struct sockaddr *)&address, sizeof(address)))
		return perror("connect"), 1;
	return 0;
}
