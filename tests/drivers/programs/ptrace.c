#include "expect.h"
#include <stdbool.h>
#include <sys/ptrace.h>

static long word = 0x1234;

int main(void)
{
	pid_t child = idle_child();
	long read_word;

	/* Under a tracer the child is traced already, and not by this process. */
	const bool ours = CALL(ptrace, PTRACE_ATTACH, child, NULL, NULL) != -EPERM;
	const char *answer = ours ? "0" : "-3(ESRCH)";

	expect("ptrace", "res=%s\trequest=11(PTRACE_ATTACH)\tpid=%d", ours ? "0" : "-1(EPERM)", child);
	if (ours)
		waitpid(child, NULL, __WALL);
	CALL(ptrace, PTRACE_PEEKDATA, child, &word, &read_word);
	expect("ptrace", "res=%s\taddr=%lX\t%srequest=3(PTRACE_PEEKDATA)\tpid=%d", answer, (long)&word,
	       ours ? "data=1234\t" : "", child);
	CALL(ptrace, PTRACE_POKEDATA, child, &word, 0x5678);
	expect("ptrace", "res=%s\taddr=%lX\tdata=5678\trequest=6(PTRACE_POKEDATA)\tpid=%d", answer, (long)&word, child);
	CALL(ptrace, PTRACE_CONT, child, NULL, 0);
	expect("ptrace", "res=%s\trequest=8(PTRACE_CONT)\tpid=%d", answer, child);
	end_child(child);
	CALL(ptrace, PTRACE_SEIZE, 1 << 29, NULL, NULL);
	expect("ptrace", "res=-3(ESRCH)\trequest=20(PTRACE_SEIZE)\tpid=%d", 1 << 29);
	return 0;
}
