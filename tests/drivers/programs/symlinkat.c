#include "expect.h"

int main(void)
{
	const char *second = path_of("second");

	CALL(symlinkat, "target", AT_FDCWD, second);
	expect("symlinkat", "res=0\ttarget=target\tlinkdirfd=-100(AT_FDCWD)\tlinkpath=%s", second);
	CALL(symlinkat, "target", AT_FDCWD, "second");
	expect("symlinkat", "res=-17(EEXIST)\ttarget=target\tlinkpath=second(%s)", second);
	CALL(symlinkat, many('t', 4095), AT_FDCWD, "long");
	expect("symlinkat", "target~tttttttt\tlinkpath~long");
	return 0;
}
