#include "expect.h"

int main(void)
{
	const char *file = file_named("file");

	CALL(unlinkat, AT_FDCWD, "file", 0);
	expect("unlinkat", "res=0\tdirfd=-100(AT_FDCWD)\tname=file(%s)\tflags=0", file);
	mkdir("made", 0700);
	CALL(unlinkat, AT_FDCWD, path_of("made"), AT_REMOVEDIR);
	expect("unlinkat", "res=0\tdirfd=-100(AT_FDCWD)\tname=%s\tflags=512(AT_REMOVEDIR)", path_of("made"));
	CALL(unlinkat, 777, "file", 0);
	expect("unlinkat", "res=-9(EBADF)\tdirfd=777\tname~file\tflags=0");
	return 0;
}
