#pragma once

// Linux's own calls and constants that Swift's Glibc module does not import: macros with casts, declarations behind
// _GNU_SOURCE, and system calls that older C libraries have no wrapper for.

#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/xattr.h>

// open(2): behind _GNU_SOURCE.
extern const int spillway_O_TMPFILE;
extern const int spillway_O_PATH;
extern const int spillway_O_NOATIME;
// openat(2) is variadic in C, which Swift cannot call.
int spillway_openat(int directory, const char *_Nonnull path, int flags, mode_t mode);
// renameat2(2): the wrapper came with glibc 2.28.
int spillway_rename_noreplace(int from_directory, const char *_Nonnull from, int to_directory,
                              const char *_Nonnull to);
// pidfd_open(2): the wrapper came with glibc 2.36, the call with Linux 5.3. -1 and ENOSYS before.
int spillway_pidfd_open(pid_t pid);
// A name for an O_TMPFILE descriptor: linkat(2) through /proc/self/fd, which needs no capability; where there is no /proc
// with AT_EMPTY_PATH, which needs CAP_DAC_READ_SEARCH.
int spillway_link_descriptor(int descriptor, int directory, const char *_Nonnull name);
// syslog(3) is variadic.
void spillway_syslog(int priority, const char *_Nonnull message);

// SIGTERM, SIGINT and SIGHUP only set a flag, which is looked at between steps. Returns 0 or -1 with errno.
int spillway_catch_stop_signals(void);
// The stop signal that came, or 0.
int spillway_stop_signal(void);
// SIGPIPE is ignored: a closed pipe is an error of write(2), not the end of a rotation. So is SIGIO, which tells the
// holder of a lease that somebody wants the file: its default action would end the process.
void spillway_ignore_signals(void);
// fcntl(2) is variadic, and F_SETLEASE is behind _GNU_SOURCE.
int spillway_take_read_lease(int descriptor);
int spillway_give_lease_back(int descriptor);
// What a static program has instead of the calls that would load libraries of the very glibc it was built with: the linker
// puts them in their place (etc/packaging/build). Only libraries below spillway mention those calls, and none is made.
int spillway_knows_no_account(void);
void *_Nullable spillway_loads_no_library(void);
// pipe2(2) with O_CLOEXEC: behind _GNU_SOURCE.
int spillway_pipe(int *_Nonnull ends);
// posix_spawn_file_actions_addclosefrom_np(3): behind _GNU_SOURCE. The child gets no descriptor from `first` on.
int spillway_close_from(posix_spawn_file_actions_t *_Nonnull actions, int first);

// fallocate(2) and its modes: behind _GNU_SOURCE.
int spillway_punch_hole(int descriptor, int64_t offset, int64_t length);
int spillway_reserve(int descriptor, int64_t offset, int64_t length);
int spillway_collapse_range(int descriptor, int64_t offset, int64_t length);
// sync_file_range(2), SYNC_FILE_RANGE_WRITE, of the whole file: behind _GNU_SOURCE.
int spillway_begin_writing(int descriptor);
// lseek(2) with SEEK_DATA and SEEK_HOLE: behind _GNU_SOURCE. -1 and ENXIO where there is none.
int64_t spillway_seek_data(int descriptor, int64_t offset);
int64_t spillway_seek_hole(int descriptor, int64_t offset);
// A write lease (fcntl(2), F_SETLEASE): granted where no other open description of the file exists.
int spillway_take_write_lease(int descriptor);
// Whether the write lease is still whole: 1; 0 where somebody waits for the file (F_GETLEASE).
int spillway_write_lease_is_whole(int descriptor);
// Which argument of a system call, by its number, is the descriptor it writes to: 0, 1, ...; -1 where it writes to none.
int spillway_written_descriptor(long call);
// pidfd_send_signal(2): -1 and ENOSYS before Linux 5.1.
int spillway_pidfd_send_signal(int process, int number);
// The magic number of a file's file system (statfs(2), f_type), or -1 with errno.
int64_t spillway_file_system_type(int descriptor);
// A file's size as its server has it now, whatever is cached of it: statx(2), AT_STATX_FORCE_SYNC; -1 before Linux 4.11.
int64_t spillway_fresh_size(int descriptor);
// Which mount a file is reached through: statx(2), STATX_MNT_ID; -1 before Linux 5.8.
int64_t spillway_mount_id(int descriptor);
// setresuid(2) and setresgid(2): behind _GNU_SOURCE. -1 leaves a part as it is.
int spillway_setresuid(uid_t real, uid_t effective, uid_t saved);
int spillway_setresgid(gid_t real, gid_t effective, gid_t saved);
// ioctl(2) is variadic. Sets FS_NOCOW_FL, which btrfs knows; elsewhere nothing happens.
void spillway_avoid_copy_on_write(int descriptor);

// Whether the file system says that a file's content is in its inode: ioctl(2), FS_IOC_GETFLAGS, FS_INLINE_DATA_FL.
int spillway_has_inline_data(int descriptor);

// ---- Space: what takes it, and who holds it ----

// The flag of O_TMPFILE alone, as it stays on a descriptor whose file never had a name.
extern const int spillway_O_UNNAMED;
// What statx(2) says, in the units of stat(2); `blocks` have 512 bytes. `mount` is -1 before Linux 5.8.
struct spillway_status {
    uint64_t device, inode;
    int64_t mount;
    uint64_t links;
    int64_t size, blocks, seconds;
    uint32_t nanoseconds, mode, owner, group;
};
// statx(2) with AT_STATX_DONT_SYNC: a server that does not answer is not asked, and nothing is mounted. fstatat(2) before
// Linux 4.11. An empty name: the descriptor itself.
int spillway_look(int directory, const char *_Nonnull name, int follows, struct spillway_status *_Nonnull status);
// getdents64(2), which has no wrapper before glibc 2.30: fills the buffer with entries; how many bytes, 0 at the end.
long spillway_list(int directory, void *_Nonnull buffer, size_t size);
// syncfs(2): behind _GNU_SOURCE.
int spillway_sync_file_system(int descriptor);
// Which file system a path is on: the number of statfs(2), whose header Swift does not import; -1 with errno.
int64_t spillway_file_system_magic(const char *_Nonnull path);
// memmem(3): behind _GNU_SOURCE.
const void *_Nullable spillway_find(const void *_Nonnull text, size_t length, const void *_Nonnull wanted,
                                    size_t wanted_length);
// A mapping of a file in another process's memory.
struct spillway_mapping {
    uint64_t start, end, device, inode;
    // Whether what is written there goes into the file.
    int writes;
};
// openat(2) of a file below /proc/PID; `proc` is /proc.
int spillway_open_of_process(int proc, int32_t process, const char *_Nonnull name, int flags);
// Mappings that can be executed, and such that are shared with their file: MAP_SHARED.
extern const uint64_t spillway_executable_mapping, spillway_shared_mapping;
// The next mapping of a file with these flags at or behind an address: ioctl(2), PROCMAP_QUERY, on /proc/PID/maps. Its name
// is only made where it is asked for. -1: ENOENT behind the last, ENOTTY before Linux 6.11.
int spillway_next_mapping(int maps, uint64_t from, uint64_t flags, char *_Nullable name, uint32_t name_size,
                          struct spillway_mapping *_Nonnull mapping);

// -- Watching ------------------------------------------------------------------------------------------------------

// signalfd(2) and the sets of signals are macros and structures that Swift does not import. SIGTERM, SIGINT and SIGHUP are
// blocked from then on; the next of them that has come, or 0.
int spillway_signal_queue(void);
int spillway_next_signal(int queue);
// inotify(7): names that come into a directory; with `sees_writes` also such that go, and files that were written to.
int spillway_inotify(void);
int spillway_inotify_add(int events, const char *_Nonnull directory, _Bool sees_writes);
void spillway_inotify_remove(int events, int directory);
// memfd_create(2): behind _GNU_SOURCE.
int spillway_memory_file(void);
// sd_notify(3), without its library: a datagram to the socket of NOTIFY_SOCKET. -1 with errno.
int spillway_notify(const char *_Nonnull socket_path, const char *_Nonnull text);

// -- Priorities ----------------------------------------------------------------------------------------------------

// sched_getaffinity(2): the sets are macros, behind _GNU_SOURCE. How many processors this process may use.
int spillway_processor_count(void);
// A thread that begins on another processor than the one it is made on: else it may wait there until the scheduler's next
// tick moves it, milliseconds later. Once it runs it may go anywhere its process may.
void spillway_start_elsewhere(pthread_attr_t *_Nonnull attributes);
void spillway_run_anywhere(void);
// setpriority(2) and ioprio_set(2) for the calling thread; the latter has no wrapper. Errors are not told.
void spillway_lower_thread(int nice, _Bool is_idle);

// -- Arguments -----------------------------------------------------------------------------------------------------

// argc and argv as the kernel gave them to this process: Swift reads /proc/self/cmdline, which may not be there. 0 and NULL
// where they cannot be had.
int spillway_argument_count(void);
// Locks or unlocks one byte of a file for this open description, without waiting: fcntl(2), F_OFD_SETLK.
int spillway_lock_byte(int descriptor, int64_t offset, _Bool locks);
// Gives all such bytes back.
int spillway_unlock_bytes(int descriptor);
// The columns of a terminal, or -1: TIOCGWINSZ is a macro that Swift does not import.
int spillway_terminal_columns(int descriptor);
const char *_Nullable spillway_argument(int index);
