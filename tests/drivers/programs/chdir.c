#include "expect.h"

int main(void)
{
	CALL(chdir, "/tmp");
	expect("chdir", "res=0\tpath=/tmp");
	CALL(chdir, "/no/such/folder");
	expect("chdir", "res=-2(ENOENT)\tpath=/no/such/folder");
	{
		/* Deeper than a path is followed upwards, one part after the other. */
		chdir(here());
		for (int i = 0; i < 60; i++)
			if (mkdir("d", 0700) || chdir("d"))
				abort();
		CALL(openat, AT_FDCWD, "deep", O_WRONLY | O_CREAT, 0600);
		CALL(chdir, "..");
		expect("chdir", "res=0\tpath~..");
	}
	return 0;
}
