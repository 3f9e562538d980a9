// The same by chance: names are exchanged as fast as it goes while run after run does its work.
#define _GNU_SOURCE
#include "racer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void become(uid_t user) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0) _exit(2);
    // Becoming somebody else undoes it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

// The owner: exchanges what has a name with what lies beside it, again and again.
static pid_t exchange(const struct scene *scene, const char *name, const char *other) {
    pid_t process = fork();
    if (process != 0) return process;
    become(owner_id);
    if (chdir(scene->owned) != 0) _exit(2);
    while (true) {
        renameat2(AT_FDCWD, name, AT_FDCWD, other, RENAME_EXCHANGE);
        // Now and then long enough for several calls.
        if (rand() % 64 == 0) usleep((useconds_t)(rand() % 300));
    }
}

// Somebody who may look into the directory opens each new file at once. It ends with 1 where it could read one.
static pid_t watch(const struct scene *scene) {
    pid_t process = fork();
    if (process != 0) return process;
    become(peeper_id);
    int events = inotify_init1(IN_CLOEXEC);
    if (chdir(scene->logs) != 0 || inotify_add_watch(events, ".", IN_CREATE | IN_MOVED_TO | IN_ATTRIB) < 0) _exit(0);
    char buffer[16384] __attribute__((aligned(8)));
    for (ssize_t size; (size = read(events, buffer, sizeof buffer)) > 0;) {
        for (char *at = buffer; at < buffer + size;) {
            struct inotify_event *event = (struct inotify_event *)(void *)at;
            at += sizeof *event + event->len;
            if (!event->len || event->mask & IN_ISDIR) continue;
            int file = open(event->name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
            struct stat status;
            if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
                printf("everybody could read %s\n", event->name);
                fflush(stdout);
                _exit(1);
            }
            if (file >= 0) close(file);
        }
    }
    _exit(0);
}

static int end(pid_t process) {
    int status = 0;
    if (process <= 0) return 0;
    if (waitpid(process, &status, WNOHANG) == process) return WIFEXITED(status) && WEXITSTATUS(status) == 1;
    kill(process, SIGKILL);
    waitpid(process, &status, 0);
    return 0;
}

static void make_other(const struct scene *scene, int turn, char *name, size_t size) {
    char path[700];
    snprintf(name, size, "other-%d", turn);
    snprintf(path, sizeof path, "%s/%s", scene->owned, name);
    char secret[700];
    snprintf(secret, sizeof secret, "%s/secret", scene->outside);
    switch (turn % 4) {
    case 0: if (symlink(secret, path) != 0) fail("symlink", path); break;
    case 1: if (link(secret, path) != 0) fail("link", path); break;
    case 2: if (mkfifo(path, 0666) != 0) fail("mkfifo", path); break;
    default: {
        snprintf(secret, sizeof secret, "%s/new", scene->outside);
        if (symlink(secret, path) != 0) fail("symlink", path);
    }
    }
    (void)!(turn % 4 == 1 ? 0 : lchown(path, owner_id, owner_id));
}

int brute(struct scene *scene, char **arguments, int seconds) {
    const double deadline = now() + seconds;
    int runs = 0, count = 0;
    srand((unsigned)time(NULL));
    while (now() < deadline && count == 0) {
        int turn = runs++;
        scene_restore(scene);
        scene_hold(scene);
        char other[64], evil[700];
        make_other(scene, turn, other, sizeof other);
        snprintf(evil, sizeof evil, "%s/other-log", scene->owned);
        if (symlink(scene->outside, evil) != 0) fail("symlink", evil);
        pid_t watcher = watch(scene), racers[2];
        const char *const names[] = {"log/a.log", "log/a.log.1.gz", "log/a.log.1", "log/a.log.2.gz"};
        racers[0] = exchange(scene, names[turn / 4 % 4], other);
        racers[1] = turn % 3 == 0 ? exchange(scene, "log", "other-log") : -1;
        char about[128];
        snprintf(about, sizeof about, "run %d against %s and other-%d", runs, names[turn / 4 % 4], turn % 4);
        int status = 0;
        for (int repeat = 0; repeat < 4 && status != -1; repeat++) {
            status = run_plainly(scene, arguments);
            if (status == -1 || WIFSIGNALED(status)) {
                printf("%s: ended with %d\n", about, status);
                count++;
            }
        }
        end(racers[0]);
        end(racers[1]);
        count += end(watcher);
        scene_let_go(scene);
        count += problems(scene, about);
    }
    printf("brute: %d times 4 runs\n", runs);
    return count;
}
