/* httpload_load.c - an exact number of HTTP requests over connections that are kept open. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpload.h"
#include "lib/clock.h"
#include "lib/histogram.h"
#include "lib/http_message.h"
#include "lib/json.h"
#include "lib/sockets.h"
#include "lib/template.h"

#define MOST_EVENTS 256
#define IDLE_WAIT_MS 50
#define RATED_WAIT_MS 1 /* with --rate: the grain of the pace */
#define RECONNECT_AFTER_US 200000
#define MOST_STATUSES 600

enum connection_state { CONNECTION_CLOSED, CONNECTION_CONNECTING, CONNECTION_IDLE, CONNECTION_WAITING };

struct connection {
    enum connection_state state;
    int descriptor;
    uint32_t events;
    struct buffer incoming, outgoing;
    struct http_head head;
    bool has_head;
    uint64_t place, sent_us, retry_at_us; /* place of the request, 0 .. count-1 */
};

static const struct load_settings *settings;
static struct connection *connections;
static int poller;
static bool *answered_well; /* by place */
static struct {
    uint64_t sent, settled, well, no_response, connect_errors, reconnects, start_us, last_us;
    uint64_t statuses[MOST_STATUSES];
    struct histogram latency;
    char *first_answer;
} totals;

/* --- connections --- */

static void watch_for(struct connection *connection, uint32_t events)
{
    if (connection->events != events) {
        watch_change(poller, connection->descriptor, events, (epoll_data_t){.ptr = connection});
        connection->events = events;
    }
}

static void open_connection(struct connection *connection)
{
    connection->descriptor = connect_to(settings->host, settings->port, "httpload load");
    connection->state = CONNECTION_CONNECTING;
    connection->events = EPOLLOUT;
    watch(poller, connection->descriptor, EPOLLOUT, (epoll_data_t){.ptr = connection});
}

static void close_connection(struct connection *connection)
{
    watch_end(poller, connection->descriptor);
    connection->state = CONNECTION_CLOSED;
    connection->retry_at_us = 0;
    buffer_clear(&connection->incoming);
    buffer_clear(&connection->outgoing);
}

/* A request whose answer will not come is counted and not repeated: nobody knows whether it took effect. */
static void connection_lost(struct connection *connection)
{
    enum connection_state state = connection->state;
    close_connection(connection);
    if (state == CONNECTION_WAITING) {
        totals.no_response++;
        totals.settled++;
        totals.last_us = monotonic_us();
    } else if (state == CONNECTION_CONNECTING) {
        totals.connect_errors++;
        connection->retry_at_us = monotonic_us() + RECONNECT_AFTER_US;
    }
}

static void flush(struct connection *connection)
{
    if (send_buffer(connection->descriptor, &connection->outgoing) == TRANSFER_CLOSED)
        connection_lost(connection);
    else
        watch_for(connection, buffer_length(&connection->outgoing) ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* --- requests --- */

static void send_request(struct connection *connection, uint64_t place)
{
    static struct buffer body;
    struct buffer *out = &connection->outgoing;
    uint64_t number = settings->first_number + place, now_us = monotonic_us();
    struct placeholder placeholders[] = {
        {"{seq}", 10, number}, {"{us}", 1, now_us}, {"{dst}", 5, number % 100000}, {NULL, 0, 0}};
    buffer_print(out, "%s ", settings->method);
    expand_template(out, settings->path, placeholders);
    buffer_print(out, " HTTP/1.1\r\nHost: %s:%d\r\nConnection: keep-alive\r\n", settings->host, settings->port);
    if (settings->authorization)
        buffer_print(out, "Authorization: %s\r\n", settings->authorization);
    buffer_clear(&body);
    if (settings->body) {
        expand_template(&body, settings->body, placeholders);
        buffer_print(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", settings->content_type, buffer_length(&body));
    }
    buffer_append(out, "\r\n", 2);
    buffer_append(out, buffer_front(&body), buffer_length(&body));
    connection->place = place;
    connection->sent_us = now_us;
    connection->has_head = false;
    connection->state = CONNECTION_WAITING;
    flush(connection);
}

static void send_next(struct connection *connection)
{
    if (totals.sent < due_by_rate(settings->rate, totals.start_us, settings->count))
        send_request(connection, totals.sent++);
}

/* --- answers --- */

static void keep_first_answer(const struct buffer *incoming)
{
    if (!totals.first_answer)
        totals.first_answer = strndup((const char *)buffer_front(incoming), buffer_length(incoming));
}

static void request_answered(struct connection *connection)
{
    int status = connection->head.status;
    keep_first_answer(&connection->incoming);
    totals.last_us = monotonic_us();
    totals.settled++;
    histogram_add(&totals.latency, totals.last_us - connection->sent_us);
    if (status < MOST_STATUSES)
        totals.statuses[status]++;
    if (status >= 200 && status < 300) {
        totals.well++;
        answered_well[connection->place] = true;
    }
    buffer_clear(&connection->incoming);
    connection->state = CONNECTION_IDLE;
    if (connection->head.keep_alive) {
        send_next(connection);
    } else {
        totals.reconnects++;
        close_connection(connection);
    }
}

static void read_answer(struct connection *connection)
{
    enum transfer outcome = receive_into(connection->descriptor, &connection->incoming);
    const char *bytes = (const char *)buffer_front(&connection->incoming);
    size_t length = buffer_length(&connection->incoming), end;
    if (connection->state == CONNECTION_WAITING) {
        if (!connection->has_head)
            connection->has_head = http_read_head(bytes, length, &connection->head);
        if (connection->has_head && http_find_end(bytes, length, &connection->head, &end)) {
            request_answered(connection);
            return;
        }
    }
    if (outcome != TRANSFER_CLOSED)
        return;
    if (connection->state == CONNECTION_WAITING && connection->has_head
        && http_ends_with_connection(&connection->head)) {
        connection->head.keep_alive = false;
        request_answered(connection);
        return;
    }
    connection_lost(connection);
}

static void handle_event(struct connection *connection, uint32_t events)
{
    if (connection->state == CONNECTION_CLOSED)
        return;
    if (connection->state == CONNECTION_CONNECTING) {
        if (connect_error(connection->descriptor)) {
            connection_lost(connection);
            return;
        }
        connection->state = CONNECTION_IDLE;
        watch_for(connection, EPOLLIN);
        send_next(connection);
        return;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_answer(connection);
    if (connection->state == CONNECTION_WAITING && events & EPOLLOUT)
        flush(connection);
}

/* --- the run --- */

static void tend_connections(void)
{
    uint64_t now_us = monotonic_us();
    for (int index = 0; index < settings->connections; index++) {
        struct connection *connection = &connections[index];
        if (connection->state == CONNECTION_IDLE)
            send_next(connection);
        else if (connection->state == CONNECTION_CLOSED && totals.sent < settings->count
                 && now_us >= connection->retry_at_us)
            open_connection(connection);
    }
}

/* True when the time was over before everything was answered. */
static bool send_all(void)
{
    struct epoll_event events[MOST_EVENTS];
    while (!stop_asked && totals.settled < settings->count) {
        if (seconds_between(totals.start_us, monotonic_us()) > settings->timeout_s)
            return true;
        int ready = epoll_wait(poller, events, MOST_EVENTS, settings->rate > 0 ? RATED_WAIT_MS : IDLE_WAIT_MS);
        for (int index = 0; index < ready; index++)
            handle_event(events[index].data.ptr, events[index].events);
        tend_connections();
    }
    return false;
}

static bool write_ok_log(void)
{
    FILE *file = fopen(settings->ok_log, "w");
    if (!file) {
        perror(settings->ok_log);
        return false;
    }
    for (uint64_t place = 0; place < settings->count; place++)
        if (answered_well[place])
            fprintf(file, "%llu\n", (unsigned long long)(settings->first_number + place));
    return !fclose(file);
}

static void print_result(bool timed_out)
{
    struct buffer json = {0};
    double seconds = seconds_between(totals.start_us, totals.last_us);
    uint64_t unanswered = 0;
    for (int index = 0; index < settings->connections; index++)
        unanswered += connections[index].state == CONNECTION_WAITING;
    json_begin(&json, NULL, '{');
    json_integer(&json, "count", settings->count);
    json_integer(&json, "connections", (uint64_t)settings->connections);
    json_integer(&json, "sent", totals.sent);
    json_integer(&json, "answered", totals.latency.count);
    json_integer(&json, "ok", totals.well);
    json_integer(&json, "no_response", totals.no_response);
    json_integer(&json, "unanswered", unanswered);
    json_integer(&json, "connect_errors", totals.connect_errors);
    json_integer(&json, "reconnects", totals.reconnects);
    json_boolean(&json, "timed_out", timed_out);
    json_decimal(&json, "seconds", seconds, 3);
    json_decimal(&json, "rate", seconds > 0 ? (double)totals.latency.count / seconds : 0, 1);
    json_histogram(&json, "latency_us", &totals.latency);
    json_begin(&json, "status", '{');
    for (int status = 0; status < MOST_STATUSES; status++) {
        char name[16];
        snprintf(name, sizeof name, "%d", status);
        if (totals.statuses[status])
            json_integer(&json, name, totals.statuses[status]);
    }
    json_end(&json, '}');
    json_end(&json, '}');
    json_write_line(&json, stdout);
}

int run_load(const struct load_settings *chosen)
{
    settings = chosen;
    poller = epoll_create1(EPOLL_CLOEXEC);
    answered_well = allocate(settings->count + 1, sizeof *answered_well);
    connections = allocate((size_t)settings->connections, sizeof *connections);
    totals.start_us = monotonic_us();
    for (int index = 0; index < settings->connections; index++)
        open_connection(&connections[index]);
    bool timed_out = send_all();
    bool logged = !settings->ok_log || write_ok_log();
    print_result(timed_out);
    if (settings->verbose && totals.first_answer)
        fprintf(stderr, "first answer:\n%s\n", totals.first_answer);
    return totals.well == settings->count && logged ? 0 : 1;
}
