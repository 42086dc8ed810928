/* A preload of the tests: moves the wall clock of a process by the offset (ns) that a shared file holds.
 * Every monotonic clock and every wait stays as it is, so a step is what a step is: the wall time alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000

static int64_t none;
static volatile int64_t *offset = &none;
static int (*real)(clockid_t, struct timespec *);

/* Whether the command of this process names it. */
static int named(const char *word) {
    char command[4096];
    int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, command, sizeof command);
    close(file);
    return length > 0 && memmem(command, length, word, strlen(word)) != NULL;
}

__attribute__((constructor)) static void begin(void) {
    real = dlsym(RTLD_NEXT, "clock_gettime");
    const char *path = getenv("WALLSHIFT"), *only = getenv("WALLSHIFT_ONLY");
    int file = path && (!only || named(only)) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *shared = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED) offset = shared;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *out) {
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, out);
    if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE && clock != CLOCK_TAI)) return failed;
    int64_t moved = out->tv_nsec + *offset % SECOND;
    out->tv_sec += *offset / SECOND + (moved >= SECOND) - (moved < 0);
    out->tv_nsec = moved + (moved < 0 ? SECOND : 0) - (moved >= SECOND ? SECOND : 0);
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *out, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}
