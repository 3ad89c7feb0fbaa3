/* An event without parameters. */
#include "expect.h"
#include "loopback.h"

int main(void)
{
	enter_network();
	port_of(server(&V4, SOCK_STREAM));
	expect("getsockname", NULL);
	return 0;
}
