#include "expect.h"
#include <linux/fs.h>

int main(void)
{
	const char *file = file_named("file"), *second = file_named("second");

	CALL(renameat2, AT_FDCWD, file, AT_FDCWD, second, RENAME_EXCHANGE);
	expect("renameat2", "res=0\toldpath=%s\tnewpath=%s\tflags=2(RENAME_EXCHANGE)", file, second);
	CALL(renameat2, AT_FDCWD, file, AT_FDCWD, second, RENAME_NOREPLACE);
	expect("renameat2", "res=-17(EEXIST)\toldpath=%s\tnewpath=%s\tflags=1(RENAME_NOREPLACE)", file, second);
	return 0;
}
