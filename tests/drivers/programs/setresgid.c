#include "expect.h"

int main(void)
{
	CALL(setresgid, 35, 36, 37);
	expect("setresgid", "res=0\trgid=35\tegid=36\tsgid=37");
	return 0;
}
