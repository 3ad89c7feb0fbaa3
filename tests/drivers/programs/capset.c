#include "expect.h"
#include <linux/capability.h>

int main(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { .effective = 1 << CAP_CHOWN, .permitted = 1 << CAP_CHOWN } };

	CALL(capset, &header, data);
	expect("capset", "res=0\tcap_inheritable=0\tcap_permitted=1\tcap_effective=1");
	header.version = 0;
	CALL(capset, &header, data);
	expect("capset", "res=-22(EINVAL)");
	return 0;
}
