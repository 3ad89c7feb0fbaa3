#include "expect.h"
#include <sys/prctl.h>

int main(void)
{
	int subreaper;

	CALL(prctl, PR_SET_NAME, "renamed", 0, 0, 0);
	expect("prctl", "res=0\toption=15(PR_SET_NAME)\targ2_str=renamed\targ2_int=0");
	CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	expect("prctl", "res=0\toption=38(PR_SET_NO_NEW_PRIVS)\targ2_str=<NA>\targ2_int=1");
	CALL(prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	CALL(prctl, PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
	expect("prctl", "res=0\toption=37(PR_GET_CHILD_SUBREAPER)\targ2_int=1");
	CALL(prctl, PR_SET_PDEATHSIG, 999, 0, 0, 0);
	expect("prctl", "res=-22(EINVAL)\toption=1\targ2_int=999");
	CALL(prctl, PR_SET_NAME, many('n', 300), 0, 0, 0);
	expect("prctl", "res=0\toption=15(PR_SET_NAME)\targ2_str~nnnnnnnn");
	CALL(prctl, PR_SET_NAME, 1, 0, 0, 0);
	expect("prctl", "res=-14(EFAULT)\toption=15(PR_SET_NAME)\targ2_str=<NA>");
	return 0;
}
