/* An event without parameters. */
#include "expect.h"
#include "loopback.h"

int main(void)
{
	CALL(getpeername, 777, NULL, NULL);
	expect("getpeername", NULL);
	return 0;
}
