// What the owner of a directory can do to a name in it, and a little more: links to root's files, devices.
#define _GNU_SOURCE
#include "racer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

const char *const kind_names[] = {"link to a file", "link to nothing", "hard link", "FIFO", "device", "foreign file",
                                  "directory", "link to a directory"};
const char *const target_names[] = {"the named", "the log", "an archive", "the directory"};

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

bool swap_do(const struct scene *scene, const struct swap *swap, const char *named_path, struct swapped *swapped) {
    memset(swapped, 0, sizeof *swapped);
    switch (swap->target) {
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

void swap_undo(struct swapped *swapped) {
    if (!swapped->is_done) return;
    swapped->is_done = false;
    char gone[1310];
    snprintf(gone, sizeof gone, "%s-gone", swapped->aside);
    // What took its place may have got another name by now.
    (void)rename(swapped->path, gone);
    if (swapped->was_there) (void)renameat2(AT_FDCWD, swapped->aside, AT_FDCWD, swapped->path, RENAME_NOREPLACE);
}
