/* Opens a file. It is run without the right to read the program, so that nobody may look into its memory. */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
	int fd = open("/etc/hostname", O_RDONLY);

	if (fd >= 0)
		close(fd);
	sleep(1);
	return 0;
}
