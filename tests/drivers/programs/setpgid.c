#include "expect.h"

static void act(void)
{
	CALL(setpgid, 0, 0);
	expect("setpgid", "res=0\tpid=0\tpgid=0");
	CALL(setpgid, 0, 1 << 29);
	expect("setpgid", "res=-1(EPERM)\tpid=0\tpgid=%d", 1 << 29);
}

int main(void)
{
	in_child(act);
	return 0;
}
