// SPDX-License-Identifier: Apache-2.0
// LD_PRELOAD: counts the calls by which a program changes one folder, and at one of them fails, or kills the program.
//   CRASH_FOLDER  what is counted: calls on files below it, or on it
//   CRASH_LOG     file that gets a line a call: its name
//   CRASH_AT      the call, counted from 1; none: all are only counted
//   CRASH_ACTION  before, after: the process is killed before or after the call is done; half: after half of a write;
//                 short: a write writes one byte; else the errno by which the call fails
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum what { go_on, fail, half, after, one_byte };

static char folder[PATH_MAX];
static const char* action = "";
static long at = -1, calls;
static int log_file = -1;

__attribute__((constructor)) static void read_settings(void) {
  const char* text = getenv("CRASH_FOLDER");
  if (text != NULL) snprintf(folder, sizeof folder, "%s", text);
  if ((text = getenv("CRASH_AT")) != NULL) at = atol(text);
  if ((text = getenv("CRASH_ACTION")) != NULL) action = text;
  if ((text = getenv("CRASH_LOG")) != NULL) {
    log_file = (int)syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }
}

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

static int below(const char* path) {
  size_t const n = strlen(folder);
  return n > 0 && path != NULL && strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static int is_ours(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t const n = readlink(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = '\0';
  return below(path);
}

static enum what count(const char* name) {
  long const n = __sync_add_and_fetch(&calls, 1);
  if (log_file >= 0) dprintf(log_file, "%s\n", name);
  if (n != at) return go_on;
  if (strcmp(action, "before") == 0) die();
  if (strcmp(action, "after") == 0) return after;
  if (strcmp(action, "half") == 0) return half;
  if (strcmp(action, "short") == 0) return one_byte;
  errno = atoi(action);
  return fail;
}

#define GUARD(ours, name, call)                        \
  enum what const what = (ours) ? count(name) : go_on; \
  if (what == fail) return -1;                         \
  if (what == half) die();                             \
  int const result = (int)(call);                      \
  if (what == after) die();                            \
  return result

static int open_at(int at_folder, const char* path, int flags, mode_t mode) {
  int const changes = (flags & (O_CREAT | O_ACCMODE | O_TRUNC)) != 0;
  GUARD(changes && below(path), "open", syscall(SYS_openat, at_folder, path, flags, mode));
}

#define MODE(flags)                      \
  mode_t mode = 0;                       \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest;                        \
    va_start(rest, flags);               \
    mode = va_arg(rest, mode_t);         \
    va_end(rest);                        \
  }

int open(const char* path, int flags, ...) {
  MODE(flags)
  return open_at(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE(flags)
  return open_at(AT_FDCWD, path, flags, mode);
}

ssize_t write(int fd, const void* bytes, size_t n) {
  enum what const what = fd != log_file && is_ours(fd) ? count("write") : go_on;
  if (what == fail) return -1;
  size_t const part = what == half ? n / 2 : what == one_byte && n > 1 ? 1 : n;
  ssize_t const written = syscall(SYS_write, fd, bytes, part);
  if (what == half || what == after) die();
  return written;
}

int fsync(int fd) { GUARD(is_ours(fd), "fsync", syscall(SYS_fsync, fd)); }
int ftruncate(int fd, off_t length) { GUARD(is_ours(fd), "ftruncate", syscall(SYS_ftruncate, fd, length)); }
int ftruncate64(int fd, off_t length) { GUARD(is_ours(fd), "ftruncate", syscall(SYS_ftruncate, fd, length)); }
int rename(const char* from, const char* to) {
  GUARD(below(to), "rename", syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int unlink(const char* path) { GUARD(below(path), "unlink", syscall(SYS_unlinkat, AT_FDCWD, path, 0)); }
int mkdir(const char* path, mode_t mode) { GUARD(below(path), "mkdir", syscall(SYS_mkdirat, AT_FDCWD, path, mode)); }
int flock(int fd, int operation) { GUARD(is_ours(fd), "flock", syscall(SYS_flock, fd, operation)); }
int fchmod(int fd, mode_t mode) { GUARD(is_ours(fd), "fchmod", syscall(SYS_fchmod, fd, mode)); }
