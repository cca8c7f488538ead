// The floor of `find` over a catalogue: a mount that knows all names beforehand, answers READDIRPLUS and LOOKUP from arrays, lets the kernel
// keep everything, and does nothing else. It shows what round trips and the kernel's own work cost, and is no use otherwise.
//
//   findfloor MOUNTPOINT LIST [CPU]     LIST: one path a line, sorted by directory, as IMAGE_FILENAMES is; CPU: serve on that processor only
#define FUSE_USE_VERSION 312
#define _GNU_SOURCE
#include <errno.h>
#include <fuse_lowlevel.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Children of a node form a list in the order of the file; a node's number is its place, plus one.
typedef struct { char *name; int parent, first, last, next; char folder; } Node;
static Node *nodes; static int count;
static __thread char *answer; static __thread size_t room;

static int add(int parent, const char *name, int folder) {
    if (count % 65536 == 0) nodes = realloc(nodes, (count + 65536) * sizeof *nodes);
    nodes[count] = (Node){strdup(name), parent, -1, -1, -1, folder};
    if (parent >= 0) {
        Node *p = &nodes[parent];
        if (p->last >= 0) nodes[p->last].next = count; else p->first = count;
        p->last = count;
    }
    return count++;
}
static void read_list(const char *path) {
    FILE *list = fopen(path, "r"); char line[4096];
    if (!list) { perror(path); exit(1); }
    add(-1, "", 1);
    while (fgets(line, sizeof line, list)) {
        line[strcspn(line, "\n")] = 0;
        int at = 0;
        for (char *name = line, *slash; name; name = slash ? slash + 1 : NULL) {
            if ((slash = strchr(name, '/'))) *slash = 0;
            int last = nodes[at].last; // sorted, so that a folder that is there already is the last one
            at = slash && last >= 0 && !strcmp(nodes[last].name, name) ? last : add(at, name, slash != NULL);
        }
    }
    fclose(list);
}

static struct fuse_entry_param entry(int n) {
    struct fuse_entry_param e = {.ino = n + 1, .attr_timeout = 1e6, .entry_timeout = 1e6};
    e.attr = (struct stat){.st_ino = n + 1, .st_nlink = 1, .st_mode = nodes[n].folder ? S_IFDIR | 0555 : S_IFREG | 0444, .st_blksize = 4096};
    return e;
}
static void init_(void *data, struct fuse_conn_info *c) { c->want |= FUSE_CAP_READDIRPLUS; c->want &= ~FUSE_CAP_READDIRPLUS_AUTO; }
static void getattr_(fuse_req_t r, fuse_ino_t i, struct fuse_file_info *fi) { struct stat s = entry(i - 1).attr; fuse_reply_attr(r, &s, 1e6); }
static void lookup(fuse_req_t r, fuse_ino_t parent, const char *name) {
    for (int n = nodes[parent - 1].first; n >= 0; n = nodes[n].next)
        if (!strcmp(nodes[n].name, name)) { struct fuse_entry_param e = entry(n); fuse_reply_entry(r, &e); return; }
    fuse_reply_err(r, ENOENT);
}
static void opendir_(fuse_req_t r, fuse_ino_t i, struct fuse_file_info *fi) { fuse_reply_err(r, ENOSYS); } // the kernel then asks no more
// A position is the number of the child to go on with, plus one; the end is past all.
static void readdirplus(fuse_req_t r, fuse_ino_t i, size_t size, off_t at, struct fuse_file_info *fi) {
    if (room < size) answer = realloc(answer, room = size);
    size_t used = 0;
    for (int n = at == 0 ? nodes[i - 1].first : at > count ? -1 : at - 1; n >= 0; n = nodes[n].next) {
        struct fuse_entry_param e = entry(n);
        size_t took = fuse_add_direntry_plus(r, answer + used, size - used, nodes[n].name, &e, nodes[n].next >= 0 ? nodes[n].next + 1 : count + 1);
        if (took > size - used) break;
        used += took;
    }
    fuse_reply_buf(r, answer, used);
}
static void forget_(fuse_req_t r, fuse_ino_t i, uint64_t n) { fuse_reply_none(r); }
static const struct fuse_lowlevel_ops ops = {.init = init_, .lookup = lookup, .getattr = getattr_, .opendir = opendir_, .readdirplus = readdirplus, .forget = forget_};

int main(int n, char **a) {
    if (n < 3) return 2;
    read_list(a[2]);
    if (n > 3) { cpu_set_t one; CPU_ZERO(&one); CPU_SET(atoi(a[3]), &one); sched_setaffinity(0, sizeof one, &one); }
    struct fuse_args args = FUSE_ARGS_INIT(3, ((char *[]){a[0], "-oro", "-ofsname=floor"}));
    struct fuse_session *s = fuse_session_new(&args, &ops, sizeof ops, NULL);
    return !s || fuse_session_mount(s, a[1]) ? 1 : fuse_session_loop(s);
}
