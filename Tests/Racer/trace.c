// A run that is stopped before each of its calls that has to do with a name in the owner's directory, or changes a file.
//
// What is between two such calls sees no names: a swap there is the same as one before the later call.
#define _GNU_SOURCE
#include "racer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int limit_seconds = 30;

// Where a call has a directory and a name; -1 for the working directory, or none.
struct shape {
    long number;
    int directory, name;
    const char *word;
};

static const struct shape shapes[] = {
    {SYS_openat, 0, 1, "openat"},
    {SYS_newfstatat, 0, 1, "fstatat"},
    {SYS_statx, 0, 1, "statx"},
    {SYS_readlinkat, 0, 1, "readlinkat"},
    {SYS_faccessat, 0, 1, "faccessat"},
    {SYS_mkdirat, 0, 1, "mkdirat"},
    {SYS_unlinkat, 0, 1, "unlinkat"},
    {SYS_renameat2, 0, 1, "renameat2"},
    {SYS_linkat, 2, 3, "linkat"},
    {SYS_utimensat, 0, 1, "utimensat"},
    {SYS_fchmodat, 0, 1, "fchmodat"},
    {SYS_fchownat, 0, 1, "fchownat"},
#ifdef SYS_open
    {SYS_open, -1, 0, "open"},
    {SYS_stat, -1, 0, "stat"},
    {SYS_lstat, -1, 0, "lstat"},
    {SYS_access, -1, 0, "access"},
    {SYS_readlink, -1, 0, "readlink"},
    {SYS_rename, -1, 0, "rename"},
    {SYS_unlink, -1, 0, "unlink"},
    {SYS_mkdir, -1, 0, "mkdir"},
#endif
#ifdef SYS_renameat
    {SYS_renameat, 0, 1, "renameat"},
#endif
};

// These change a file that is open, or list names: every one counts whose descriptor is in the owner's directory.
static const struct shape on_descriptors[] = {
    {SYS_getdents64, 0, -1, "getdents64"}, {SYS_fallocate, 0, -1, "fallocate"}, {SYS_ftruncate, 0, -1, "ftruncate"},
    {SYS_fchmod, 0, -1, "fchmod"},         {SYS_fchown, 0, -1, "fchown"},       {SYS_fsetxattr, 0, -1, "fsetxattr"},
    {SYS_fsync, 0, -1, "fsync"},           {SYS_fcntl, 0, -1, "fcntl"},
};

static bool read_text(pid_t thread, uint64_t address, char *text, size_t size) {
    // A page at a time: the next one need not be there.
    size_t done = 0;
    while (done < size - 1) {
        size_t wanted = 4096 - (address + done) % 4096;
        if (wanted > size - 1 - done) wanted = size - 1 - done;
        struct iovec to = {text + done, wanted}, from = {(void *)(uintptr_t)(address + done), wanted};
        ssize_t count = process_vm_readv(thread, &to, 1, &from, 1, 0);
        if (count <= 0) return false;
        if (memchr(text + done, 0, (size_t)count)) return true;
        done += (size_t)count;
    }
    text[done] = 0;
    return true;
}

static bool path_of_descriptor(pid_t thread, int number, char *path, size_t size) {
    char link[64];
    if (number == AT_FDCWD) snprintf(link, sizeof link, "/proc/%d/cwd", thread);
    else snprintf(link, sizeof link, "/proc/%d/fd/%d", thread, number);
    ssize_t count = readlink(link, path, size - 1);
    if (count < 0) return false;
    path[count] = 0;
    return true;
}

static bool is_below(const char *path, const char *directory) {
    size_t length = strlen(directory);
    return !strncmp(path, directory, length) && path[length] == '/';
}

// Whether a path is one by which this process's descriptors are found, where that is what a run is about.
static bool shows_holder(const struct scene *scene, const char *path) {
    char own[64];
    snprintf(own, sizeof own, "/proc/%d", getpid());
    return scene->is_deleted && (is_below(path, own) || is_below(path, "/proc/self/fd"));
}

// Whether a call is one that a swap can come before; which name it is about.
static bool concerns(const struct scene *scene, pid_t thread, const struct __ptrace_syscall_info *info, char *path,
                     size_t size, const char **word) {
    char directory[1024], name[1024];
    for (size_t index = 0; index < sizeof shapes / sizeof *shapes; index++) {
        const struct shape *shape = &shapes[index];
        if ((long)info->entry.nr != shape->number) continue;
        *word = shape->word;
        if (!read_text(thread, info->entry.args[shape->name], name, sizeof name) || !*name) return false;
        if (*name == '/') {
            snprintf(path, size, "%s", name);
        } else {
            int number = shape->directory < 0 ? AT_FDCWD : (int)info->entry.args[shape->directory];
            if (!path_of_descriptor(thread, number, directory, sizeof directory)) return false;
            if (!strcmp(name, ".")) snprintf(path, size, "%s", directory);
            else snprintf(path, size, "%s/%s", directory, name);
        }
        return is_below(path, scene->owned) || shows_holder(scene, path);
    }
    for (size_t index = 0; index < sizeof on_descriptors / sizeof *on_descriptors; index++) {
        if ((long)info->entry.nr != on_descriptors[index].number) continue;
        *word = on_descriptors[index].word;
        if (on_descriptors[index].number == SYS_fcntl && info->entry.args[1] != F_SETLEASE) return false;
        if (!path_of_descriptor(thread, (int)info->entry.args[0], path, size)) return false;
        return is_below(path, scene->owned) && (scene->is_deleted || !strstr(path, " (deleted)"));
    }
    return false;
}

static pid_t start(char **arguments, bool traced, mode_t mask) {
    pid_t process = fork();
    if (process < 0) fail("start", arguments[0]);
    if (process > 0) return process;
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    if (!getenv("RACER_VERBOSE")) dup2(null, 2);
    umask(mask);
    setpgid(0, 0);
    if (traced) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
    }
    execv(arguments[0], arguments);
    _exit(127);
}

int run_plainly(const struct scene *scene, char **arguments) {
    pid_t process = start(arguments, false, scene->umask);
    int status;
    for (int waited = 0;; waited++) {
        pid_t answer = waitpid(process, &status, WNOHANG);
        if (answer == process) return status;
        if (waited > limit_seconds * 1000) {
            kill(-process, SIGKILL);
            waitpid(process, &status, 0);
            return -1;
        }
        usleep(1000);
    }
}

static volatile sig_atomic_t alarmed;
static void remember_alarm(int number) { alarmed = number; }

// At the entry of a call.
static void at_entry(const struct scene *scene, pid_t thread, const struct swap *swap, long kill_before, bool peeps,
                     pid_t process, struct traced *result, struct swapped *swapped) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) <= 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY) return;
    if (kill_before >= 0 && (long)info.entry.nr == kill_before) {
        char path[1024];
        // The journal's own writes are not meant.
        if (!path_of_descriptor(thread, (int)info.entry.args[0], path, sizeof path) || is_below(path, scene->owned)) {
            kill(process, SIGKILL);
            return;
        }
    }
    char path[2100];
    const char *word = "";
    if (!concerns(scene, thread, &info, path, sizeof path, &word)) return;
    result->calls++;
    if (peeps) result->peeped += peep(scene, word);
    if (!swap) return;
    if (result->calls == swap->call) {
        snprintf(result->call, sizeof result->call, "%s %.1300s", word, path);
        result->applied = swap_do(scene, swap, path, swapped);
        // Nothing can come of it.
        if (!result->applied) kill(process, SIGKILL);
    } else if (swap->goes_back && result->calls == swap->call + 1) {
        swap_undo(swapped);
    }
}

struct traced trace_run(const struct scene *scene, char **arguments, const struct swap *swap, long kill_before,
                        bool peeps) {
    struct traced result = {0};
    struct swapped swapped = {.sent = {-1, -1}};
    struct sigaction action = {.sa_handler = remember_alarm};
    sigaction(SIGALRM, &action, NULL);
    alarmed = 0;
    pid_t process = start(arguments, true, scene->umask);
    int status;
    if (waitpid(process, &status, 0) != process || !WIFSTOPPED(status)) fail("trace", arguments[0]);
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, process, NULL, options) != 0) fail("trace", arguments[0]);
    alarm(limit_seconds);
    ptrace(PTRACE_SYSCALL, process, NULL, NULL);
    while (true) {
        pid_t thread = waitpid(-1, &status, __WALL);
        // Also one that hangs in a circle of calls.
        if (alarmed && !result.hung) {
            result.hung = true;
            kill(-process, SIGKILL);
        }
        if (thread < 0) {
            if (errno == EINTR) continue;
            break;
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread != process) continue;
            result.status = status;
            break;
        }
        int number = WSTOPSIG(status), passed_on = 0;
        if (number == (SIGTRAP | 0x80)) {
            at_entry(scene, thread, swap, kill_before, peeps, process, &result, &swapped);
        } else if (status >> 16 == 0 && number != SIGSTOP && number != SIGTRAP) {
            passed_on = number;
        }
        ptrace(PTRACE_SYSCALL, thread, NULL, passed_on);
    }
    alarm(0);
    swap_keep(&swapped);
    return result;
}
