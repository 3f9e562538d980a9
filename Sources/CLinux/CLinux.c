#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <syslog.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

const int spillway_O_TMPFILE = O_TMPFILE;
const int spillway_O_PATH = O_PATH;
const int spillway_O_NOATIME = O_NOATIME;

int spillway_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags, mode);
}

int spillway_rename_noreplace(int from_directory, const char *from, int to_directory, const char *to) {
    return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, RENAME_NOREPLACE);
}

int spillway_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int spillway_link_descriptor(int descriptor, int directory, const char *name) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    if (linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) == 0) return 0;
    // Without /proc root can do it by the descriptor.
    if (errno != ENOENT && errno != ENOTDIR) return -1;
    return linkat(descriptor, "", directory, name, AT_EMPTY_PATH);
}

void spillway_syslog(int priority, const char *message) { syslog(priority, "%s", message); }

int spillway_knows_no_account(void) { return ENOENT; }

void *spillway_loads_no_library(void) { return NULL; }

static volatile sig_atomic_t stop_signal;

static void remember_stop_signal(int number) { stop_signal = number; }

int spillway_catch_stop_signals(void) {
    // No SA_RESTART: a wait for a hook or a lock ends, and the flag is seen.
    struct sigaction action = {.sa_handler = remember_stop_signal};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGTERM, &action, NULL) != 0) return -1;
    // Whoever started this process may have left them blocked.
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    if (sigprocmask(SIG_UNBLOCK, &wanted, NULL) != 0) return -1;
    // A caller may have chosen to ignore these (nohup): that stays.
    const int keepable[] = {SIGINT, SIGHUP};
    for (size_t index = 0; index < sizeof keepable / sizeof keepable[0]; index++) {
        struct sigaction before;
        if (sigaction(keepable[index], NULL, &before) != 0) return -1;
        if (before.sa_handler == SIG_IGN) continue;
        if (sigaction(keepable[index], &action, NULL) != 0) return -1;
    }
    return 0;
}

int spillway_stop_signal(void) { return stop_signal; }

void spillway_ignore_signals(void) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGIO, SIG_IGN);
}

int spillway_signal_queue(void) {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &wanted, NULL) != 0) return -1;
    return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

int spillway_next_signal(int queue) {
    struct signalfd_siginfo signal;
    return read(queue, &signal, sizeof signal) == sizeof signal ? (int)signal.ssi_signo : 0;
}

int spillway_memory_file(void) { return memfd_create("spillway", MFD_CLOEXEC); }

int spillway_inotify(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

int spillway_inotify_add(int events, const char *directory, _Bool sees_writes) {
    const uint32_t more = sees_writes ? IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_ATTRIB : 0;
    return inotify_add_watch(events, directory, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | more);
}

void spillway_inotify_remove(int events, int directory) { inotify_rm_watch(events, directory); }

int spillway_notify(const char *socket_path, const char *text) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(socket_path);
    if (length == 0 || length >= sizeof address.sun_path) {
        errno = EINVAL;
        return -1;
    }
    memcpy(address.sun_path, socket_path, length);
    // A name in the kernel's own space begins with a NUL, which is written as '@'.
    if (socket_path[0] == '@') address.sun_path[0] = 0;
    int number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (number < 0) return -1;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    // Whoever listens may be busy: nobody waits for it.
    ssize_t sent = sendto(number, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, size);
    int reason = errno;
    close(number);
    errno = reason;
    return sent < 0 ? -1 : 0;
}

int spillway_take_read_lease(int descriptor) { return fcntl(descriptor, F_SETLEASE, F_RDLCK); }

int spillway_give_lease_back(int descriptor) { return fcntl(descriptor, F_SETLEASE, F_UNLCK); }

int spillway_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

int spillway_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int spillway_punch_hole(int descriptor, int64_t offset, int64_t length) {
    return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int spillway_collapse_range(int descriptor, int64_t offset, int64_t length) {
    return fallocate(descriptor, FALLOC_FL_COLLAPSE_RANGE, offset, length);
}

int spillway_begin_writing(int descriptor) { return sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE); }

int spillway_reserve(int descriptor, int64_t offset, int64_t length) {
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, length);
}

int64_t spillway_seek_data(int descriptor, int64_t offset) { return lseek(descriptor, offset, SEEK_DATA); }

int64_t spillway_seek_hole(int descriptor, int64_t offset) { return lseek(descriptor, offset, SEEK_HOLE); }

int spillway_take_write_lease(int descriptor) { return fcntl(descriptor, F_SETLEASE, F_WRLCK); }

int spillway_write_lease_is_whole(int descriptor) { return fcntl(descriptor, F_GETLEASE) == F_WRLCK; }

int spillway_pidfd_send_signal(int process, int number) {
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
    return (int)syscall(SYS_pidfd_send_signal, process, number, NULL, 0);
}

int64_t spillway_file_system_type(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 ? (int64_t)(uint32_t)status.f_type : -1;
}

int64_t spillway_fresh_size(int descriptor) {
    struct statx status;
    // Not through a C library that may be too old for it.
    if (syscall(SYS_statx, descriptor, "", AT_EMPTY_PATH | 0x2000 /* AT_STATX_FORCE_SYNC */, STATX_SIZE, &status) != 0)
        return -1;
    return (int64_t)status.stx_size;
}

int spillway_written_descriptor(long call) {
    switch (call) {
    case SYS_write:
    case SYS_writev:
    case SYS_pwrite64:
    case SYS_pwritev:
#ifdef SYS_pwritev2
    case SYS_pwritev2:
#endif
    case SYS_sendfile:
        return 0;
    case SYS_splice:
#ifdef SYS_copy_file_range
    case SYS_copy_file_range:
#endif
        return 2;
    default:
        return -1;
    }
}

int64_t spillway_mount_id(int descriptor) {
#ifdef STATX_MNT_ID
    struct statx status;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) == 0 && (status.stx_mask & STATX_MNT_ID))
        return (int64_t)status.stx_mnt_id;
#endif
    return -1;
}

int spillway_setresuid(uid_t real, uid_t effective, uid_t saved) { return setresuid(real, effective, saved); }

int spillway_setresgid(gid_t real, gid_t effective, gid_t saved) { return setresgid(real, effective, saved); }

int spillway_has_inline_data(int descriptor) {
    int flags = 0;
    return ioctl(descriptor, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_INLINE_DATA_FL) != 0;
}

void spillway_avoid_copy_on_write(int descriptor) {
    int flags = 0;
    if (ioctl(descriptor, FS_IOC_GETFLAGS, &flags) != 0) return;
    flags |= FS_NOCOW_FL;
    (void)ioctl(descriptor, FS_IOC_SETFLAGS, &flags);
}

// ---- Space: what takes it, and who holds it ----

const int spillway_O_UNNAMED = O_TMPFILE & ~O_DIRECTORY;

static int look_with_fstatat(int directory, const char *name, int flags, struct spillway_status *status) {
    struct stat old;
    if (fstatat(directory, name, &old, flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) != 0) return -1;
    *status = (struct spillway_status){
        .device = old.st_dev, .inode = old.st_ino, .mount = -1, .links = old.st_nlink, .size = old.st_size,
        .blocks = old.st_blocks, .seconds = old.st_mtim.tv_sec, .nanoseconds = old.st_mtim.tv_nsec,
        .mode = old.st_mode, .owner = old.st_uid, .group = old.st_gid,
    };
    return 0;
}

int spillway_look(int directory, const char *name, int follows, struct spillway_status *status) {
    int flags = AT_NO_AUTOMOUNT | (follows ? 0 : AT_SYMLINK_NOFOLLOW) | (*name ? 0 : AT_EMPTY_PATH);
#ifdef STATX_BASIC_STATS
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0
#endif
    struct statx new;
    // Not through the C library: where the kernel has no such call, glibc has one of its own, which takes no such flag and says
    // EINVAL.
    if (syscall(SYS_statx, directory, name, flags | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_MNT_ID, &new) == 0) {
        int64_t mount = -1;
#if STATX_MNT_ID
        if (new.stx_mask & STATX_MNT_ID) mount = (int64_t)new.stx_mnt_id;
#endif
        *status = (struct spillway_status){
            .device = makedev(new.stx_dev_major, new.stx_dev_minor), .inode = new.stx_ino, .mount = mount,
            .links = new.stx_nlink, .size = (int64_t)new.stx_size, .blocks = (int64_t)new.stx_blocks,
            .seconds = new.stx_mtime.tv_sec, .nanoseconds = new.stx_mtime.tv_nsec, .mode = new.stx_mode,
            .owner = new.stx_uid, .group = new.stx_gid,
        };
        return 0;
    }
    // EPERM: a sandbox that does not know the call. The call itself never says so.
    if (errno != ENOSYS && errno != EPERM) return -1;
#endif
    return look_with_fstatat(directory, name, flags, status);
}

long spillway_list(int directory, void *buffer, size_t size) {
    return syscall(SYS_getdents64, directory, buffer, size);
}

int spillway_sync_file_system(int descriptor) { return syncfs(descriptor); }

int64_t spillway_file_system_magic(const char *path) {
    struct statfs answer;
    return statfs(path, &answer) == 0 ? (int64_t)answer.f_type : -1;
}

const void *spillway_find(const void *text, size_t length, const void *wanted, size_t wanted_length) {
    return memmem(text, length, wanted, wanted_length);
}

// PROCMAP_QUERY of <linux/fs.h>, which older headers lack.
struct procmap_query_6_11 {
    uint64_t size, query_flags, query_addr, vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
    uint32_t dev_major, dev_minor, vma_name_size, build_id_size;
    uint64_t vma_name_addr, build_id_addr;
};

const uint64_t spillway_executable_mapping = 4, spillway_shared_mapping = 8;

int spillway_next_mapping(int maps, uint64_t from, uint64_t flags, char *name, uint32_t name_size,
                          struct spillway_mapping *mapping) {
    enum { writable = 2, covering_or_next = 16, file_backed = 32 };
    struct procmap_query_6_11 query = {
        .size = sizeof query, .query_flags = covering_or_next | file_backed | flags, .query_addr = from,
        .vma_name_size = name ? name_size : 0, .vma_name_addr = (uint64_t)(uintptr_t)name,
    };
    if (ioctl(maps, _IOWR('f', 17, struct procmap_query_6_11), &query) != 0) return -1;
    *mapping = (struct spillway_mapping){
        .start = query.vma_start, .end = query.vma_end, .inode = query.inode,
        .device = makedev(query.dev_major, query.dev_minor),
        .writes = (query.vma_flags & writable) && (query.vma_flags & spillway_shared_mapping),
    };
    return 0;
}

int spillway_open_of_process(int proc, int32_t process, const char *name, int flags) {
    char path[64];
    snprintf(path, sizeof path, "%d/%s", process, name);
    return openat(proc, path, flags);
}

// -- Priorities ----------------------------------------------------------------------------------------------------

#include <linux/ioprio.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

int spillway_processor_count(void) {
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) == 0) return CPU_COUNT(&processors);
    // The set is too small for a machine with more than 1024.
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

void spillway_start_elsewhere(pthread_attr_t *attributes) {
    cpu_set_t processors;
    int here = sched_getcpu();
    if (here < 0 || sched_getaffinity(0, sizeof processors, &processors) != 0) return;
    CPU_CLR(here, &processors);
    if (CPU_COUNT(&processors) > 0) (void)pthread_attr_setaffinity_np(attributes, sizeof processors, &processors);
}

void spillway_run_anywhere(void) {
    cpu_set_t processors;
    if (sched_getaffinity(getpid(), sizeof processors, &processors) == 0)
        (void)sched_setaffinity(0, sizeof processors, &processors);
}

void spillway_lower_thread(int nice, _Bool is_idle) {
    (void)setpriority(PRIO_PROCESS, 0, nice);
    int priority = is_idle ? IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0) : IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7);
    (void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, priority);
}

// -- Arguments -----------------------------------------------------------------------------------------------------

static int argument_count = 0;
static char **arguments = NULL;

#ifdef __GLIBC__
// glibc hands main's arguments to every constructor, in static executables too. Other C libraries hand over nothing.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    arguments = values;
}
#endif

int spillway_lock_byte(int descriptor, int64_t offset, _Bool locks) {
    struct flock lock = {.l_type = locks ? F_WRLCK : F_UNLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
    return fcntl(descriptor, F_OFD_SETLK, &lock);
}

int spillway_unlock_bytes(int descriptor) {
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
    return fcntl(descriptor, F_OFD_SETLK, &lock);
}

int spillway_terminal_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : -1;
}

int spillway_argument_count(void) { return arguments == NULL ? 0 : argument_count; }

const char *spillway_argument(int index) {
    return arguments != NULL && index >= 0 && index < argument_count ? arguments[index] : NULL;
}
