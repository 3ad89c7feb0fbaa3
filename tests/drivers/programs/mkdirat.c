#include "expect.h"

int main(void)
{
	CALL(mkdirat, AT_FDCWD, path_of("made"), 0750);
	expect("mkdirat", "res=0\tdirfd=-100(AT_FDCWD)\tpath=%s\tmode=1E8", path_of("made"));
	CALL(mkdirat, AT_FDCWD, "made", 0750);
	expect("mkdirat", "res=-17(EEXIST)\tpath=made(%s)", path_of("made"));
	return 0;
}
