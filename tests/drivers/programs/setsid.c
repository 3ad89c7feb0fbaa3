#include "expect.h"

static void act(void)
{
	long session = CALL(setsid);

	expect("setsid", "res=%ld", session);
	CALL(setsid);
	expect("setsid", "res=-1");
}

int main(void)
{
	in_child(act);
	return 0;
}
