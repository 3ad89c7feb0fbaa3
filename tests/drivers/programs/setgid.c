#include "expect.h"

int main(void)
{
	CALL(setgid, 33);
	expect("setgid", "res=0\tgid=33");
	CALL(setgid, -1);
	expect("setgid", "res=-22(EINVAL)\tgid=-1");
	return 0;
}
