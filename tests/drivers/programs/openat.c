/* By absolute and relative name, below a folder, and missing. */
#include "expect.h"
#include "overlay.h"

/* A file below, a new one, and one that is copied up. */
static void open_on_overlay(const char *name, bool another)
{
	if (!mount_overlay(name, another))
		return;
	CALL(openat, AT_FDCWD, "below", O_RDONLY);
	expect("openat", "name~below\tflags=65537(O_RDONLY|FD_LOWER_LAYER)");
	CALL(openat, AT_FDCWD, "new", O_RDONLY | O_CREAT, 0600);
	expect("openat", "name~new\tflags~FD_UPPER_LAYER");
	CALL(openat, AT_FDCWD, "changed", O_WRONLY);
	expect("openat", "name~changed\tflags=32770(O_WRONLY|FD_UPPER_LAYER)");
	CALL(openat, AT_FDCWD, "changed", O_RDONLY);
	expect("openat", "name~changed\tflags=32769(O_RDONLY|FD_UPPER_LAYER)");
}

static void open_on_one_file_system(void)
{
	open_on_overlay("one", false);
}

static void open_on_two_file_systems(void)
{
	open_on_overlay("two", true);
}

int main(void)
{
	long fd, folder;

	fd = CALL(openat, AT_FDCWD, "/dev/null", O_RDONLY);
	expect("openat", "fd=%ld(<f>/dev/null)\tdirfd=-100(AT_FDCWD)\tname=/dev/null\tflags=1(O_RDONLY)\tmode=0", fd);
	fd = CALL(openat, AT_FDCWD, "/no/such/file", O_RDWR | O_CLOEXEC);
	expect("openat", "fd=%ld(ENOENT)\tname=/no/such/file\tflags=4099(O_RDWR|O_CLOEXEC)", fd);
	folder = CALL(openat, AT_FDCWD, here(), O_RDONLY | O_DIRECTORY);
	expect("openat", "fd=%ld(<d>%s)\tname=%s", folder, here(), here());
	fd = CALL(openat, folder, "made", O_WRONLY | O_CREAT | O_TRUNC, 0640);
	expect("openat", "fd=%ld(<f>%s)\tdirfd=%ld(<d>%s)\tname=made(%s)\tmode=0640", fd, path_of("made"), folder,
	       here(), path_of("made"));
	fd = CALL(openat, AT_FDCWD, "made", O_WRONLY | O_APPEND);
	expect("openat", "fd=%ld(<f>%s)\tdirfd=-100(AT_FDCWD)\tname=made(%s)", fd, path_of("made"), path_of("made"));
	fd = CALL(openat, AT_FDCWD, ".", O_RDWR | O_TMPFILE, 0600);
	expect("openat", "fd=%ld\tname~.\tmode=0600", fd);
	CALL(openat, 777, "made", O_RDONLY);
	expect("openat", "fd=-9(EBADF)\tdirfd=777\tname~made");
	CALL(openat, 777, "/dev/null", O_RDONLY);
	expect("openat", "dirfd=777\tname=/dev/null");
	CALL(openat, AT_FDCWD, many('x', 4096), O_RDONLY);
	expect("openat", "fd=-36(ENAMETOOLONG)\tname~xxxxxxxxxxxx");
	fd = CALL(openat, AT_FDCWD, "/proc/self/exe", O_PATH);
	expect("openat", "fd=%ld\tname=/proc/self/exe", fd);
	fd = CALL(openat, AT_FDCWD, "/proc/self/fd/1", O_WRONLY);
	expect("openat", "fd=%ld\tname=/proc/self/fd/1", fd);
	fd = CALL(openat, AT_FDCWD, "/dev/../dev/./zero", O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
	expect("openat", "fd=%ld(<f>/dev/zero)\tname=/dev/../dev/./zero", fd);
	for (const char *const *name = (const char *[]){ "one", "two", NULL }; *name; name++) {
		char path[64];

		mkdir(*name, 0755);
		mkdir(strcat(strcpy(path, *name), "/lower"), 0755);
		file_named(strcat(strcpy(path, *name), "/lower/below"));
		file_named(strcat(strcpy(path, *name), "/lower/changed"));
	}
	in_child(open_on_one_file_system);
	in_child(open_on_two_file_systems);
	return 0;
}
