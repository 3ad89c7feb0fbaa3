#include "expect.h"
#include <linux/bpf.h>

int main(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	long fd = CALL(bpf, BPF_MAP_CREATE, &attr, sizeof(attr));

	expect("bpf", "fd=%ld\tcmd=0(BPF_MAP_CREATE)", fd);
	memset(&attr, 0, sizeof(attr));
	fd = CALL(bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	expect("bpf", "fd=%ld\tcmd=5(BPF_PROG_LOAD)", fd);
	return 0;
}
