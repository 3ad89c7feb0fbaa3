#include "expect.h"
#include <sys/ptrace.h>

static long word = 0x1234;

int main(void)
{
	pid_t child = idle_child();
	long read_word;

	CALL(ptrace, PTRACE_ATTACH, child, NULL, NULL);
	expect("ptrace", "res=0\trequest=11(PTRACE_ATTACH)\tpid=%d", child);
	waitpid(child, NULL, __WALL);
	CALL(ptrace, PTRACE_PEEKDATA, child, &word, &read_word);
	expect("ptrace", "res=0\taddr=%lX\tdata=1234\trequest=3(PTRACE_PEEKDATA)\tpid=%d", (long)&word, child);
	CALL(ptrace, PTRACE_POKEDATA, child, &word, 0x5678);
	expect("ptrace", "res=0\taddr=%lX\tdata=5678\trequest=6(PTRACE_POKEDATA)\tpid=%d", (long)&word, child);
	CALL(ptrace, PTRACE_CONT, child, NULL, 0);
	expect("ptrace", "res=0\trequest=8(PTRACE_CONT)\tpid=%d", child);
	end_child(child);
	CALL(ptrace, PTRACE_SEIZE, 1 << 29, NULL, NULL);
	expect("ptrace", "res=-3(ESRCH)\trequest=20(PTRACE_SEIZE)\tpid=%d", 1 << 29);
	return 0;
}
