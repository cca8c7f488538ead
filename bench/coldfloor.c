// The floor of a cold read: the least that a mount can do which fetches over HTTP, hashes (SHA-256), keeps a copy and answers from that.
// Nothing is checked, tried again, bounded, stored or remembered: it shows what a machine can do, and is no use otherwise.
//
//   coldfloor MOUNTPOINT LIST HOST PORT PREFIX FOLDER      LIST as bench/reader.c takes it: lines "SIZE PATH"
//
// The files appear flat, named by their line: 0, 1, 2, ... The first read of one fetches it whole; each thread keeps a connection.
#define FUSE_USE_VERSION 312
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 512 << 10, MOST = 1 << 20 };
typedef struct { char *path; off_t size; int fd; pthread_mutex_t lock; } File;
static File *files; static int count;
static struct sockaddr_in server; static const char *host, *prefix, *spool;
static __thread int connection; static __thread char *buffer; static __thread char *answer;

static void die(const char *what) { perror(what); exit(1); }

static void fetch(File *f, int number) {
    char name[4096], request[4096];
    snprintf(name, sizeof name, "%s/%d", spool, number);
    int fd = open(name, O_CREAT | O_RDWR, 0600);
    if (fd < 0) die(name);
    if (!buffer) { buffer = malloc(BUFFER); answer = malloc(MOST); }
    if (!connection) {
        connection = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(connection, (struct sockaddr *)&server, sizeof server)) die("connect");
    }
    int n = snprintf(request, sizeof request, "GET %s/%s HTTP/1.1\r\nHost: %s\r\n\r\n", prefix, f->path, host);
    if (write(connection, request, n) != n) die("request");
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    size_t have = 0; char *body = NULL;
    while (!body) {
        ssize_t got = recv(connection, buffer + have, 8192 - have, 0);
        if (got <= 0) die("head");
        have += got; buffer[have] = 0;
        body = strstr(buffer, "\r\n\r\n");
    }
    if (strncmp(buffer, "HTTP/1.1 200", 12)) { fprintf(stderr, "%.40s\n", buffer); exit(1); }
    have -= body + 4 - buffer; memmove(buffer, body + 4, have);
    for (off_t at = 0; at < f->size;) {
        while (have < BUFFER && at + (off_t)have < f->size) {
            size_t room = BUFFER - have, rest = f->size - at - have;
            ssize_t got = recv(connection, buffer + have, room < rest ? room : rest, 0);
            if (got <= 0) die("body");
            have += got;
        }
        EVP_DigestUpdate(hash, buffer, have);
        if (pwrite(fd, buffer, have, at) != (ssize_t)have) die("pwrite");
        at += have; have = 0;
    }
    unsigned char sum[32]; EVP_DigestFinal_ex(hash, sum, NULL); EVP_MD_CTX_free(hash);
    f->fd = fd;
}

static void attributes(int number, struct stat *s) {
    memset(s, 0, sizeof *s); s->st_ino = number + 2; s->st_nlink = 1; s->st_mode = number < 0 ? S_IFDIR | 0755 : S_IFREG | 0444;
    s->st_size = number < 0 ? 0 : files[number].size;
}
static void lookup(fuse_req_t r, fuse_ino_t parent, const char *name) {
    char *end; long number = strtol(name, &end, 10);
    if (*end || number < 0 || number >= count) { fuse_reply_err(r, ENOENT); return; }
    struct fuse_entry_param e = {.ino = number + 2, .attr_timeout = 1e6, .entry_timeout = 1e6};
    attributes(number, &e.attr); fuse_reply_entry(r, &e);
}
static void getattr_(fuse_req_t r, fuse_ino_t ino, struct fuse_file_info *fi) {
    struct stat s; attributes((int)ino - 2, &s); s.st_ino = ino; fuse_reply_attr(r, &s, 1e6);
}
static void open_(fuse_req_t r, fuse_ino_t ino, struct fuse_file_info *fi) { fi->keep_cache = 1; fuse_reply_open(r, fi); }
static void read_(fuse_req_t r, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi) {
    File *f = &files[ino - 2];
    pthread_mutex_lock(&f->lock);
    if (f->fd < 0) fetch(f, ino - 2);
    pthread_mutex_unlock(&f->lock);
    if (!answer) answer = malloc(MOST);
    ssize_t got = pread(f->fd, answer, size < MOST ? size : MOST, off);
    if (got < 0) fuse_reply_err(r, errno); else fuse_reply_buf(r, answer, got);
}
static void init_(void *data, struct fuse_conn_info *c) { c->max_readahead = MOST; c->want &= ~(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE); }
static const struct fuse_lowlevel_ops ops = {.init = init_, .lookup = lookup, .getattr = getattr_, .open = open_, .read = read_};

int main(int n, char **a) {
    if (n != 7) return 2;
    FILE *list = fopen(a[2], "r"); char path[4096]; long size;
    if (!list) die(a[2]);
    while (fscanf(list, "%ld %4095s", &size, path) == 2) {
        files = realloc(files, (count + 1) * sizeof *files);
        files[count++] = (File){strdup(path), size, -1, PTHREAD_MUTEX_INITIALIZER};
    }
    host = a[3]; prefix = a[5]; spool = a[6];
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(a[4]))}; inet_pton(AF_INET, a[3], &server.sin_addr);
    char *arguments[] = {a[0], "-oro", "-ofsname=floor"};
    struct fuse_args args = FUSE_ARGS_INIT(3, arguments);
    struct fuse_session *s = fuse_session_new(&args, &ops, sizeof ops, NULL);
    if (!s || fuse_session_mount(s, a[1])) return 1;
    struct fuse_loop_config *c = fuse_loop_cfg_create();
    fuse_loop_cfg_set_max_threads(c, 10); fuse_loop_cfg_set_clone_fd(c, 1);
    return fuse_session_loop_mt(s, c);
}
