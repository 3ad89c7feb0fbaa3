#include "expect.h"
#include <sys/sem.h>

int main(void)
{
	long set = semget(IPC_PRIVATE, 2, 0600);

	CALL(semctl, set, 1, SETVAL, 3);
	expect("semctl", "res=0\tsemid=%ld\tsemnum=1\tcmd=4096(SETVAL)\tval=3", set);
	CALL(semctl, set, 0, IPC_RMID, 0);
	expect("semctl", "res=0\tsemid=%ld\tsemnum=0\tcmd=4(IPC_RMID)\tval=0", set);
	CALL(semctl, set, 0, IPC_RMID, 0);
	expect("semctl", "res=-22(EINVAL)\tsemid=%ld\tcmd=4(IPC_RMID)", set);
	return 0;
}
