#include "expect.h"

int main(void)
{
	CALL(setregid, -1, 34);
	expect("setregid", "res=0\trgid=-1\tegid=34");
	return 0;
}
