#include "expect.h"

static char page[4096];

int main(void)
{
	CALL(munlock, page, 100);
	expect("munlock", "res=0\taddr=%lX\tlen=100", (long)page);
	CALL(munlock, 0, 4096);
	expect("munlock", "res=-12(ENOMEM)\taddr=0\tlen=4096");
	return 0;
}
