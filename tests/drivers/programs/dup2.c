#include "expect.h"

#ifdef SYS_dup2
int main(void)
{
	long fd = open("/dev/zero", O_RDONLY);

	CALL(dup2, fd, 50);
	expect("dup2", "res=50(<f>/dev/zero)\toldfd=%ld(<f>/dev/zero)\tnewfd=50(<f>/dev/zero)", fd);
	CALL(dup2, 777, 51);
	expect("dup2", "res=-9(EBADF)\toldfd=777\tnewfd=51");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
