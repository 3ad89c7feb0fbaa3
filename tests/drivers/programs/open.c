/* Existing, made, missing, and with a descriptor that is closed. */
#include "expect.h"

#ifdef SYS_open
int main(void)
{
	long fd = CALL(open, "/dev/null", O_WRONLY);

	expect("open", "fd=%ld(<f>/dev/null)\tname=/dev/null\tflags=2(O_WRONLY)\tmode=0", fd);
	fd = CALL(open, "made", O_RDWR | O_CREAT | O_EXCL, 0640);
	expect("open", "fd=%ld(<f>%s)\tname=made(%s)\tmode=0640", fd, path_of("made"), path_of("made"));
	fd = CALL(open, "/no/such/file", O_WRONLY);
	expect("open", "fd=-2(ENOENT)\tname=/no/such/file\tdev=0\tino=0");
	fd = CALL(open, NULL, O_RDONLY);
	expect("open", "fd=-14(EFAULT)\tname=<NA>");
	CALL(open, at_page_end("/etc/hosts", 11), O_RDONLY);
	expect("open", "name=/etc/hosts");
	CALL(open, at_page_end("/etc/hosts", 10), O_RDONLY);
	expect("open", "fd=-14(EFAULT)");
	CALL(open, "", O_RDONLY);
	expect("open", "fd=-2(ENOENT)\tname=");
	CALL(open, "/no/such/\n\xff\xfe/file", O_RDONLY);
	expect("open", "fd=-2(ENOENT)\tname~/no/such/");
	CALL(open, many('x', 4095), O_RDONLY);
	expect("open", "fd=-36(ENAMETOOLONG)\tname~xxxxxxxxxxxx");
	CALL(open, many('y', 9000), O_RDONLY);
	expect("open", "fd=-36(ENAMETOOLONG)\tname~yyyyyyyyyyyy");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
