#include "expect.h"

int main(void)
{
	CALL(setresuid, 0, 12, 0);
	expect("setresuid", "res=0\truid=0\teuid=12\tsuid=0");
	CALL(setresuid, 13, 13, 13);
	expect("setresuid", "res=-1(EPERM)\truid=13\teuid=13\tsuid=13");
	return 0;
}
