/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that a process may do to the kernel module's devices, right and wrong, at once and while the module is
 * unloaded and loaded again: stress SECONDS MODULE.ko, in a virtual machine. Prints counters as JSON. What the devices
 * answered wrongly is printed as `wrong: …` lines, and then the status is 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
#include "drivers/shared/kmod_api.h"

#define CPUS_MAX 64
#define RING 65536UL
#define PAGE 4096UL
#define READERS 2
#define OTHERS 1
#define LOADS 1

struct counters {
	u64 claims, starts, bytes, refused_opens, bad_calls, kills, unloads, unloads_refused, loads, wrong;
};
static struct counters *counters; /* shared by all processes */

static void count(u64 *counter, u64 by)
{
	__atomic_add_fetch(counter, by, __ATOMIC_RELAXED);
}

static void wrong(const char *format, ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	printf("wrong: %s\n", text);
	fflush(stdout);
	count(&counters->wrong, 1);
}

static void nap(unsigned int below_us)
{
	usleep(rand() % below_us);
}

static int open_device(int cpu)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/agent%d", cpu);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* A call that must fail, and how. */
static void refuse(const char *what, long result, int expected)
{
	int error = errno;

	if (result != -1)
		wrong("%s: gave %ld", what, result);
	else if (error != expected)
		wrong("%s: %s instead of %s", what, strerror(error), strerror(expected));
	count(&counters->bad_calls, 1);
}

static long map_error(void *address, size_t size)
{
	if (address == MAP_FAILED)
		return -1;
	munmap(address, size);
	return 0;
}

static void *map(int device, size_t size, int protection, int flags, u64 offset)
{
	return mmap(NULL, size, protection, flags, device, offset);
}

/* Calls that are refused to whoever has claimed the module, before it is configured. */
static void bad_before(int device, const struct kmod_configuration *good)
{
	struct kmod_configuration bad;
	u64 sizes[] = { 0, 1, 4095, RING + PAGE, KMOD_RING_MAX * 2, ~0ULL };
	unsigned int i;

	refuse("an unknown ioctl", ioctl(device, _IO(KMOD_IOCTL, 200), 0), ENOTTY);
	refuse("another type of ioctl", ioctl(device, _IO('q', 1), 0), ENOTTY);
	refuse("a version into nowhere", ioctl(device, KMOD_VERSION, 0), EFAULT);
	refuse("settings from nowhere", ioctl(device, KMOD_CONFIGURE, 0), EFAULT);
	refuse("settings from the kernel", ioctl(device, KMOD_CONFIGURE, 0xffffffff81000000UL), EFAULT);
	refuse("live settings from nowhere", ioctl(device, KMOD_SET_LIVE, 16), EFAULT);
	refuse("a start without settings", ioctl(device, KMOD_START, 0), EINVAL);
	refuse("a map without rings", map_error(map(device, PAGE, PROT_READ, MAP_SHARED, 0), PAGE), ENXIO);
	bad = *good, bad.api++;
	refuse("another API", ioctl(device, KMOD_CONFIGURE, &bad), EPROTO);
	bad = *good, bad.schema ^= 1;
	refuse("another schema", ioctl(device, KMOD_CONFIGURE, &bad), EPROTO);
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		bad = *good, bad.bulk_bytes = sizes[i];
		refuse("a size of rings", ioctl(device, KMOD_CONFIGURE, &bad), EINVAL);
	}
}

static void bad_after(int device, const struct kmod_configuration *good)
{
	static const u64 offsets[] = { 2 * PAGE, 3 * PAGE, 1ULL << 31, KMOD_LANE_STRIDE * LANES, 1ULL << 62 };
	size_t data = PAGE + 2 * RING;
	unsigned int i;

	refuse("settings twice", ioctl(device, KMOD_CONFIGURE, good), EBUSY);
	for (i = 0; i < sizeof(offsets) / sizeof(*offsets); i++)
		refuse("a map's offset", map_error(map(device, PAGE, PROT_READ, MAP_SHARED, offsets[i]), PAGE), EINVAL);
	refuse("a large consumer page", map_error(map(device, 2 * PAGE, PROT_READ, MAP_SHARED, 0), 2 * PAGE), EINVAL);
	refuse("half the data", map_error(map(device, RING, PROT_READ, MAP_SHARED, PAGE), RING), EINVAL);
	refuse("more than the data", map_error(map(device, data + PAGE, PROT_READ, MAP_SHARED, PAGE), data + PAGE), EINVAL);
	refuse("a private map", map_error(map(device, data, PROT_READ, MAP_PRIVATE, PAGE), data), EINVAL);
	refuse("data to write", map_error(map(device, data, PROT_READ | PROT_WRITE, MAP_SHARED, PAGE), data), EPERM);
	refuse("data to execute", map_error(map(device, data, PROT_READ | PROT_EXEC, MAP_SHARED, PAGE), data), EPERM);
}

struct mapping {
	u64 *consumer, *producer;
	u64 position; /* up to where it was read, whatever the consumer page was made to say */
};

static void consume(struct mapping *rings, int number)
{
	int i;

	for (i = 0; i < number; i++) {
		u64 to;

		if (!rings[i].producer)
			continue;
		to = __atomic_load_n(rings[i].producer, __ATOMIC_ACQUIRE);
		count(&counters->bytes, to - rings[i].position);
		rings[i].position = to;
		/* A reader may write anything there; the kernel must believe none of it. */
		__atomic_store_n(rings[i].consumer, rand() % 16 ? to : (u64)rand() << 33, __ATOMIC_RELEASE);
		if (rand() % 16 == 0)
			__atomic_store_n(rings[i].consumer, to, __ATOMIC_RELEASE);
	}
}

/* Every system call is recorded, as some event that the module knows. */
static void select_calls(int device, const struct kmod_version *version)
{
	static struct live live;
	unsigned int i, event = 0;

	memset(&live, 0, sizeof(live));
	live.enabled = live.record_exec = live.record_fork = live.record_exit = 1;
	live.snaplen = 80 + rand() % 4000;
	for (i = 0; i < SYSCALL_TABLE_SIZE; i++) {
		do
			event = (event + 1) % (64 * KMOD_EVENT_WORDS);
		while (!(version->events[event / 64] >> event % 64 & 1));
		live.syscalls[i] = live.syscalls_ia32[i] = (struct syscall_entry){ event, i };
	}
	if (ioctl(device, KMOD_SET_LIVE, &live))
		wrong("live settings: %s", strerror(errno));
}

static void capture_once(void)
{
	static struct mapping rings[CPUS_MAX * LANES];
	int devices[CPUS_MAX], cpus = 0, cpu, lane, rounds = rand() % 8;
	struct kmod_version version = {};
	struct kmod_configuration good = { .critical_bytes = RING, .bulk_bytes = RING };

	devices[0] = open_device(0);
	if (devices[0] < 0) {
		if (errno != EBUSY && errno != ENOENT && errno != ENXIO)
			wrong("opening the first device: %s", strerror(errno));
		count(&counters->refused_opens, 1);
		nap(2000);
		return;
	}
	count(&counters->claims, 1);
	if (ioctl(devices[0], KMOD_VERSION, &version) || version.api != KMOD_API_VERSION || version.cpus > CPUS_MAX)
		wrong("the version: %s, API %u, %u cpus", strerror(errno), version.api, version.cpus);
	good.api = version.api, good.schema = version.schema, good.settings.cpus_per_ring = 1;
	bad_before(devices[0], &good);
	if (ioctl(devices[0], KMOD_CONFIGURE, &good)) {
		wrong("settings: %s", strerror(errno));
		_exit(1);
	}
	for (cpus = 1; cpus < (int)version.cpus && (devices[cpus] = open_device(cpus)) >= 0; cpus++)
		;
	refuse("a device twice", open_device(cpus - 1), EBUSY);
	bad_after(devices[cpus - 1], &good);
	memset(rings, 0, sizeof(rings));
	for (cpu = 0; cpu < cpus; cpu++)
		for (lane = 0; lane < LANES; lane++) {
			u64 at = lane * KMOD_LANE_STRIDE;
			u64 *consumer = map(devices[cpu], PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, at);
			u64 *producer = map(devices[cpu], PAGE + 2 * RING, PROT_READ, MAP_SHARED, at + PAGE);

			if (consumer == MAP_FAILED || producer == MAP_FAILED) {
				wrong("a ring: %s", strerror(errno));
				continue;
			}
			rings[cpu * LANES + lane] = (struct mapping){ consumer, producer, 0 };
		}
	/* Some descriptors go before their mappings, which keep the device. */
	if (cpus > 1 && rand() % 2)
		close(devices[--cpus]);
	select_calls(devices[0], &version);
	if (rand() % 8 && ioctl(devices[0], KMOD_START, 0) == 0)
		count(&counters->starts, 1);
	while (rounds--) {
		struct kmod_stats stats = { .cpu = rand() % (2 * version.cpus) };

		nap(8000);
		consume(rings, CPUS_MAX * LANES);
		ioctl(devices[0], KMOD_STATS, &stats);
		if (rand() % 4 == 0)
			select_calls(devices[0], &version);
	}
	if (rand() % 2)
		ioctl(devices[0], KMOD_STOP, 0);
	if (rand() % 4 == 0)
		return; /* the exit of the process must do the rest */
	for (cpu = 0; cpu < CPUS_MAX * LANES; cpu++)
		if (rings[cpu].consumer) {
			munmap(rings[cpu].consumer, PAGE);
			munmap(rings[cpu].producer, PAGE + 2 * RING);
		}
	while (cpus-- > 0)
		close(devices[cpus]);
}

/* A process of its own for each capture, sometimes killed in the middle of it. */
static void read_on(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		srand(getpid() ^ time(NULL));
		capture_once();
		_exit(0);
	}
	if (rand() % 3 == 0) {
		nap(300000);
		kill(child, SIGKILL);
		count(&counters->kills, 1);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		wrong("a reader ended by signal %d", WTERMSIG(status));
}

static void disturb(void)
{
	int device = open_device(rand() % 4);
	char byte;

	if (device < 0) {
		count(&counters->refused_opens, 1);
	} else {
		refuse("a read", read(device, &byte, 1), EINVAL);
		refuse("a write", write(device, &byte, 1), EINVAL);
		refuse("an unknown ioctl", ioctl(device, rand() | 0x80, 0), ENOTTY);
		close(device);
	}
	nap(100000);
}

static void work(void)
{
	char bytes[4096];
	int i, file, status;
	pid_t child;

	for (i = 0; i < 200; i++) {
		file = open("/proc/self/stat", O_RDONLY);
		if (read(file, bytes, sizeof(bytes)) < 0)
			nap(10);
		close(file);
		syscall(SYS_openat, rand(), (void *)(uintptr_t)rand(), rand(), rand());
		syscall(SYS_connect, -1, (void *)8, rand());
		file = open((char *)(uintptr_t)(0xffffffff81000000UL + rand()), O_RDONLY);
	}
	child = fork();
	if (child == 0) {
		execl("/bin/true", "true", NULL);
		_exit(0);
	}
	waitpid(child, &status, 0);
}

static void change_module(const char *path)
{
	int file;

	if (syscall(SYS_delete_module, "agent_probe", O_NONBLOCK)) {
		if (errno != EAGAIN && errno != EBUSY)
			wrong("unloading: %s", strerror(errno));
		count(&counters->unloads_refused, 1);
		nap(3000);
		return;
	}
	count(&counters->unloads, 1);
	nap(5000);
	file = open(path, O_RDONLY);
	if (file < 0 || syscall(SYS_finit_module, file, "", 0))
		wrong("loading %s: %s", path, strerror(errno));
	else
		count(&counters->loads, 1);
	close(file);
	nap(200000);
}

int main(int argc, char **argv)
{
	int processes = READERS + OTHERS + LOADS + 1, i;
	time_t end;

	if (argc != 3) {
		fprintf(stderr, "usage: stress SECONDS MODULE.ko\n");
		return 2;
	}
	counters = mmap(NULL, sizeof(*counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	end = time(NULL) + atoi(argv[1]);
	for (i = 0; i < processes; i++) {
		if (fork())
			continue;
		srand(i);
		while (time(NULL) < end) {
			if (i < READERS)
				read_on();
			else if (i < READERS + OTHERS)
				disturb();
			else if (i < READERS + OTHERS + LOADS)
				work();
			else
				change_module(argv[2]);
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	printf("{\"claims\": %lu, \"starts\": %lu, \"bytes\": %lu, \"refused_opens\": %lu, \"bad_calls\": %lu, "
	       "\"kills\": %lu, \"unloads\": %lu, \"unloads_refused\": %lu, \"loads\": %lu, \"wrong\": %lu}\n",
	       counters->claims, counters->starts, counters->bytes, counters->refused_opens, counters->bad_calls,
	       counters->kills, counters->unloads, counters->unloads_refused, counters->loads, counters->wrong);
	return counters->wrong ? 1 : 0;
}
