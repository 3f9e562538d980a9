// Somebody who owns a log directory, against a run of root's in it.
#ifndef RACER_H
#define RACER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Whoever owns the log directory, somebody else who may only look into it, and whose file lies there too.
enum { owner_id = 65534, peeper_id = 65533 };

// What a file outside has in it, and a file of root's inside: neither is ever in a file that is read by more people.
extern const char *const outside_marker;
extern const char *const inside_marker;

// The places, below the one that was named.
struct scene {
    char place[512];
    char template[600];
    char work[600];
    char outside[600];
    char owned[600];      // The owner's directory: whatever is below it is his to change.
    char logs[600];
    const char *held;     // How the log is held: letters of a (appends), w (writes), r (reads).
    int holders[8];
    int holder_count;
    bool is_deleted;      // The log is removed while it is held: that is what the run is about.
    int bystander;        // A deleted file outside that is only written to, and no business of the run's.
    char *before;         // What the tree outside looked like.
    mode_t umask;
};

// What takes the place of a name.
enum kind { link_to_file, link_to_nothing, hard_link, fifo, device, foreign_file, directory, link_to_directory, kinds };
// Which name is taken.
// What takes the place of the last, as a process's descriptor: root's file to be written to or also read, a closed one, a
// FIFO, a device, another deleted file, a directory.
enum target { named, the_log, an_archive, the_directory, the_descriptor, targets };

struct swap {
    enum kind kind;
    enum target target;
    int call;       // Before which call, from 1.
    bool goes_back; // Before the call after that everything is as it was.
};

extern const char *const kind_names[];
extern const char *const target_names[];

// scene.c
void scene_open(struct scene *scene, const char *place);
void scene_restore(struct scene *scene);
void scene_hold(struct scene *scene);
void scene_let_go(struct scene *scene);
void fail(const char *what, const char *about) __attribute__((noreturn));

// swap.c
struct swapped {
    char path[1200];
    char aside[1300];
    bool was_there;
    bool is_done;
    int number;   // Of the descriptor that something else took the place of.
    int sent[2];  // The socket that it is in meanwhile, where /proc does not show it; or -1.
};
// Whether there is such a swap.
bool swap_exists(const struct scene *scene, enum target target, enum kind kind);
bool swap_do(const struct scene *scene, const struct swap *swap, const char *named_path, struct swapped *swapped);
void swap_undo(struct swapped *swapped);
// It stays as it is.
void swap_keep(struct swapped *swapped);

// trace.c
struct traced {
    int calls;    // How many calls there were that a swap can come before.
    int status;   // As of waitpid(2).
    bool hung;
    int peeped;   // How often somebody else could read what only its owner may.
    bool applied;
    char call[1400]; // The one that the swap came before.
};
// How long a run may take.
extern int limit_seconds;
// Runs a program. `swap` may be NULL; `kill_before` is the number of a system call that it is killed before, or -1.
struct traced trace_run(const struct scene *scene, char **arguments, const struct swap *swap, long kill_before, bool peeps);
int run_plainly(const struct scene *scene, char **arguments);

// oracle.c
// Everything about a tree that a change would show in.
char *tree_snapshot(const char *path);
// Prints what is wrong, and returns how much that is.
int problems(const struct scene *scene, const char *about);
// Whether somebody else can read in the log directory what only its owner may.
int peep(const struct scene *scene, const char *about);

// brute.c
int brute(struct scene *scene, char **arguments, int seconds);

#endif
