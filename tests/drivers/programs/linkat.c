#include "expect.h"

int main(void)
{
	const char *file = file_named("file"), *second = path_of("second");

	CALL(linkat, AT_FDCWD, file, AT_FDCWD, second, 0);
	expect("linkat", "res=0\tolddir=-100(AT_FDCWD)\toldpath=%s\tnewdir=-100(AT_FDCWD)\tnewpath=%s\tflags=0", file,
	       second);
	CALL(linkat, 777, "file", AT_FDCWD, "third", AT_SYMLINK_FOLLOW);
	expect("linkat", "res=-9(EBADF)\tolddir=777\tnewpath=third(%s)\tflags~AT_SYMLINK_FOLLOW", path_of("third"));
	return 0;
}
