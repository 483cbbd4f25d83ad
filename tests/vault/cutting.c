/* Preloaded into the real command by tests/vault/cutting.py.

   CUT_AT=n       SIGKILL at the n-th point: before and after each call that has an effect outside of the process
   CUT_COUNT=path the number of points that were passed, as text
   FAIL_ERRNO=n   calls that change something below FAIL_BELOW fail with that number; FAIL_CALLS=lock: flock alone does */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long at = -1, passed = 0;
static int count = -1, failing = 0, locks_only = 0;
static const char *below = "";

static long number(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text ? atol(text) : otherwise;
}

__attribute__((constructor)) static void begin(void) {
    at = number("CUT_AT", -1);
    failing = (int)number("FAIL_ERRNO", 0);
    const char *calls = getenv("FAIL_CALLS"), *place = getenv("FAIL_BELOW"), *file = getenv("CUT_COUNT");
    locks_only = calls && strcmp(calls, "lock") == 0;
    if (place) below = strdup(place);
    if (file) count = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    unsetenv("LD_PRELOAD"); /* what it starts runs whole */
}

static void point(void) {
    if (passed++ == at) kill(getpid(), SIGKILL);
    if (count >= 0) {
        char text[32];
        int length = snprintf(text, sizeof text, "%ld", passed);
        syscall(SYS_pwrite64, count, text, (size_t)length, 0L);
    }
}

/* Does this name, looked up in that folder, lie below the place that fails? */
static int fails(int folder, const char *name) {
    char whole[PATH_MAX * 2], link[64];
    if (!failing || locks_only || !name) return 0;
    if (name[0] == '/' || folder == AT_FDCWD) {
        snprintf(whole, sizeof whole, "%s", name);
    } else {
        char place[PATH_MAX] = {0};
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        if (readlink(link, place, sizeof place - 1) < 0) return 0;
        snprintf(whole, sizeof whole, "%s/%s", place, name);
    }
    return strncmp(whole, below, strlen(below)) == 0;
}

static int fails_open(int descriptor) {
    char link[64], place[PATH_MAX] = {0};
    if (!failing || locks_only) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    return readlink(link, place, sizeof place - 1) > 0 && strncmp(place, below, strlen(below)) == 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REFUSED(condition) if (condition) { errno = failing; return -1; }
#define STEP(type, call) point(); type done = call; int kept = errno; point(); errno = kept; return done
#define CHANGES (O_CREAT | O_WRONLY | O_RDWR | O_TMPFILE)

#define OPEN(name, folder, path, declared, called) \
    int name declared { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
        REFUSED((flags & CHANGES & ~O_DIRECTORY) && fails(folder, path)) \
        if (!(flags & O_CREAT)) return REAL(name) called; \
        STEP(int, REAL(name) called); \
    }
OPEN(open, AT_FDCWD, path, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, AT_FDCWD, path, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, folder, path, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPEN(openat64, folder, path, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

ssize_t write(int descriptor, const void *data, size_t size) {
    REFUSED(fails_open(descriptor))
    if (descriptor <= 2) return REAL(write)(descriptor, data, size);
    STEP(ssize_t, REAL(write)(descriptor, data, size));
}
ssize_t send(int descriptor, const void *data, size_t size, int flags) {
    STEP(ssize_t, REAL(send)(descriptor, data, size, flags));
}
ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
    STEP(ssize_t, REAL(sendmsg)(descriptor, message, flags));
}
int rename(const char *one, const char *other) {
    REFUSED(fails(AT_FDCWD, other))
    STEP(int, REAL(rename)(one, other));
}
int renameat(int from, const char *one, int to, const char *other) {
    REFUSED(fails(to, other))
    STEP(int, REAL(renameat)(from, one, to, other));
}
int linkat(int from, const char *one, int to, const char *other, int flags) {
    REFUSED(fails(to, other))
    STEP(int, REAL(linkat)(from, one, to, other, flags));
}
int unlink(const char *name) {
    REFUSED(fails(AT_FDCWD, name))
    STEP(int, REAL(unlink)(name));
}
int unlinkat(int folder, const char *name, int flags) {
    REFUSED(fails(folder, name))
    STEP(int, REAL(unlinkat)(folder, name, flags));
}
int mkdir(const char *name, mode_t mode) {
    REFUSED(fails(AT_FDCWD, name))
    STEP(int, REAL(mkdir)(name, mode));
}
int fsync(int descriptor) {
    REFUSED(fails_open(descriptor))
    STEP(int, REAL(fsync)(descriptor));
}
int flock(int descriptor, int operation) {
    REFUSED(failing && locks_only)
    return REAL(flock)(descriptor, operation);
}
