/* Names: made, linked, renamed, removed, given owners and modes. Runs in an empty folder that is its working directory. */
#include "expect.h"
#include <linux/fs.h>
#include <sys/mount.h>

static char cwd[4096], file[4200], second[4200], folder[4200];

static void folders(void)
{
	long fd;

	CALL(mkdirat, AT_FDCWD, folder, 0750);
	expect("mkdirat", "res=0\tdirfd=-100(AT_FDCWD)\tpath=%s\tmode=1E8", folder);
	CALL(mkdirat, AT_FDCWD, folder, 0750);
	expect("mkdirat", "res=-17(EEXIST)\tpath=%s", folder);
	fd = CALL(openat, AT_FDCWD, folder, O_RDONLY | O_DIRECTORY);
	CALL(chdir, folder);
	expect("chdir", "res=0\tpath=%s", folder);
	CALL(chdir, "/no/such/folder");
	expect("chdir", "res=-2(ENOENT)\tpath=/no/such/folder");
	CALL(chdir, cwd);
	CALL(fchdir, fd);
	expect("fchdir", "res=0\tfd=%ld(<d>%s)", fd, folder);
	CALL(chdir, cwd);
	CALL(close, fd);
	CALL(unlinkat, AT_FDCWD, folder, AT_REMOVEDIR);
	expect("unlinkat", "res=0\tdirfd=-100(AT_FDCWD)\tname=%s\tflags=512(AT_REMOVEDIR)", folder);
#ifdef HAVE_OLD_CALLS
	CALL(mkdir, folder, 0700);
	expect("mkdir", "res=0\tpath=%s\tmode=1C0", folder);
	CALL(rmdir, folder);
	expect("rmdir", "res=0\tpath=%s", folder);
	CALL(rmdir, folder);
	expect("rmdir", "res=-2(ENOENT)\tpath=%s", folder);
#endif
	CALL(chroot, "/no/such/folder");
	expect("chroot", "res=-2(ENOENT)\tpath=/no/such/folder");
	CALL(mount, "none", "/no/such/folder", "tmpfs", MS_RDONLY | MS_NOSUID, NULL);
	expect("mount", "res=-2(ENOENT)\tdev=none\tdir=/no/such/folder\ttype=tmpfs\tflags=3(RDONLY|NOSUID)");
	CALL(umount2, "/no/such/folder", MNT_DETACH);
	expect("umount2", "res=-2(ENOENT)\tname=/no/such/folder\tflags=2(DETACH)");
}

static void links(void)
{
	CALL(linkat, AT_FDCWD, file, AT_FDCWD, second, 0);
	expect("linkat", "res=0\tolddir=-100(AT_FDCWD)\toldpath=%s\tnewdir=-100(AT_FDCWD)\tnewpath=%s\tflags=0", file, second);
	CALL(unlinkat, AT_FDCWD, "second", 0);
	expect("unlinkat", "res=0\tdirfd=-100(AT_FDCWD)\tname=second(%s)\tflags=0", second);
	CALL(symlinkat, "target", AT_FDCWD, second);
	expect("symlinkat", "res=0\ttarget=target\tlinkdirfd=-100(AT_FDCWD)\tlinkpath=%s", second);
	CALL(symlinkat, "target", AT_FDCWD, second);
	expect("symlinkat", "res=-17(EEXIST)\ttarget=target\tlinkpath=%s", second);
	CALL(renameat2, AT_FDCWD, file, AT_FDCWD, second, RENAME_EXCHANGE);
	expect("renameat2", "res=0\toldpath=%s\tnewpath=%s\tflags=2(RENAME_EXCHANGE)", file, second);
	CALL(renameat, AT_FDCWD, second, AT_FDCWD, file);
	expect("renameat", "res=0\tolddirfd=-100(AT_FDCWD)\toldpath=%s\tnewdirfd=-100(AT_FDCWD)\tnewpath=%s", second, file);
#ifdef HAVE_OLD_CALLS
	CALL(link, file, second);
	expect("link", "res=0\toldpath=%s\tnewpath=%s", file, second);
	CALL(unlink, second);
	expect("unlink", "res=0\tpath=%s", second);
	CALL(unlink, second);
	expect("unlink", "res=-2(ENOENT)\tpath=%s", second);
	CALL(symlink, "/etc/hosts", second);
	expect("symlink", "res=0\ttarget=/etc/hosts\tlinkpath=%s", second);
	CALL(unlink, second);
	CALL(rename, file, second);
	expect("rename", "res=0\toldpath=%s\tnewpath=%s", file, second);
	CALL(rename, file, second);
	expect("rename", "res=-2(ENOENT)\toldpath=%s\tnewpath=%s", file, second);
	CALL(rename, second, file);
#endif
}

static void owners_and_modes(void)
{
	long fd = CALL(openat, AT_FDCWD, file, O_RDONLY);

	CALL(fchmodat, AT_FDCWD, file, 04755);
	expect("fchmodat", "res=0\tdirfd=-100(AT_FDCWD)\tfilename=%s\tmode~04755(S_IXOTH", file);
	CALL(fchmod, fd, 0600);
	expect("fchmod", "res=0\tfd=%ld(<f>%s)\tmode=0600(S_IWUSR|S_IRUSR)", fd, file);
	CALL(fchmod, 777, 0600);
	expect("fchmod", "res=-9(EBADF)\tfd=777\tmode~0600");
	CALL(fchownat, AT_FDCWD, file, 12, 34, 0);
	expect("fchownat", "res=0\tdirfd=-100(AT_FDCWD)\tpathname=%s\tuid=12\tgid=34\tflags=0", file);
	CALL(fchown, fd, 0, -1);
	expect("fchown", "res=0\tfd=%ld(<f>%s)\tuid=0\tgid=4294967295", fd, file);
	CALL(close, fd);
#ifdef HAVE_OLD_CALLS
	CALL(chmod, file, 0644);
	expect("chmod", "res=0\tfilename=%s\tmode=0644(S_IROTH|S_IRGRP|S_IWUSR|S_IRUSR)", file);
	CALL(chmod, "/no/such/file", 0644);
	expect("chmod", "res=-2(ENOENT)\tfilename=/no/such/file");
	CALL(chown, file, 0, 0);
	expect("chown", "res=0\tpath=%s\tuid=0\tgid=0", file);
	CALL(lchown, file, 1, 1);
	expect("lchown", "res=0\tpath=%s\tuid=1\tgid=1", file);
#endif
}

int main(void)
{
	if (!getcwd(cwd, sizeof(cwd)))
		return 1;
	snprintf(file, sizeof(file), "%s/file", cwd);
	snprintf(second, sizeof(second), "%s/second", cwd);
	snprintf(folder, sizeof(folder), "%s/folder", cwd);
	close(open(file, O_WRONLY | O_CREAT, 0644));
	folders();
	links();
	owners_and_modes();
	return 0;
}
