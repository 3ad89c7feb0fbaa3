/*
 * usage: kernel_code init_module|finit_module FILE | bpf_prog | bpf_map
 * Asks the kernel to take a module (FILE is none, so it must refuse), a BPF program that does nothing, or a BPF map.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int load_program(void)
{
	struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insn_cnt = 2,
		.insns = (__u64)(unsigned long)nothing,
		.license = (__u64)(unsigned long)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int make_map(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };

	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

int main(int argc, char **argv)
{
	static char image[64] = "not a module";
	int file;

	if (argc < 2)
		return 2;
	if (!strcmp(argv[1], "bpf_prog"))
		return load_program() < 0 ? perror("bpf"), 1 : 0;
	if (!strcmp(argv[1], "bpf_map"))
		return make_map() < 0 ? perror("bpf"), 1 : 0;
	if (!strcmp(argv[1], "init_module"))
		return syscall(SYS_init_module, image, sizeof(image), "") == -1 ? 0 : 1;
	if (argc < 3)
		return 2;
	file = open(argv[2], O_RDONLY);
	return file >= 0 && syscall(SYS_finit_module, file, "", 0) == -1 ? 0 : 1;
}
