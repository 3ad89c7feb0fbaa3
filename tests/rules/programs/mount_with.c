/* usage: mount_with mount|fsconfig TYPE SOURCE FOLDER: a mount by the old call, or a file system made by the new ones. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CMD_CREATE 6 /* FSCONFIG_CMD_CREATE of linux/mount.h */

int main(int argc, char **argv)
{
	int fs;

	if (argc != 5)
		return 2;
	if (!strcmp(argv[1], "mount")) {
		if (mount(argv[3], argv[4], argv[2], 0, NULL))
			return perror("mount"), 1;
		return 0;
	}
	fs = syscall(SYS_fsopen, argv[2], 0);
	if (fs < 0)
		return perror("fsopen"), 1;
	if (syscall(SYS_fsconfig, fs, CMD_CREATE, NULL, NULL, 0))
		return perror("fsconfig"), 1;
	return 0;
}
