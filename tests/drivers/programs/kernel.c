/* Calls that reach into the kernel: modules (refused), BPF, io_uring, limits, io on descriptors. */
#include "expect.h"
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <sys/resource.h>
#include <sys/uio.h>

static void modules(void)
{
	/* Written by the program, so in memory: a kernel without modules does not look at them. */
	static char image[16] = "no module", options[] = "debug=1";
	long refused;

	options[6] = '1';
	refused = CALL(init_module, image, sizeof(image), options);

	expect("init_module", "res=%ld\timg~no module\tlength=16\tuargs=debug=1", refused);
	refused = CALL(finit_module, 777, "debug=2", 2);
	expect("finit_module", "res=%ld\tfd=777\tuargs=debug=2\tflags=2(MODULE_INIT_IGNORE_VERMAGIC)", refused);
	refused = CALL(delete_module, "no_such_module", O_NONBLOCK);
	expect("delete_module", "res=%ld\tname=no_such_module\tflags=2(O_NONBLOCK)", refused);
}

static void bpf(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	long fd = CALL(bpf, BPF_MAP_CREATE, &attr, sizeof(attr));

	expect("bpf", "fd=%ld\tcmd=0(BPF_MAP_CREATE)", fd);
	close(fd);
	memset(&attr, 0, sizeof(attr));
	fd = CALL(bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	expect("bpf", "fd=%ld\tcmd=5(BPF_PROG_LOAD)", fd);
}

static void rings(void)
{
	struct io_uring_params params = { 0 };
	long fd = CALL(io_uring_setup, 4, &params), refused;

	expect("io_uring_setup", "res=%ld\tentries=4\tflags=0", fd);
	refused = CALL(io_uring_enter, fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0);
	expect("io_uring_enter", "res=%ld\tto_submit=0\tmin_complete=0\tflags=1(IORING_ENTER_GETEVENTS)", refused);
	refused = CALL(io_uring_register, fd, IORING_UNREGISTER_BUFFERS, NULL, 0);
	expect("io_uring_register", "res=%ld\topcode=1(IORING_UNREGISTER_BUFFERS)\tnr_args=0", refused);
	if (fd >= 0)
		close(fd);
}

static void limits(void)
{
	struct rlimit limit = { 100, 200 };

	CALL(prlimit64, 0, RLIMIT_CORE, &limit, NULL);
	expect("prlimit", "res=0\tnewcur=100\tnewmax=200\tpid=0\tresource=4(RLIMIT_CORE)");
}

static void io(void)
{
	char buffer[8];
	struct iovec vectors[2] = { { "ab", 2 }, { "cd", 2 } };
	long fd = CALL(openat, AT_FDCWD, "io", O_RDWR | O_CREAT, 0600);

	CALL(write, fd, "12345", 5);
	expect("write", "res=5\tdata=12345\tfd=%ld\tsize=5", fd);
	CALL(pwrite64, fd, "X", 1, 2);
	expect("pwrite", "res=1\tdata=X\tfd=%ld\tsize=1\tpos=2", fd);
	CALL(lseek, fd, 0, SEEK_SET);
	CALL(read, fd, buffer, sizeof(buffer));
	expect("read", "res=5\tdata=12X45\tfd=%ld\tsize=8", fd);
	CALL(writev, fd, vectors, 2);
	expect("writev", "res=4\tdata=abcd\tfd=%ld\tsize=4", fd);
	CALL(read, 777, buffer, sizeof(buffer));
	expect("read", "res=-9(EBADF)\tfd=777\tsize=8");
	close(fd);
}

int main(void)
{
	modules();
	bpf();
	rings();
	limits();
	io();
	return 0;
}
