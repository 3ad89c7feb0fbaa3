#include "expect.h"

int main(void)
{
	long from = file_with("from", "12345"), to = file_with("to", "");
	off_t first = 1;

	CALL(copy_file_range, from, &first, to, NULL, 3, 0);
	expect("copy_file_range", "res=3\tfdout=%ld\toffout=0\tfdin=%ld\tlen=3", to, from);
	CALL(copy_file_range, from, NULL, 777, NULL, 3, 0);
	expect("copy_file_range", "res=-9(EBADF)\tfdout=777\tfdin=%ld\tlen=3", from);
	return 0;
}
