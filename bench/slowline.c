// A slow line in user space, for kernels without netem: a TCP proxy on loopback with a round trip time, a rate for each
// connection and a rate for all of them together. Usage: see bench/slowline, which compiles and runs this.
//
// What it models: every byte takes half a round trip in either direction; a new connection takes one round trip before its
// first request leaves (SYN, SYN-ACK); bytes towards the client leave at the connection's rate and at the line's rate,
// whichever is less, and connections take turns. Requests (towards the server) are delayed, not limited: they are small.
// What it does not: packet loss and TCP's slow start; a connection may send FIRST_BURST_MS of its rate at once.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST_CONNECTIONS = 512,
    RING = 512 << 10,     // bytes under way in one direction of one connection
    CHUNKS = 2048,        // of them, how many with different times of arrival
    TURN = 4096,          // bytes a connection may send before the next has its turn
    FIRST_BURST_MS = 20,  // 14 KB at 700 KB/s: about TCP's initial window
    LINE_BURST_MS = 50,   // what a late wake-up of this process may catch up
};

typedef struct { double arrives; size_t bytes; } Chunk;

typedef struct {
    int from, to;
    bool readable, ended, end_delivered;
    double arrival_of_end;
    unsigned char *ring;
    size_t head, used;
    Chunk chunks[CHUNKS];
    size_t first_chunk, chunk_count;
} Flow;

typedef struct { double opened, credit; bool broken; Flow up, down; } Connection;

static Connection *connections[MOST_CONNECTIONS];
static int connection_count, turn, epoll, listener;
static struct sockaddr_in server;
static double round_trip = 0.040, connection_rate = 700e3, line_rate = 12.5e6, line_credit, last_tick;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void die(const char *what) {
    fprintf(stderr, "slowline: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void watch(int socket, void *flow) {
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = flow };
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event)) die("epoll_ctl");
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
}

static void set_up(Flow *flow, int from, int to) {
    flow->from = from;
    flow->to = to;
    if (!(flow->ring = malloc(RING))) die("memory");
    watch(from, flow);
}

static void accept_all(double t) {
    for (;;) {
        int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) return;
        int upstream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connection_count == MOST_CONNECTIONS || upstream < 0
            || connect(upstream, (struct sockaddr *)&server, sizeof server)) {
            close(client);
            if (upstream >= 0) close(upstream);
            continue;
        }
        fcntl(upstream, F_SETFL, O_NONBLOCK);
        Connection *connection = calloc(1, sizeof *connection);
        if (!connection) die("memory");
        connection->opened = t;
        connection->credit = connection_rate * FIRST_BURST_MS / 1000;
        set_up(&connection->up, client, upstream);
        set_up(&connection->down, upstream, client);
        connections[connection_count++] = connection;
    }
}

// Takes up to `most` bytes from the sender. Returns how many.
static size_t take(Connection *connection, Flow *flow, size_t most, double leaves) {
    if (!flow->readable || flow->ended || flow->chunk_count == CHUNKS) return 0;
    size_t tail = (flow->head + flow->used) % RING;
    size_t room = tail < flow->head || flow->used == RING ? RING - flow->used : RING - tail;
    if (most > room) most = room;
    if (most == 0) return 0;
    ssize_t got = read(flow->from, flow->ring + tail, most);
    if (got < 0) {
        if (errno == EAGAIN) flow->readable = false;
        else if (errno != EINTR) connection->broken = true;
        return 0;
    }
    double arrives = leaves + round_trip / 2;
    if (got == 0) {
        flow->ended = true;
        flow->readable = false;
        flow->arrival_of_end = arrives;
        return 0;
    }
    flow->used += got;
    Chunk *last = &flow->chunks[(flow->first_chunk + flow->chunk_count + CHUNKS - 1) % CHUNKS];
    if (flow->chunk_count && last->arrives == arrives) last->bytes += got;
    else flow->chunks[(flow->first_chunk + flow->chunk_count++) % CHUNKS] = (Chunk){ arrives, got };
    return got;
}

// Hands over what has arrived by now.
static void deliver(Connection *connection, Flow *flow, double t) {
    while (flow->chunk_count && flow->chunks[flow->first_chunk].arrives <= t) {
        Chunk *chunk = &flow->chunks[flow->first_chunk];
        size_t most = chunk->bytes < RING - flow->head ? chunk->bytes : RING - flow->head;
        ssize_t sent = send(flow->to, flow->ring + flow->head, most, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN && errno != EINTR) connection->broken = true;
            return;
        }
        flow->head = (flow->head + sent) % RING;
        flow->used -= sent;
        if ((chunk->bytes -= sent) > 0) continue;
        flow->first_chunk = (flow->first_chunk + 1) % CHUNKS;
        flow->chunk_count--;
    }
    if (flow->ended && !flow->end_delivered && !flow->chunk_count && flow->arrival_of_end <= t) {
        shutdown(flow->to, SHUT_WR);
        flow->end_delivered = true;
    }
}

static void share_line(double t) {
    double passed = t - last_tick, most = line_rate * LINE_BURST_MS / 1000;
    last_tick = t;
    line_credit += passed * line_rate;
    if (line_credit > most) line_credit = most;
    for (int i = 0; i < connection_count; i++) {
        double cap = connection_rate * FIRST_BURST_MS / 1000;
        connections[i]->credit += passed * connection_rate;
        if (connections[i]->credit > cap) connections[i]->credit = cap;
    }
    for (int idle = 0; idle < connection_count && line_credit >= 1; turn++) {
        Connection *connection = connections[turn % connection_count];
        double may = connection->credit < line_credit ? connection->credit : line_credit;
        size_t got = may < 1 ? 0 : take(connection, &connection->down, may < TURN ? (size_t)may : TURN, t);
        connection->credit -= got;
        line_credit -= got;
        idle = got ? 0 : idle + 1;
    }
    if (connection_count) turn %= connection_count;
}

static void drop(int index) {
    Connection *connection = connections[index];
    close(connection->up.from);
    close(connection->down.from);
    free(connection->up.ring);
    free(connection->down.ring);
    free(connection);
    connections[index] = connections[--connection_count];
}

// Moves everything that can move now. Returns whether something is under way.
static bool tick(double t) {
    bool busy = false;
    share_line(t);
    for (int i = connection_count - 1; i >= 0; i--) {
        Connection *connection = connections[i];
        double established = connection->opened + round_trip;
        while (take(connection, &connection->up, RING, t > established ? t : established)) {}
        deliver(connection, &connection->up, t);
        deliver(connection, &connection->down, t);
        busy |= connection->up.used || connection->down.used || connection->down.readable
            || connection->up.ended != connection->up.end_delivered || connection->down.ended != connection->down.end_delivered;
        if (connection->broken || (connection->up.end_delivered && connection->down.end_delivered)) drop(i);
    }
    return busy;
}

static int listen_on(int port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 512)) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    struct epoll_event event = { .events = EPOLLIN };
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event)) die("epoll_ctl");
    return ntohs(address.sin_port);
}

int main(int count, char **arguments) {
    int port = 0, target = 0;
    for (int i = 1; i + 1 < count; i += 2) {
        double value = atof(arguments[i + 1]);
        if (!strcmp(arguments[i], "--port")) port = (int)value;
        else if (!strcmp(arguments[i], "--to")) target = (int)value;
        else if (!strcmp(arguments[i], "--round-trip-ms")) round_trip = value / 1000;
        else if (!strcmp(arguments[i], "--connection-rate")) connection_rate = value;
        else if (!strcmp(arguments[i], "--line-rate")) line_rate = value;
        else target = 0, i = count;
    }
    if (target <= 0 || count % 2 == 0 || connection_rate < 1 || line_rate < 1) {
        fprintf(stderr, "slowline: wrong options; see bench/slowline --help\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    // A line does not wait for a processor.
    setpriority(PRIO_PROCESS, 0, -10);
    server = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(target), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    epoll = epoll_create1(EPOLL_CLOEXEC);
    printf("ready %d\n", listen_on(port));
    fflush(stdout);

    bool busy = false;
    last_tick = now();
    for (;;) {
        struct epoll_event events[128];
        int got = epoll_wait(epoll, events, 128, busy ? 1 : -1);
        bool arrivals = false;
        for (int i = 0; i < got; i++) {
            if (events[i].data.ptr) ((Flow *)events[i].data.ptr)->readable = true;
            else arrivals = true;
        }
        double t = now();
        if (arrivals) accept_all(t);
        busy = tick(t);
    }
}
