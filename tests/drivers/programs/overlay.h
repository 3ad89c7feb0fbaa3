/* An overlay file system, in a mount namespace of the calling process's own. */
#ifndef OVERLAY_H
#define OVERLAY_H

#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>

/* Below the folder `name`: what is in "lower" is seen in "merged"; what is changed there goes to "top/upper", which is on another file system
 * if that is wanted. False where this machine does not let it be mounted. */
static inline bool mount_overlay(const char *name, bool another)
{
	char *options;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || chdir(name))
		return false;
	mkdir("merged", 0755);
	mkdir("top", 0755);
	if (another && mount("tmpfs", "top", "tmpfs", 0, NULL))
		return false;
	/* An image is unpacked some time before a container starts. */
	usleep(20000);
	mkdir("top/upper", 0755);
	mkdir("top/work", 0755);
	options = "lowerdir=lower,upperdir=top/upper,workdir=top/work";
	return !mount("overlay", "merged", "overlay", 0, options) && !chdir("merged");
}

#endif
