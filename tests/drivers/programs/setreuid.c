#include "expect.h"

int main(void)
{
	CALL(setreuid, -1, 12);
	expect("setreuid", "res=0\truid=-1\teuid=12");
	CALL(setreuid, 13, 13);
	expect("setreuid", "res=-1(EPERM)\truid=13\teuid=13");
	return 0;
}
