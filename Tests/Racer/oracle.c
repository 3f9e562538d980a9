// What must hold after each run.
#define _GNU_SOURCE
#include "racer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <zlib.h>

const char *const outside_marker = "OUTSIDE-a9b23e";
const char *const inside_marker = "INSIDE-71cc04";

static int by_name(const struct dirent **one, const struct dirent **other) {
    return strcmp((*one)->d_name, (*other)->d_name);
}

static uint64_t hash_of(const char *path) {
    uint64_t hash = 14695981039346656037u;
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    static unsigned char buffer[1 << 16];
    for (ssize_t count; file >= 0 && (count = read(file, buffer, sizeof buffer)) > 0;)
        for (ssize_t index = 0; index < count; index++) hash = (hash ^ buffer[index]) * 1099511628211u;
    if (file >= 0) close(file);
    return hash;
}

static void describe(FILE *out, const char *path) {
    struct stat status;
    if (lstat(path, &status) != 0) fail("stat", path);
    char list[256];
    fprintf(out, "%s %o %u:%u acl %zd", path, status.st_mode, status.st_uid, status.st_gid,
            lgetxattr(path, "system.posix_acl_access", list, sizeof list));
    if (!S_ISDIR(status.st_mode))
        fprintf(out, " %ld bytes, %ld.%09ld, %016lx", (long)status.st_size, (long)status.st_mtim.tv_sec,
                status.st_mtim.tv_nsec, S_ISREG(status.st_mode) ? hash_of(path) : 0);
    fputc('\n', out);
    if (!S_ISDIR(status.st_mode)) return;
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, by_name);
    for (int index = 0; index < count; index++) {
        if (strcmp(entries[index]->d_name, ".") && strcmp(entries[index]->d_name, "..")) {
            char inner[1200];
            snprintf(inner, sizeof inner, "%s/%s", path, entries[index]->d_name);
            describe(out, inner);
        }
        free(entries[index]);
    }
    if (count >= 0) free(entries);
}

char *tree_snapshot(const char *path) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    describe(out, path);
    fclose(out);
    return text;
}

// Whether a file has a text in it, compressed or not.
static bool holds(const char *path, const char *text) {
    int number = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (number < 0) return false;
    gzFile file = gzdopen(number, "rb");
    static char buffer[(1 << 16) + 64];
    size_t kept = 0;
    bool found = false;
    for (int count; !found && (count = gzread(file, buffer + kept, 1 << 16)) > 0;) {
        size_t size = kept + (size_t)count;
        found = memmem(buffer, size, text, strlen(text)) != NULL;
        kept = size < 32 ? size : 32;
        memmove(buffer, buffer + size - kept, kept);
    }
    gzclose(file);
    return found;
}

static int look_at(const struct scene *scene, const char *path, const char *about) {
    struct stat status;
    if (lstat(path, &status) != 0) return 0;
    int count = 0;
    if (S_ISDIR(status.st_mode)) {
        DIR *list = opendir(path);
        for (struct dirent *entry; list && (entry = readdir(list));) {
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            char inner[1200];
            snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
            count += look_at(scene, inner, about);
        }
        if (list) closedir(list);
        return count;
    }
    if (!S_ISREG(status.st_mode)) return 0;
    char secret[700];
    struct stat other;
    snprintf(secret, sizeof secret, "%s/secret", scene->outside);
    // Where inodes belong to names (mergerfs) a further name of it has another one; no copy has further names.
    bool is_outside = stat(secret, &other) == 0 && other.st_dev == status.st_dev &&
                      (other.st_ino == status.st_ino ||
                       (status.st_nlink > 1 && other.st_size == status.st_size &&
                        !memcmp(&other.st_mtim, &status.st_mtim, sizeof other.st_mtim)));
    if (!is_outside && holds(path, outside_marker)) {
        printf("%s: %s holds what is outside\n", about, path);
        count++;
    }
    if (!is_outside && (status.st_mode & 077 || status.st_uid != 0) && holds(path, inside_marker)) {
        printf("%s: %s, mode %o, owner %u, holds what only root may read\n", about, path, status.st_mode & 07777,
               status.st_uid);
        count++;
    }
    if (status.st_mode & 06000) {
        printf("%s: %s has mode %o\n", about, path, status.st_mode & 07777);
        count++;
    }
    return count;
}

int problems(const struct scene *scene, const char *about) {
    int count = 0;
    char *now = tree_snapshot(scene->outside);
    if (strcmp(now, scene->before)) {
        printf("%s: outside something has changed\n--- before\n%s--- after\n%s", about, scene->before, now);
        count++;
    }
    free(now);
    struct stat status;
    if (scene->bystander >= 0 && fstat(scene->bystander, &status) == 0 && status.st_blocks == 0) {
        printf("%s: another deleted file was emptied\n", about);
        count++;
    }
    // What was mailed lies beside the state.
    count += look_at(scene, scene->work, about);
    return count;
}

int peep(const struct scene *scene, const char *about) {
    int count = 0;
    DIR *list = opendir(scene->logs);
    if (!list) return 0;
    // The rights of this thread alone, and only to files; whoever is root has none besides then.
    setfsgid(peeper_id);
    setfsuid(peeper_id);
    for (struct dirent *entry; (entry = readdir(list));) {
        if (entry->d_name[0] == '.' && (!entry->d_name[1] || !strcmp(entry->d_name, ".."))) continue;
        int file = openat(dirfd(list), entry->d_name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
        if (file < 0) continue;
        struct stat status;
        if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && strncmp(entry->d_name, "open", 4)) {
            printf("%s: everybody can read %s/%s, mode %o\n", about, scene->logs, entry->d_name, status.st_mode & 07777);
            count++;
        }
        close(file);
    }
    setfsuid(0);
    setfsgid(0);
    closedir(list);
    return count;
}
