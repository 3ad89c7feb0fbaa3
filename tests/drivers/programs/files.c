/* Descriptors: opened, duplicated, closed. Runs in an empty folder that is its working directory. */
#include "expect.h"
#include <linux/openat2.h>
#include <sys/mman.h>

static void open_files(const char *cwd)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	long fd, folder;

	fd = CALL(openat, AT_FDCWD, "/dev/null", O_RDONLY);
	expect("openat", "fd=%ld(<f>/dev/null)\tdirfd=-100(AT_FDCWD)\tname=/dev/null\tflags=1(O_RDONLY)\tmode=0", fd);
	CALL(close, fd);
	expect("close", "res=0\tfd=%ld(<f>/dev/null)", fd);
	CALL(close, 777);
	expect("close", "res=-9(EBADF)\tfd=777");
	fd = CALL(openat, AT_FDCWD, "/no/such/file", O_RDWR | O_CLOEXEC);
	expect("openat", "fd=%ld(ENOENT)\tname=/no/such/file\tflags=4099(O_RDWR|O_CLOEXEC)", fd);
	folder = CALL(openat, AT_FDCWD, cwd, O_RDONLY | O_DIRECTORY);
	expect("openat", "fd=%ld(<d>%s)\tname=%s", folder, cwd, cwd);
	fd = CALL(openat, folder, "made", O_WRONLY | O_CREAT | O_TRUNC, 0640);
	expect("openat", "fd=%ld(<f>%s/made)\tdirfd=%ld(<d>%s)\tname=made(%s/made)\tmode=0640", fd, cwd, folder, cwd, cwd);
	CALL(close, fd);
	expect("close", "res=0\tfd=%ld(<f>%s/made)", fd, cwd);
	fd = CALL(openat, AT_FDCWD, "made", O_WRONLY | O_APPEND);
	expect("openat", "fd=%ld(<f>%s/made)\tdirfd=-100(AT_FDCWD)\tname=made(%s/made)", fd, cwd, cwd);
	CALL(close, fd);
	fd = CALL(openat2, AT_FDCWD, "/dev/null", &how, sizeof(how));
	expect("openat2", "fd=%ld(<f>/dev/null)\tname=/dev/null\tflags=4097(O_RDONLY|O_CLOEXEC)\tresolve=8(RESOLVE_NO_SYMLINKS)",
	       fd);
	CALL(close, fd);
	CALL(close, folder);
#ifdef HAVE_OLD_CALLS
	fd = CALL(open, "/dev/null", O_WRONLY);
	expect("open", "fd=%ld(<f>/dev/null)\tname=/dev/null\tflags=2(O_WRONLY)", fd);
	CALL(close, fd);
	fd = CALL(open, "/no/such/file", O_WRONLY);
	expect("open", "fd=%ld(ENOENT)\tname=/no/such/file", fd);
	fd = CALL(creat, "created", 0600);
	expect("creat", "fd=%ld(<f>%s/created)\tname=created\tmode=0600", fd, cwd);
	CALL(close, fd);
#endif
}

static void duplicate(void)
{
	long fd = CALL(openat, AT_FDCWD, "/dev/zero", O_RDONLY), copy;

	copy = CALL(dup, fd);
	expect("dup", "res=%ld(<f>/dev/zero)\toldfd=%ld(<f>/dev/zero)", copy, fd);
	CALL(close, copy);
#ifdef HAVE_OLD_CALLS
	copy = CALL(dup2, fd, 50);
	expect("dup2", "res=50(<f>/dev/zero)\toldfd=%ld(<f>/dev/zero)\tnewfd=50(<f>/dev/zero)", fd);
#endif
	copy = CALL(dup3, fd, 51, O_CLOEXEC);
	expect("dup3", "res=51(<f>/dev/zero)\toldfd=%ld(<f>/dev/zero)\tnewfd=51\tflags=4096(O_CLOEXEC)", fd);
	CALL(close, 51);
	expect("close", "res=0\tfd=51(<f>/dev/zero)");
	copy = CALL(dup, 777);
	expect("dup", "res=%ld(EBADF)\toldfd=777", copy);
	copy = CALL(fcntl, fd, F_DUPFD_CLOEXEC, 60);
	expect("fcntl", "res=60(<f>/dev/zero)\tfd=%ld(<f>/dev/zero)\tcmd=26(F_DUPFD_CLOEXEC)", fd);
	CALL(close_range, 60, 60, 0);
	expect("close_range", "res=0\tfirst=60\tlast=60\tflags=0");
	CALL(close, fd);
}

static void unnamed(void)
{
	int ends[2];
	long fd;

#ifdef HAVE_OLD_CALLS
	CALL(pipe, ends);
	expect("pipe", "res=0\tfd1=%d(<p>)\tfd2=%d(<p>)", ends[0], ends[1]);
	CALL(close, ends[0]);
	CALL(close, ends[1]);
#endif
	CALL(pipe2, ends, O_CLOEXEC);
	expect("pipe2", "res=0\tfd1=%d(<p>)\tfd2=%d(<p>)\tflags=4096(O_CLOEXEC)", ends[0], ends[1]);
	CALL(close, ends[0]);
	CALL(close, ends[1]);
	fd = CALL(memfd_create, "scratch", MFD_CLOEXEC);
	expect("memfd_create", "fd=%ld\tname=scratch\tflags=1(MFD_CLOEXEC)", fd);
	CALL(close, fd);
	fd = CALL(memfd_create, "scratch", 0x4000);
	expect("memfd_create", "fd=-22(EINVAL)\tname=scratch");
	fd = CALL(eventfd2, 7, O_CLOEXEC);
	expect("eventfd2", "res=%ld\tinitval=7\tflags=4096(O_CLOEXEC)", fd);
	CALL(close, fd);
	fd = CALL(epoll_create1, 0);
	expect("epoll_create1", "res=%ld\tflags=0", fd);
	CALL(close, fd);
}

int main(void)
{
	char cwd[4096];

	if (!getcwd(cwd, sizeof(cwd)))
		return 1;
	open_files(cwd);
	duplicate();
	unnamed();
	return 0;
}
