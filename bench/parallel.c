// A transfer, or one end of it alone, as lean as it gets: plain HTTP/1.1 GETs and PUTs over kept connections. Prints one JSON object.
//
//   parallel get PORT LIST [--connections N]        bodies are received and dropped
//   parallel put PORT LIST [--connections N]        bodies are sent from memory
//   parallel move PORT:PORT LIST [--connections N]  each is received whole from the first, hashed (SHA-256), and sent to the second
//
//   PORT  of a server on 127.0.0.1
//   LIST  lines "SIZE TARGET", for move "SIZE TARGET TARGET": the length of the body, and the requests' targets as they are sent
//
// Any answer but 200, and a body of another length than the list says, ends the run with exit code 1.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 256 << 10, HEAD = 16 << 10 };

typedef struct { long long size; char *from, *to; } Entry;

static Entry *entries;
static size_t entry_count;
static long long most;
static atomic_size_t next_entry;
static atomic_llong bytes;
static int from_port, to_port; // 0 for none
static char *body;

static void die(const char *what) {
    fprintf(stderr, "parallel: %s\n", what);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static int dial(int port) {
    if (!port) return -1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0 || connect(s, (struct sockaddr *)&address, sizeof address)) die(strerror(errno));
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return s;
}

static void send_all(int s, const char *from, long long count) {
    while (count > 0) {
        ssize_t n = send(s, from, count, MSG_NOSIGNAL);
        if (n <= 0) die("the server closed the connection");
        from += n;
        count -= n;
    }
}

// Receives one answer. Fills *length with its Content-Length; returns how many bytes of the body came along with the head.
static long long receive_head(int s, char *head, long long *length) {
    size_t used = 0;
    for (char *end;;) {
        ssize_t n = recv(s, head + used, HEAD - 1 - used, 0);
        if (n <= 0) die("no answer");
        used += n;
        head[used] = 0;
        if ((end = strstr(head, "\r\n\r\n"))) {
            if (strncmp(head, "HTTP/1.1 200", 12)) die(head);
            char *field = strcasestr(head, "\r\nContent-Length:");
            *length = field && field < end ? atoll(field + 17) : 0;
            return used - (end + 4 - head);
        }
        if (used == HEAD - 1) die("an answer without an end of its head");
    }
}

static void get(int s, const Entry *e, char *into, size_t room, EVP_MD_CTX *hash) {
    char head[HEAD];
    int n = snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", e->from, from_port);
    send_all(s, head, n);
    long long length, received = receive_head(s, head, &length);
    if (length != e->size) die("a body of another length than the list says");
    if (hash) {
        memcpy(into, strstr(head, "\r\n\r\n") + 4, received);
        EVP_DigestUpdate(hash, into, received);
    }
    while (received < length) {
        char *at = hash ? into + received : into;
        long long rest = length - received;
        ssize_t got = recv(s, at, rest < (long long)room ? rest : (long long)room, 0);
        if (got <= 0) die("a body broke off");
        if (hash) EVP_DigestUpdate(hash, at, got);
        received += got;
    }
}

static void put(int s, const Entry *e, const char *bytes) {
    char head[HEAD];
    int n = snprintf(head, sizeof head, "PUT %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %lld\r\n\r\n", e->to, to_port, e->size);
    send_all(s, head, n);
    send_all(s, bytes, e->size);
    long long length, received = receive_head(s, head, &length);
    for (; received < length; received += n) {
        if ((n = recv(s, head, sizeof head, 0)) <= 0) die("an answer broke off");
    }
}

static void *work(void *unused) {
    bool moves = from_port && to_port;
    char *buffer = malloc(moves ? most : BUFFER);
    EVP_MD_CTX *hash = moves ? EVP_MD_CTX_new() : NULL;
    int from = dial(from_port), to = dial(to_port);
    for (size_t i; (i = atomic_fetch_add(&next_entry, 1)) < entry_count;) {
        const Entry *e = &entries[i];
        unsigned char sha256[32];
        if (hash) EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
        if (from_port) get(from, e, buffer, BUFFER, hash);
        if (hash) EVP_DigestFinal_ex(hash, sha256, NULL);
        if (to_port) put(to, e, moves ? buffer : body);
        atomic_fetch_add(&bytes, e->size);
    }
    close(from);
    close(to);
    EVP_MD_CTX_free(hash);
    free(buffer);
    return unused;
}

static void read_list(const char *file) {
    FILE *f = fopen(file, "r");
    if (!f) die(strerror(errno));
    size_t room = 0, line_room = 0;
    char *line = NULL;
    while (getline(&line, &line_room, f) > 0) {
        if (entry_count == room && !(entries = realloc(entries, (room = room ? room * 2 : 1024) * sizeof *entries))) die("no memory");
        char *target;
        long long size = strtoll(line, &target, 10);
        target[strcspn(target, "\n")] = 0;
        char *first = strdup(target + 1), *second = strchr(first, ' ');
        if (second) *second++ = 0;
        else second = first;
        entries[entry_count++] = (Entry){size, first, second};
        if (size > most) most = size;
    }
    fclose(f);
}

int main(int argc, char **argv) {
    int connections = argc == 6 && !strcmp(argv[4], "--connections") ? atoi(argv[5]) : 16;
    if (argc < 4) die("parallel get PORT LIST | put PORT LIST | move PORT:PORT LIST [--connections N]");
    const char *second = strchr(argv[2], ':');
    if (strcmp(argv[1], "put")) from_port = atoi(argv[2]);
    if (!strcmp(argv[1], "put")) to_port = atoi(argv[2]);
    else if (!strcmp(argv[1], "move") && second) to_port = atoi(second + 1);
    else if (strcmp(argv[1], "get")) die("get, put, or move PORT:PORT");
    read_list(argv[3]);
    body = malloc(most + 1);
    for (long long i = 0; i < most; i++) body[i] = random();
    pthread_t threads[256];
    if (connections < 1 || connections > 256) die("--connections is 1 to 256");
    double start = now();
    for (int i = 0; i < connections; i++) pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < connections; i++) pthread_join(threads[i], NULL);
    printf("{\"files\": %zu, \"bytes\": %lld, \"seconds\": %.6f}\n", entry_count, atomic_load(&bytes), now() - start);
    return 0;
}
