#include "expect.h"
#include <sys/sem.h>

int main(void)
{
	struct sembuf both[2] = { { 0, 2, 0 }, { 1, 1, IPC_NOWAIT } };
	long set = semget(IPC_PRIVATE, 2, 0600);

	CALL(semop, set, both, 2);
	expect("semop",
	       "res=0\tnsops=2\tsem_num_0=0\tsem_op_0=2\tsem_flg_0=0\tsem_num_1=1\tsem_op_1=1\tsem_flg_1=1(IPC_NOWAIT)"
	       "\tsemid=%ld",
	       set);
	CALL(semop, set, both, 1);
	expect("semop", "res=0\tnsops=1\tsem_num_0=0\tsem_op_0=2\tsem_num_1=0\tsem_op_1=0\tsemid=%ld", set);
	semctl(set, 0, IPC_RMID);
	CALL(semop, set, NULL, 2);
	expect("semop", "nsops=2\tsem_op_0=0\tsemid=%ld", set);
	return 0;
}
