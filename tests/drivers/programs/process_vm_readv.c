#include "expect.h"
#include <sys/uio.h>

int main(void)
{
	char ours[4], theirs[4] = "abc";
	struct iovec here = { ours, 4 }, there = { theirs, 4 };

	CALL(process_vm_readv, getpid(), &here, 1, &there, 1, 0);
	expect("process_vm_readv", "res=4\tpid=%d\tdata~abc", getpid());
	CALL(process_vm_readv, 1 << 29, &here, 1, &there, 1, 0);
	expect("process_vm_readv", "res=-3\tpid=%d", 1 << 29);
	return 0;
}
