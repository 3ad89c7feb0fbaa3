/* A text, a flag, bytes, and the descriptor of no file system context. */
#include "expect.h"
#include <linux/mount.h>

int main(void)
{
	long fd = CALL(fsopen, "tmpfs", 0), result;

	if (fd == -ENOSYS)
		cannot("this kernel does not have the call");
	result = CALL(fsconfig, fd, FSCONFIG_SET_STRING, "size", "64k", 0);
	expect("fsconfig", "res=%ld\tfd=%ld\tcmd=1(FSCONFIG_SET_STRING)\tkey=size\tvalue_charbuf=64k\taux=0", result,
	       fd);
	result = CALL(fsconfig, fd, FSCONFIG_SET_FLAG, "ro", NULL, 0);
	expect("fsconfig", "res=%ld\tfd=%ld\tcmd=0(FSCONFIG_SET_FLAG)\tkey=ro\taux=0", result, fd);
	result = CALL(fsconfig, fd, FSCONFIG_SET_BINARY, "bytes", "abc", 3);
	expect("fsconfig", "res=%ld\tcmd=2(FSCONFIG_SET_BINARY)\tkey=bytes\tvalue_bytebuf=abc\taux=3", result);
	result = CALL(fsconfig, fd, FSCONFIG_SET_PATH, "source", "/dev/null", AT_FDCWD);
	expect("fsconfig", "res=%ld\tcmd=3(FSCONFIG_SET_PATH)\tkey=source\tvalue_charbuf=/dev/null\taux=-100", result);
	CALL(fsconfig, 777, FSCONFIG_SET_FLAG, "ro", NULL, 0);
	expect("fsconfig", "res=-9(EBADF)\tfd=777\tcmd=0(FSCONFIG_SET_FLAG)");
	return 0;
}
