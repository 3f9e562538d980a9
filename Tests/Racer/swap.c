// What the owner of a directory can do to a name in it, and a little more: links to root's files, devices.
#define _GNU_SOURCE
#include "racer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

const char *const kind_names[] = {"link to a file", "link to nothing", "hard link", "FIFO", "device", "foreign file",
                                  "directory", "link to a directory"};
const char *const target_names[] = {"the named", "the log", "an archive", "the directory",
                                    "the descriptor"};

// The first name that an archive of the log has; the one that it will have where there is none.
static void find_archive(const struct scene *scene, char *path, size_t size) {
    char best[256] = "";
    DIR *list = opendir(scene->logs);
    if (list) {
        for (struct dirent *entry; (entry = readdir(list));)
            if (!strncmp(entry->d_name, "a.log.", 6) && (!*best || strcmp(entry->d_name, best) < 0))
                snprintf(best, sizeof best, "%s", entry->d_name);
        closedir(list);
    }
    snprintf(path, size, "%s/%s", scene->logs, *best ? best : "a.log.1.gz");
}

static int put(const struct scene *scene, enum kind kind, const char *path) {
    char other[900];
    switch (kind) {
    case link_to_file:
        snprintf(other, sizeof other, "%s/secret", scene->outside);
        return symlink(other, path);
    case link_to_nothing:
        snprintf(other, sizeof other, "%s/new", scene->outside);
        return symlink(other, path);
    case link_to_directory:
        return symlink(scene->outside, path);
    case hard_link:
        snprintf(other, sizeof other, "%s/secret", scene->outside);
        return link(other, path);
    case fifo:
        return mkfifo(path, 0666);
    case device:
        return mknod(path, S_IFCHR | 0666, makedev(1, 5));
    case foreign_file: {
        // Root's, in a directory of the owner's: he may not read it, but he may give it another name.
        int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file < 0) return -1;
        for (int line = 0; line < 200; line++) dprintf(file, "%s %d\n", inside_marker, line);
        close(file);
        return 0;
    }
    case directory: {
        if (mkdir(path, 0755) != 0 || lchown(path, owner_id, owner_id) != 0) return -1;
        // Whoever goes on in it finds the log's names there, and each leads out.
        const char *const names[] = {"a.log", "a.log.1", "a.log.1.gz", "a.log.2.gz"};
        snprintf(other, sizeof other, "%s/secret", scene->outside);
        for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
            char inner[1300];
            snprintf(inner, sizeof inner, "%s/%s", path, names[index]);
            if (symlink(other, inner) != 0) return -1;
        }
        return 0;
    }
    default:
        errno = EINVAL;
        return -1;
    }
}

// Whether the owner may change names where a path is: in a directory of root's, as `createolddir` makes one, he may not.
static bool is_his(const char *path) {
    char directory[1200];
    snprintf(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (!slash) return false;
    *slash = 0;
    struct stat status;
    return stat(directory, &status) == 0 && status.st_uid == owner_id;
}

bool swap_exists(const struct scene *scene, enum target target, enum kind kind) {
    switch (target) {
    case named: return true;
    case the_directory: return kind == link_to_directory || kind == directory || kind == fifo;
    case the_descriptor: return scene->is_deleted && kind != link_to_directory;
    default: return kind != link_to_directory;
    }
}

// A descriptor that a process puts in the place of another one, or was handed: also of what it could not have opened.
static int open_other(const struct scene *scene, enum kind kind) {
    char path[900];
    snprintf(path, sizeof path, "%s/secret", scene->outside);
    switch (kind) {
    case link_to_file: return open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    case hard_link: return open(path, O_RDWR | O_CLOEXEC);
    case link_to_nothing: return open("/dev/null", O_WRONLY | O_CLOEXEC);
    case foreign_file: return fcntl(scene->bystander, F_DUPFD_CLOEXEC, 0);
    case directory: return open(scene->outside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    case fifo:
    case device: {
        snprintf(path, sizeof path, "%s/special", scene->owned);
        unlink(path);
        if ((kind == fifo ? mkfifo(path, 0600) : mknod(path, S_IFCHR | 0600, makedev(1, 5))) != 0) return -1;
        int number = open(path, (kind == fifo ? O_RDWR : O_PATH) | O_CLOEXEC);
        unlink(path);
        return number;
    }
    default: return -1;
    }
}

union rights {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr header;
};

static bool send_descriptor(struct swapped *swapped) {
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, swapped->sent) != 0) return false;
    union rights rights = {{0}};
    struct iovec one = {(char[]){"x"}, 1};
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = rights.bytes, .msg_controllen = sizeof rights};
    rights.header = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(&rights.header), &swapped->number, sizeof(int));
    return sendmsg(swapped->sent[0], &message, 0) == 1;
}

static void receive_descriptor(const struct swapped *swapped) {
    union rights rights = {{0}};
    char byte;
    struct iovec one = {&byte, 1};
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = rights.bytes, .msg_controllen = sizeof rights};
    int number;
    if (recvmsg(swapped->sent[1], &message, MSG_CMSG_CLOEXEC) != 1) fail("receive", "a descriptor");
    memcpy(&number, CMSG_DATA(&rights.header), sizeof(int));
    if (dup3(number, swapped->number, O_CLOEXEC) < 0) fail("put back", "a descriptor");
    close(number);
}

static bool swap_descriptor(const struct scene *scene, enum kind kind, struct swapped *swapped) {
    int other = open_other(scene, kind);
    if (other < 0 || scene->holder_count == 0) return false;
    swapped->number = scene->holders[0];
    if (!send_descriptor(swapped) || dup3(other, swapped->number, O_CLOEXEC) < 0) fail("swap", "a descriptor");
    close(other);
    swapped->is_done = true;
    return true;
}

bool swap_do(const struct scene *scene, const struct swap *swap, const char *named_path, struct swapped *swapped) {
    memset(swapped, 0, sizeof *swapped);
    swapped->sent[0] = swapped->sent[1] = -1;
    switch (swap->target) {
    case the_descriptor: return swap_descriptor(scene, swap->kind, swapped);
    case named:
        if (!named_path || !is_his(named_path)) return false;
        snprintf(swapped->path, sizeof swapped->path, "%s", named_path);
        break;
    case the_log: snprintf(swapped->path, sizeof swapped->path, "%s/a.log", scene->logs); break;
    case an_archive: find_archive(scene, swapped->path, sizeof swapped->path); break;
    default: snprintf(swapped->path, sizeof swapped->path, "%s", scene->logs); break;
    }
    // Aside, but within reach: the owner keeps what he has.
    snprintf(swapped->aside, sizeof swapped->aside, "%s/aside", scene->owned);
    struct stat status;
    swapped->was_there = lstat(swapped->path, &status) == 0;
    if (swapped->was_there && rename(swapped->path, swapped->aside) != 0) return false;
    if (put(scene, swap->kind, swapped->path) != 0) {
        if (swapped->was_there) rename(swapped->aside, swapped->path);
        return false;
    }
    if (swap->kind != hard_link && swap->kind != foreign_file) (void)lchown(swapped->path, owner_id, owner_id);
    swapped->is_done = true;
    return true;
}

void swap_keep(struct swapped *swapped) {
    for (int index = 0; index < 2; index++) {
        if (swapped->sent[index] >= 0) close(swapped->sent[index]);
        swapped->sent[index] = -1;
    }
}

void swap_undo(struct swapped *swapped) {
    if (!swapped->is_done) return;
    swapped->is_done = false;
    if (swapped->sent[0] >= 0) {
        receive_descriptor(swapped);
        return swap_keep(swapped);
    }
    char gone[1310];
    snprintf(gone, sizeof gone, "%s-gone", swapped->aside);
    // What took its place may have got another name by now.
    (void)rename(swapped->path, gone);
    if (swapped->was_there) (void)renameat2(AT_FDCWD, swapped->aside, AT_FDCWD, swapped->path, RENAME_NOREPLACE);
}
