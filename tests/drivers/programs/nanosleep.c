#include "expect.h"
#include <time.h>

/* Its end is never seen by the program itself. */
static void kill_asleep(void)
{
	const struct timespec long_time = { 100, 0 };
	char path[64], state = 0;
	pid_t child = fork();
	FILE *stat;

	if (!child)
		_exit(CALL(nanosleep, &long_time, NULL));
	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	while (state != 'S') {
		usleep(1000);
		stat = fopen(path, "r");
		if (!stat || fscanf(stat, "%*d (nanosleep) %c", &state) != 1)
			abort();
		fclose(stat);
	}
	end_child(child);
	expect("nanosleep", "res=-516");
}

int main(void)
{
	struct timespec short_time = { 0, 1000 }, wrong = { 1, 2000000000 };

	CALL(nanosleep, &short_time, NULL);
	expect("nanosleep", "res=0\tinterval=1000");
	CALL(nanosleep, &wrong, NULL);
	expect("nanosleep", "res=-22(EINVAL)\tinterval=3000000000");
	CALL(nanosleep, NULL, NULL);
	expect("nanosleep", "res=-14(EFAULT)\tinterval=0");
	kill_asleep();
	return 0;
}
