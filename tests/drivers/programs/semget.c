#include "expect.h"
#include <sys/sem.h>

int main(void)
{
	long set = CALL(semget, IPC_PRIVATE, 2, IPC_CREAT | 0600);

	expect("semget", "res=%ld\tkey=0\tnsems=2\tsemflg~IPC_CREAT", set);
	semctl(set, 0, IPC_RMID);
	CALL(semget, 0x7a7a7a7a, 1, 0);
	expect("semget", "res=-2(ENOENT)\tkey=7A7A7A7A\tnsems=1\tsemflg=0");
	return 0;
}
