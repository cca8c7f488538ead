// Reads files as a training program does, without decoding: open, read to the end, close. Prints one JSON object.
//
//   reader ROOT LIST [--readers N] [--processes] [--seconds S] [--stat] [--first-byte]
//
//   LIST         lines "SIZE PATH", PATH relative to ROOT, in the order in which they are to be read
//   --readers    how many read at a time (default 1); each takes the next path of the one list
//   --processes  each reader is a process, not a thread
//   --seconds    whole passes over the list until this time is over (default 0: one pass)
//   --stat       only stat
//   --first-byte the first read asks for one byte: "first_byte_p50" is told only with it, since a large read returns late
//
// A file that cannot be read, or has another size than the list says, ends the run with exit code 1: no figure comes
// from a reader that did not get its bytes. Sizes are compared with the bytes that arrived, never with stat.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_READERS = 256, BUFFER = 1 << 20, SUB_BITS = 6, BUCKETS = 64 << SUB_BITS };

// Nanoseconds by powers of two, each cut into 64: a percentile is right within 1.6 %.
typedef struct { unsigned counts[BUCKETS]; unsigned long long longest; } Histogram;

typedef struct { unsigned long long files, bytes; double end; Histogram whole, first; } Tally;

// Shared by all readers, which may be processes.
typedef struct {
    atomic_ullong next, stop_at;
    atomic_int failed;
    pthread_barrier_t start;
    double started;
    Tally tallies[MOST_READERS];
} Shared;

typedef struct { long long size; char *path; } Entry;

static Entry *entries;
static size_t entry_count;
static Shared *shared;
static double least_seconds;
static bool only_stat, first_byte;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void die(const char *what) {
    fprintf(stderr, "reader: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void load_list(const char *root, const char *file) {
    FILE *list = fopen(file, "r");
    if (!list) die(file);
    char *line = NULL;
    size_t room = 0, capacity = 0;
    for (ssize_t length; (length = getline(&line, &room, list)) > 0;) {
        if (line[length - 1] == '\n') line[--length] = 0;
        char *blank;
        long long size = strtoll(line, &blank, 10);
        if (*blank != ' ') { errno = EINVAL; die(file); }
        if (entry_count == capacity) entries = realloc(entries, (capacity = capacity * 2 + 1024) * sizeof *entries);
        Entry *entry = &entries[entry_count++];
        entry->size = size;
        if (asprintf(&entry->path, "%s/%s", root, blank + 1) < 0) die("memory");
    }
    fclose(list);
    free(line);
    if (!entry_count) { errno = EINVAL; die(file); }
}

static void note(Histogram *histogram, double seconds) {
    unsigned long long ns = seconds < 0 ? 0 : (unsigned long long)(seconds * 1e9);
    if (ns > histogram->longest) histogram->longest = ns;
    int exponent = ns ? 63 - __builtin_clzll(ns) : 0;
    int sub = exponent >= SUB_BITS ? (int)(ns >> (exponent - SUB_BITS)) & ((1 << SUB_BITS) - 1) : 0;
    histogram->counts[(exponent << SUB_BITS) | sub]++;
}

static bool read_one(const Entry *entry, char *buffer, Tally *tally) {
    double opened = now();
    if (only_stat) {
        struct stat status;
        if (stat(entry->path, &status)) return false;
        note(&tally->whole, now() - opened);
        return true;
    }
    int file = open(entry->path, O_RDONLY);
    if (file < 0) return false;
    long long total = 0;
    for (ssize_t got; (got = read(file, buffer, first_byte && total == 0 ? 1 : BUFFER)) != 0; total += got) {
        if (got < 0) { close(file); return false; }
        if (first_byte && total == 0) note(&tally->first, now() - opened);
    }
    close(file);
    note(&tally->whole, now() - opened);
    tally->bytes += total;
    if (total != entry->size) { errno = EBADMSG; return false; }
    return true;
}

static void *run_reader(void *argument) {
    Tally *tally = argument;
    char *buffer = malloc(BUFFER);
    memset(buffer, 0, BUFFER);
    if (pthread_barrier_wait(&shared->start) == PTHREAD_BARRIER_SERIAL_THREAD) shared->started = now();
    pthread_barrier_wait(&shared->start);
    while (!atomic_load(&shared->failed)) {
        unsigned long long index = atomic_fetch_add(&shared->next, 1);
        // Whoever comes to the end of a pass decides whether there is another.
        if (index && index % entry_count == 0 && now() - shared->started >= least_seconds) {
            atomic_store(&shared->stop_at, index);
        }
        if (index >= atomic_load(&shared->stop_at)) break;
        if (!read_one(&entries[index % entry_count], buffer, tally)) {
            // Not which file: names of a real data set belong in no log.
            fprintf(stderr, "reader: file %llu of the list: %s\n", index % entry_count, strerror(errno));
            atomic_store(&shared->failed, 1);
            break;
        }
        tally->files++;
    }
    tally->end = now();
    free(buffer);
    return NULL;
}

static double percentile(const Histogram *sum, double share) {
    unsigned long long all = 0, seen = 0;
    for (int i = 0; i < BUCKETS; i++) all += sum->counts[i];
    for (int i = 0; i < BUCKETS; i++) {
        seen += sum->counts[i];
        if (seen && seen >= share * all) {
            int exponent = i >> SUB_BITS, sub = i & ((1 << SUB_BITS) - 1);
            double base = (double)(1ull << exponent);
            return exponent >= SUB_BITS ? (base + sub * base / (1 << SUB_BITS)) * 1e-9 : base * 1e-9;
        }
    }
    return 0;
}

static void add(Histogram *sum, const Histogram *part) {
    for (int i = 0; i < BUCKETS; i++) sum->counts[i] += part->counts[i];
    if (part->longest > sum->longest) sum->longest = part->longest;
}

static void print_result(int readers) {
    static Tally sum;
    for (int i = 0; i < readers; i++) {
        Tally *tally = &shared->tallies[i];
        sum.files += tally->files;
        sum.bytes += tally->bytes;
        if (tally->end > sum.end) sum.end = tally->end;
        add(&sum.whole, &tally->whole);
        add(&sum.first, &tally->first);
    }
    printf("{\"files\": %llu, \"bytes\": %llu, \"seconds\": %.6f, \"p50\": %.9f, \"p99\": %.9f, \"longest\": %.9f, \"first_byte_p50\": %.9f}\n",
           sum.files, sum.bytes, sum.end - shared->started, percentile(&sum.whole, 0.5), percentile(&sum.whole, 0.99),
           sum.whole.longest * 1e-9, percentile(&sum.first, 0.5));
}

int main(int count, char **arguments) {
    int readers = 1;
    bool processes = false;
    for (int i = 3; i < count; i++) {
        if (!strcmp(arguments[i], "--processes")) processes = true;
        else if (!strcmp(arguments[i], "--stat")) only_stat = true;
        else if (!strcmp(arguments[i], "--first-byte")) first_byte = true;
        else if (!strcmp(arguments[i], "--readers") && i + 1 < count) readers = atoi(arguments[++i]);
        else if (!strcmp(arguments[i], "--seconds") && i + 1 < count) least_seconds = atof(arguments[++i]);
        else count = 0;
    }
    if (count < 3 || readers < 1 || readers > MOST_READERS) {
        fprintf(stderr, "usage: reader ROOT LIST [--readers 1..%d] [--processes] [--seconds S] [--stat] [--first-byte]\n", MOST_READERS);
        return 2;
    }
    load_list(arguments[1], arguments[2]);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) die("memory");
    atomic_store(&shared->stop_at, ~0ull);
    pthread_barrierattr_t between;
    pthread_barrierattr_init(&between);
    pthread_barrierattr_setpshared(&between, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&shared->start, &between, readers);

    pthread_t threads[MOST_READERS];
    for (int i = 0; i < readers; i++) {
        if (!processes) {
            if (pthread_create(&threads[i], NULL, run_reader, &shared->tallies[i])) die("thread");
            continue;
        }
        pid_t child = fork();
        if (child < 0) die("fork");
        if (child == 0) {
            run_reader(&shared->tallies[i]);
            _exit(0);
        }
    }
    for (int i = 0; i < readers; i++) {
        int status = 0;
        if (!processes) pthread_join(threads[i], NULL);
        else if (wait(&status) < 0 || status) atomic_store(&shared->failed, 1);
    }
    if (atomic_load(&shared->failed)) return 1;
    print_result(readers);
    return 0;
}
