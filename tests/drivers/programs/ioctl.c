#include "expect.h"
#include <sys/ioctl.h>

int main(void)
{
	int available;
	long fd = file_with("file", "12345");

	CALL(ioctl, fd, FIONREAD, &available);
	expect("ioctl", "res=0\tfd=%ld\trequest=541B\targument=%lX", fd, (long)&available);
	CALL(ioctl, fd, TIOCGWINSZ, 0);
	expect("ioctl", "res=-25(ENOTTY)\tfd=%ld\trequest=5413\targument=0", fd);
	return 0;
}
