#include "expect.h"

int main(void)
{
	const char *file = file_named("file"), *second = path_of("second");

	CALL(renameat, AT_FDCWD, file, AT_FDCWD, second);
	expect("renameat", "res=0\tolddirfd=-100(AT_FDCWD)\toldpath=%s\tnewdirfd=-100(AT_FDCWD)\tnewpath=%s", file,
	       second);
	CALL(renameat, 777, "file", 778, "second");
	expect("renameat", "res=-9(EBADF)\tolddirfd=777\tnewdirfd=778");
	return 0;
}
