// The place where it happens: made once by whoever starts this program, and put back before each run.
#define _GNU_SOURCE
#include "racer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

void fail(const char *what, const char *about) {
    fprintf(stderr, "racer: %s %s: %s\n", what, about, strerror(errno));
    exit(2);
}

static void copy_attribute(const char *from, const char *to, const char *name) {
    char value[4096];
    ssize_t size = lgetxattr(from, name, value, sizeof value);
    if (size > 0 && lsetxattr(to, name, value, (size_t)size, 0) != 0) fail("setxattr", to);
}

static void copy_attributes(const char *from, const char *to, const struct stat *status) {
    if (lchown(to, status->st_uid, status->st_gid) != 0) fail("chown", to);
    if (S_ISLNK(status->st_mode)) return;
    if (chmod(to, status->st_mode & 07777) != 0) fail("chmod", to);
    copy_attribute(from, to, "system.posix_acl_access");
    if (S_ISDIR(status->st_mode)) copy_attribute(from, to, "system.posix_acl_default");
    const struct timespec times[2] = {status->st_atim, status->st_mtim};
    if (utimensat(AT_FDCWD, to, times, 0) != 0) fail("utimensat", to);
}

static void copy_content(const char *from, const char *to, off_t size) {
    int source = open(from, O_RDONLY | O_CLOEXEC), target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (source < 0 || target < 0) fail("copy", to);
    static char buffer[1 << 20];
    for (ssize_t count; (count = read(source, buffer, sizeof buffer)) > 0;)
        if (write(target, buffer, (size_t)count) != count) fail("write", to);
    (void)size;
    close(source);
    close(target);
}

static void copy_tree(const char *from, const char *to) {
    struct stat status;
    if (lstat(from, &status) != 0) fail("stat", from);
    if (S_ISREG(status.st_mode)) {
        copy_content(from, to, status.st_size);
    } else if (S_ISLNK(status.st_mode)) {
        char target[1024];
        ssize_t size = readlink(from, target, sizeof target - 1);
        if (size < 0) fail("readlink", from);
        target[size] = 0;
        if (symlink(target, to) != 0) fail("symlink", to);
    } else if (S_ISDIR(status.st_mode)) {
        if (mkdir(to, 0700) != 0) fail("mkdir", to);
        DIR *list = opendir(from);
        if (!list) fail("list", from);
        for (struct dirent *entry; (entry = readdir(list));) {
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            char one[1200], other[1200];
            snprintf(one, sizeof one, "%s/%s", from, entry->d_name);
            snprintf(other, sizeof other, "%s/%s", to, entry->d_name);
            copy_tree(one, other);
        }
        closedir(list);
    } else {
        errno = EINVAL;
        fail("copy", from);
    }
    copy_attributes(from, to, &status);
}

static void remove_tree(const char *path) {
    struct stat status;
    if (lstat(path, &status) != 0) return;
    if (S_ISDIR(status.st_mode)) {
        DIR *list = opendir(path);
        if (!list) fail("list", path);
        for (struct dirent *entry; (entry = readdir(list));) {
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            char one[1200];
            snprintf(one, sizeof one, "%s/%s", path, entry->d_name);
            remove_tree(one);
        }
        closedir(list);
        if (rmdir(path) != 0) fail("rmdir", path);
    } else if (unlink(path) != 0) {
        fail("remove", path);
    }
}

void scene_open(struct scene *scene, const char *place) {
    memset(scene, 0, sizeof *scene);
    if (!realpath(place, scene->place)) fail("find", place);
    snprintf(scene->template, sizeof scene->template, "%s/template", scene->place);
    snprintf(scene->work, sizeof scene->work, "%s/work", scene->place);
    snprintf(scene->outside, sizeof scene->outside, "%s/outside", scene->place);
    snprintf(scene->owned, sizeof scene->owned, "%s/work/svc", scene->place);
    snprintf(scene->logs, sizeof scene->logs, "%s/work/svc/log", scene->place);
    scene->held = "";
    scene->bystander = -1;
    scene->umask = 022;
    scene->before = tree_snapshot(scene->outside);
}

void scene_restore(struct scene *scene) {
    remove_tree(scene->work);
    copy_tree(scene->template, scene->work);
}

void scene_hold(struct scene *scene) {
    char path[700];
    snprintf(path, sizeof path, "%s/a.log", scene->logs);
    for (const char *how = scene->held; *how && scene->holder_count < 8; how++) {
        int flags = *how == 'a' ? O_WRONLY | O_APPEND : *how == 'w' ? O_WRONLY : O_RDONLY;
        int number = open(path, flags | O_CLOEXEC);
        if (number < 0) fail("hold", path);
        lseek(number, 0, SEEK_END);
        scene->holders[scene->holder_count++] = number;
    }
    if (!scene->is_deleted) return;
    if (unlink(path) != 0) fail("remove", path);
    snprintf(path, sizeof path, "%s/a.log", scene->outside);
    char other[700];
    snprintf(other, sizeof other, "%s/bystander", scene->outside);
    copy_content(path, other, 0);
    scene->bystander = open(other, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (scene->bystander < 0 || unlink(other) != 0) fail("hold", other);
}

void scene_let_go(struct scene *scene) {
    while (scene->holder_count > 0) close(scene->holders[--scene->holder_count]);
    if (scene->bystander >= 0) close(scene->bystander);
    scene->bystander = -1;
}
