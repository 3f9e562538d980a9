// Somebody who owns a log directory, against runs of root's in it. As root, for tests:
//
//   Racer PLACE [OPTION...] -- PROGRAM ARGUMENT...
//
// PLACE has `template`, which becomes `work` before each run: in it `svc`, which is the owner's, and `svc/log` with `a.log`;
// and `outside`, with `secret`, which is root's. The program is run with each swap before each of its calls that has to do
// with `svc`, and once more without. Ends with 1 where anything outside was changed, or came in, or could be read.
#define _GNU_SOURCE
#include "racer.h"

#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { problem_limit = 10 };

struct options {
    int step, first, seconds, earlier_runs;
    long kill_before;
    bool peeps;
};

// Everything before the run that is attacked; it ends as the scene wants it.
static void prepare(struct scene *scene, const struct options *options, char **arguments) {
    scene_let_go(scene);
    scene_restore(scene);
    scene_hold(scene);
    for (int run = 0; run < options->earlier_runs; run++) run_plainly(scene, arguments);
    if (options->kill_before >= 0) trace_run(scene, arguments, NULL, options->kill_before, false);
}

static int attack(struct scene *scene, const struct options *options, char **arguments, const struct swap *swap,
                  bool *reached, bool *applied) {
    prepare(scene, options, arguments);
    struct traced run = trace_run(scene, arguments, swap, -1, false);
    // A deleted file is there as long as somebody holds it.
    if (!scene->is_deleted) scene_let_go(scene);
    *reached = run.calls >= swap->call;
    *applied = run.applied;
    if (!run.applied) return 0;
    char about[1600];
    snprintf(about, sizeof about, "%s becomes a %s before call %d (%s)%s", target_names[swap->target],
             kind_names[swap->kind], swap->call, run.call, swap->goes_back ? ", and is back then" : "");
    int count = 0;
    if (run.hung) {
        printf("%s: hangs\n", about);
        count++;
    } else if (WIFSIGNALED(run.status)) {
        printf("%s: ended by signal %d\n", about, WTERMSIG(run.status));
        count++;
    }
    count += problems(scene, about);
    // What the run remembers may lead the next one astray.
    int status = run_plainly(scene, arguments);
    if (status == -1 || WIFSIGNALED(status)) {
        printf("%s: the next run ended with %d\n", about, status);
        count++;
    }
    return count + problems(scene, about);
}

static int sweep(struct scene *scene, const struct options *options, char **arguments) {
    int count = 0, attacks = 0, place = options->first;
    prepare(scene, options, arguments);
    struct traced plain = trace_run(scene, arguments, NULL, -1, options->peeps);
    scene_let_go(scene);
    if (plain.hung || WIFSIGNALED(plain.status) || plain.calls < 5) {
        printf("without an attack: %d calls, status %d\n", plain.calls, plain.status);
        return 1;
    }
    count += plain.peeped;
    for (int call = 1; call <= plain.calls; call++) {
        for (int target = 0; target < targets; target++) {
            for (int kind = 0; kind < kinds; kind++) {
                if (!swap_exists(scene, target, kind)) continue;
                for (int back = 0; back < 2; back++) {
                    if (place++ % options->step != 0) continue;
                    struct swap swap = {kind, target, call, back};
                    bool reached, applied;
                    count += attack(scene, options, arguments, &swap, &reached, &applied);
                    attacks += applied;
                    if (count >= problem_limit) goto enough;
                }
            }
        }
    }
enough:
    printf("%d calls, %d attacks\n", plain.calls, attacks);
    return count;
}

int main(int count, char **words) {
    if (count < 2) return 64;
    struct scene scene;
    struct options options = {.step = 1, .kill_before = -1};
    scene_open(&scene, words[1]);
    int index = 2;
    for (; index < count && strcmp(words[index], "--"); index++) {
        const char *word = words[index], *value = index + 1 < count ? words[index + 1] : "";
        if (!strcmp(word, "--peeps")) {
            options.peeps = true;
            continue;
        }
        if (!strcmp(word, "--deleted")) {
            scene.is_deleted = true;
            continue;
        }
        index++;
        if (!strcmp(word, "--step")) options.step = atoi(value) > 0 ? atoi(value) : 1;
        else if (!strcmp(word, "--first")) options.first = atoi(value);
        else if (!strcmp(word, "--limit")) limit_seconds = atoi(value);
        else if (!strcmp(word, "--brute")) options.seconds = atoi(value);
        else if (!strcmp(word, "--earlier-runs")) options.earlier_runs = atoi(value);
        else if (!strcmp(word, "--held")) scene.held = value;
        else if (!strcmp(word, "--umask")) scene.umask = (mode_t)strtol(value, NULL, 8);
        else if (!strcmp(word, "--killed")) options.kill_before = !strcmp(value, "fallocate") ? SYS_fallocate : SYS_linkat;
        else return 64;
    }
    if (index + 1 >= count) return 64;
    // Whoever started this may have left signals blocked, SIGALRM and what a shell waits for among them.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    // Whoever peeps is in no group of root's.
    if (setgroups(0, NULL) != 0) return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    char **arguments = words + index + 1;
    int wrong = options.seconds > 0 ? brute(&scene, arguments, options.seconds) : sweep(&scene, &options, arguments);
    return wrong ? 1 : 0;
}
