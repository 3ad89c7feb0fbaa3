#include "expect.h"
#include <linux/futex.h>

int main(void)
{
	unsigned word = 5;

	CALL(futex, &word, FUTEX_WAIT, 6, NULL, NULL, 0);
	expect("futex", "res=-11(EAGAIN)\taddr=%lX\top=0\tval=6", (long)&word);
	CALL(futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	expect("futex", "res=0\taddr=%lX\tval=1", (long)&word);
	return 0;
}
