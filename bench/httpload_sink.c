/* httpload_sink.c - the far end of a gateway's callbacks: answers at once, counts what came. */
#define _GNU_SOURCE /* memmem */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpload.h"
#include "lib/clock.h"
#include "lib/histogram.h"
#include "lib/http_message.h"
#include "lib/json.h"
#include "lib/mark.h"
#include "lib/sockets.h"

#define MOST_EVENTS 256
#define MOST_CONNECTIONS 4096
#define WAIT_MS 1000
#define LONGEST_SAMPLE 1000
#define LISTENING MOST_CONNECTIONS /* owner of the listening socket in epoll */

struct connection {
    bool in_use;
    int descriptor;
    uint32_t events;
    struct buffer incoming, outgoing;
};

/* Final receipts and all other requests are counted apart. */
struct kind {
    uint64_t requests, unique, duplicates, first_us, last_us;
    struct histogram latency;
    struct tally seen;
};

static const struct sink_settings *settings;
static int poller, listening;
static struct connection connections[MOST_CONNECTIONS];
static struct kind final_receipts, others;
static uint64_t no_mark, opened, errors_sent, first_us, last_us;
static char *first_request;

/* --- counting --- */

static void reset_kind(struct kind *kind)
{
    tally_reset(&kind->seen);
    *kind = (struct kind){.seen = kind->seen};
}

static void reset(void)
{
    reset_kind(&final_receipts);
    reset_kind(&others);
    no_mark = opened = errors_sent = first_us = last_us = 0;
    free(first_request);
    first_request = NULL;
}

static void count_request(const char *request, size_t length)
{
    struct mark mark;
    bool is_final = !settings->final || memmem(request, length, settings->final, strlen(settings->final));
    struct kind *kind = is_final ? &final_receipts : &others;
    last_us = kind->last_us = monotonic_us();
    if (!kind->first_us)
        kind->first_us = last_us;
    if (!first_us)
        first_us = last_us;
    if (!first_request)
        first_request = strndup(request, length < LONGEST_SAMPLE ? length : LONGEST_SAMPLE);
    kind->requests++;
    int before = find_mark(request, length, &mark) ? tally_add(&kind->seen, mark.number) : -1;
    if (before < 0) {
        no_mark++;
        return;
    }
    if (before)
        kind->duplicates++;
    else
        kind->unique++;
    if (mark.stamp_us && mark.stamp_us <= last_us)
        histogram_add(&kind->latency, last_us - mark.stamp_us);
}

static void append_stats(struct buffer *json)
{
    double seconds = seconds_between(first_us, last_us);
    double final_seconds = seconds_between(final_receipts.first_us, final_receipts.last_us);
    uint64_t requests = final_receipts.requests + others.requests;
    json_begin(json, NULL, '{');
    json_integer(json, "requests", requests);
    json_integer(json, "final", final_receipts.requests);
    json_integer(json, "other", others.requests);
    json_integer(json, "unique_final", final_receipts.unique);
    json_integer(json, "duplicate_final", final_receipts.duplicates);
    json_integer(json, "unique_other", others.unique);
    json_integer(json, "duplicate_other", others.duplicates);
    json_integer(json, "no_seq", no_mark);
    json_integer(json, "connections", opened);
    json_integer(json, "errors_sent", errors_sent);
    json_decimal(json, "seconds", seconds, 3);
    json_decimal(json, "rate", seconds > 0 ? (double)requests / seconds : 0, 1);
    json_decimal(json, "final_seconds", final_seconds, 3);
    json_decimal(json, "final_rate", final_seconds > 0 ? (double)final_receipts.requests / final_seconds : 0, 1);
    json_histogram(json, "final_us", &final_receipts.latency);
    json_histogram(json, "other_us", &others.latency);
    json_text(json, "first", first_request ? first_request : "");
    json_end(json, '}');
}

static bool dump(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    for (uint32_t number = 0; number < final_receipts.seen.size; number++)
        if (final_receipts.seen.counts[number] || others.seen.counts[number])
            fprintf(file, "%u %u %u\n", number, final_receipts.seen.counts[number], others.seen.counts[number]);
    return !fclose(file);
}

/* --- connections --- */

static epoll_data_t owner_of(const struct connection *connection)
{
    return (epoll_data_t){.u32 = (uint32_t)(connection - connections)};
}

static void close_connection(struct connection *connection)
{
    watch_end(poller, connection->descriptor);
    buffer_free(&connection->incoming);
    buffer_free(&connection->outgoing);
    connection->in_use = false;
}

static void accept_all(void)
{
    int descriptor;
    while ((descriptor = accept_from(listening)) >= 0) {
        int place = 0;
        while (place < MOST_CONNECTIONS && connections[place].in_use)
            place++;
        if (place == MOST_CONNECTIONS) {
            fprintf(stderr, "httpload sink: more than %d connections, one refused\n", MOST_CONNECTIONS);
            watch_end(poller, descriptor);
            continue;
        }
        opened++;
        connections[place] = (struct connection){.in_use = true, .descriptor = descriptor, .events = EPOLLIN};
        watch(poller, descriptor, EPOLLIN, owner_of(&connections[place]));
    }
}

static bool flush(struct connection *connection)
{
    if (send_buffer(connection->descriptor, &connection->outgoing) == TRANSFER_CLOSED) {
        close_connection(connection);
        return false;
    }
    uint32_t events = buffer_length(&connection->outgoing) ? EPOLLIN | EPOLLOUT : EPOLLIN;
    if (events != connection->events)
        watch_change(poller, connection->descriptor, events, owner_of(connection));
    connection->events = events;
    return true;
}

/* --- requests --- */

static void answer(struct connection *connection, int status, const char *body, size_t length, bool keep_alive)
{
    buffer_print(&connection->outgoing,
                 "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: %s\r\n\r\n", status,
                 status < 300 ? "OK" : "Error", length, keep_alive ? "keep-alive" : "close");
    buffer_append(&connection->outgoing, body, length);
}

static bool asks_for(const char *request, size_t length, const char *start)
{
    return length > strlen(start) && !memcmp(request, start, strlen(start));
}

static void answer_stats(struct connection *connection, bool keep_alive)
{
    struct buffer json = {0};
    append_stats(&json);
    answer(connection, 200, (const char *)buffer_front(&json), buffer_length(&json), keep_alive);
    buffer_free(&json);
}

static void answer_dump(struct connection *connection, const char *path, bool keep_alive)
{
    char name[1024];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(path, " \r"), path);
    bool done = dump(name);
    answer(connection, done ? 200 : 500, done ? "ok" : "error", done ? 2 : 5, keep_alive);
}

static bool error_due(void)
{
    return settings->error_percent > 0 && rand() < settings->error_percent / 100 * RAND_MAX;
}

static void on_request(struct connection *connection, const char *request, size_t length, bool keep_alive)
{
    if (asks_for(request, length, "GET /__stats")) {
        answer_stats(connection, keep_alive);
    } else if (asks_for(request, length, "GET /__reset")) {
        reset();
        answer(connection, 200, "ok", 2, keep_alive);
    } else if (asks_for(request, length, "GET /__dump?")) {
        answer_dump(connection, request + strlen("GET /__dump?"), keep_alive);
    } else if (error_due()) {
        errors_sent++;
        answer(connection, 500, "error", 5, keep_alive);
    } else {
        count_request(request, length);
        answer(connection, settings->status, settings->body, strlen(settings->body), keep_alive);
    }
}

static void read_requests(struct connection *connection)
{
    struct http_head head;
    size_t end;
    bool keep_alive = true;
    if (receive_into(connection->descriptor, &connection->incoming) == TRANSFER_CLOSED) {
        close_connection(connection);
        return;
    }
    while (keep_alive) {
        const char *request = (const char *)buffer_front(&connection->incoming);
        size_t length = buffer_length(&connection->incoming);
        if (!length || !http_read_head(request, length, &head))
            break;
        if (!http_find_end(request, length, &head, &end)) {
            if (head.expects_continue && length == head.length)
                buffer_print(&connection->outgoing, "HTTP/1.1 100 Continue\r\n\r\n");
            break;
        }
        keep_alive = head.keep_alive;
        on_request(connection, request, end, keep_alive);
        buffer_consume(&connection->incoming, end);
    }
    if (flush(connection) && !keep_alive && !buffer_length(&connection->outgoing))
        close_connection(connection);
}

static void handle_event(const struct epoll_event *event)
{
    if (event->data.u32 == LISTENING) {
        accept_all();
        return;
    }
    struct connection *connection = &connections[event->data.u32];
    if (connection->in_use && event->events & EPOLLOUT && !flush(connection))
        return;
    if (connection->in_use && event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_requests(connection);
}

int run_sink(const struct sink_settings *chosen)
{
    struct epoll_event events[MOST_EVENTS];
    struct buffer json = {0};
    settings = chosen;
    tally_open(&final_receipts.seen, (uint32_t)settings->max_seq, NULL, "httpload sink");
    tally_open(&others.seen, (uint32_t)settings->max_seq, NULL, "httpload sink");
    poller = epoll_create1(EPOLL_CLOEXEC);
    listening = listen_on(settings->host, settings->port, "httpload sink");
    watch(poller, listening, EPOLLIN, (epoll_data_t){.u32 = LISTENING});
    fprintf(stderr, "httpload sink: listening on %s:%d\n", settings->host, port_of(listening));
    while (!stop_asked) {
        int ready = epoll_wait(poller, events, MOST_EVENTS, WAIT_MS);
        for (int index = 0; index < ready; index++)
            handle_event(&events[index]);
    }
    append_stats(&json);
    json_write_line(&json, stdout);
    return 0;
}
