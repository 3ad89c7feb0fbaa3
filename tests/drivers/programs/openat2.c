/* Resolving without symbolic links; a structure that is too short. */
#include "expect.h"
#include <linux/openat2.h>

int main(void)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	long fd = CALL(openat2, AT_FDCWD, "/dev/null", &how, sizeof(how));

	if (fd == -ENOSYS)
		cannot("this kernel does not have the call");
	expect("openat2",
	       "fd=%ld(<f>/dev/null)\tname=/dev/null\tflags=4097(O_RDONLY|O_CLOEXEC)\tresolve=8(RESOLVE_NO_SYMLINKS)",
	       fd);
	CALL(openat2, AT_FDCWD, "/dev/null", &how, 3);
	expect("openat2", "fd=-22(EINVAL)\tdirfd=-100(AT_FDCWD)\tname=/dev/null");
	return 0;
}
