#include "expect.h"
#include <sys/uio.h>

int main(void)
{
	char ours[4] = "def", theirs[4];
	struct iovec here = { ours, 4 }, there = { theirs, 4 };

	CALL(process_vm_writev, getpid(), &here, 1, &there, 1, 0);
	expect("process_vm_writev", "res=4\tpid=%d\tdata~def", getpid());
	CALL(process_vm_writev, 1 << 29, &here, 1, &there, 1, 0);
	expect("process_vm_writev", "res=-3\tpid=%d", 1 << 29);
	there.iov_base = at_page_end("tail", 4);
	there.iov_len = here.iov_len = 4;
	CALL(process_vm_writev, getpid(), &here, 1, &there, 1, 0);
	expect("process_vm_writev", "res=4\tdata~def");
	return 0;
}
