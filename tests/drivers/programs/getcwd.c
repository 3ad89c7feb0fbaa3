#include "expect.h"

int main(void)
{
	char buffer[4096];
	long length = CALL(getcwd, buffer, sizeof(buffer));

	expect("getcwd", "res=%ld\tpath=%s", length, here());
	CALL(getcwd, buffer, 1);
	expect("getcwd", "res=-34(ERANGE)");
	return 0;
}
