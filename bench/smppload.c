/* smppload.c - an SMPP 3.4 ESME that loads a server: options, the event loop, the result.
 *
 * Every session keeps --window submit_sm unanswered until --count messages are settled and, with receipts, until a
 * final one came for every accepted message. Every text carries a mark (lib/mark.h) for the simulator to count. */
#include "smppload.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/json.h"
#include "lib/options.h"
#include "lib/sockets.h"

#define MOST_EVENTS 64
#define IDLE_WAIT_MS 50
#define RATED_WAIT_MS 1 /* with --rate: the grain of the pace */
#define UNBIND_WAIT_US 300000

struct settings settings = {
    .host = "127.0.0.1",
    .port = 2775,
    .system_id = "bench",
    .password = "bench",
    .bind = "trx",
    .sessions = 1,
    .window = 10,
    .count = 1000,
    .source = "1234",
    .destination = "4477009",
    .text = "benchmark message, plain GSM text of usual length.",
    .timeout_s = 120,
    .receipt_wait_s = 30,
};
struct message *messages;
struct totals totals;

static const struct option_row options[] = {
    {"host", OPTION_TEXT, &settings.host, "ADDRESS", "the server's IPv4 address"},
    {"port", OPTION_PORT, &settings.port, "N", "the server's port"},
    {"system-id", OPTION_TEXT, &settings.system_id, "TEXT", "system_id of the bind"},
    {"password", OPTION_TEXT, &settings.password, "TEXT", "password of the bind"},
    {"bind", OPTION_TEXT, &settings.bind, "trx|tx", "transceiver or transmitter"},
    {"sessions", OPTION_INTEGER, &settings.sessions, "N", "binds at the same time"},
    {"window", OPTION_INTEGER, &settings.window, "N", "most unanswered submit_sm on a session"},
    {"count", OPTION_COUNT, &settings.count, "N", "messages to send"},
    {"rate", OPTION_DECIMAL, &settings.rate, "X", "messages a second, all sessions together (default: no limit)"},
    {"registered-delivery", OPTION_INTEGER, &settings.registered_delivery, "0|1", "ask for receipts and wait for them"},
    {"src", OPTION_TEXT, &settings.source, "TEXT", "source address"},
    {"dst", OPTION_TEXT, &settings.destination, "TEXT", "destination address; five digits are added"},
    {"text", OPTION_TEXT, &settings.text, "TEXT", "text after the mark"},
    {"timeout", OPTION_DECIMAL, &settings.timeout_s, "S", "give up after S seconds"},
    {"dlr-wait", OPTION_DECIMAL, &settings.receipt_wait_s, "S", "give up when no receipt comes for S seconds"},
    {"seq-base", OPTION_COUNT, &settings.first_number, "N", "number of the first message"},
    {"reconnect", OPTION_FLAG, &settings.reconnect, NULL, "connect again and repeat what was unanswered"},
    {"retry-throttled", OPTION_FLAG, &settings.retry_throttled, NULL, "repeat what ESME_RTHROTTLED refused"},
    {"ok-log", OPTION_TEXT, &settings.ok_log, "FILE", "write the numbers of the accepted messages there"},
    {NULL},
};

static const struct program program = {
    .name = "smppload",
    .usage = "--port N [options]",
    .purpose = "An SMPP 3.4 load generator. It sends an exact number of submit_sm and prints one JSON object when all\n"
               "are answered (and, with --registered-delivery 1, all have a final receipt). Ends with 0 when every\n"
               "message was answered in time, with 1 otherwise, with 2 for wrong options.",
    .options = options,
};

static void on_signal(int signal_number)
{
    (void)signal_number;
    stop_asked = true;
}

static void read_settings(int argc, char **argv)
{
    parse_options(&program, argc, argv, 1);
    if (strcmp(settings.bind, "trx") && strcmp(settings.bind, "tx"))
        refuse_options(&program, "--bind is trx or tx, not '%s'", settings.bind);
    if (settings.sessions < 1 || settings.window < 1 || settings.window >= WINDOW_SLOTS)
        refuse_options(&program, "--sessions is at least 1, --window between 1 and %d", WINDOW_SLOTS - 1);
    if (settings.registered_delivery > 1)
        refuse_options(&program, "--registered-delivery is 0 or 1");
    if (settings.count >= UINT32_MAX)
        refuse_options(&program, "--count is below %u", UINT32_MAX);
    messages = allocate(settings.count + 1, sizeof *messages);
}

static void handle_events(int wait_ms)
{
    struct epoll_event events[MOST_EVENTS];
    int ready = epoll_wait(poller, events, MOST_EVENTS, wait_ms);
    for (int index = 0; index < ready; index++)
        session_event(events[index].data.ptr, events[index].events);
}

static bool all_done(bool *timed_out)
{
    if (totals.settled < settings.count)
        return false;
    if (!settings.registered_delivery || !strcmp(settings.bind, "tx") || totals.receipts >= totals.accepted)
        return true;
    uint64_t last_us = totals.last_receipt_us > totals.last_answer_us ? totals.last_receipt_us : totals.last_answer_us;
    *timed_out = seconds_between(last_us, monotonic_us()) > settings.receipt_wait_s;
    return *timed_out;
}

/* True when something was still missing when the time was over. */
static bool run_load(void)
{
    bool timed_out = false;
    uint64_t begin_us = monotonic_us();
    while (!stop_asked && !all_done(&timed_out)) {
        if (seconds_between(begin_us, monotonic_us()) > settings.timeout_s)
            return true;
        handle_events(settings.rate > 0 ? RATED_WAIT_MS : IDLE_WAIT_MS);
        for (int index = 0; index < settings.sessions; index++)
            session_tend(&sessions[index]);
    }
    return timed_out;
}

static void unbind_all(void)
{
    int unbinding = 0;
    uint64_t begin_us = monotonic_us();
    settings.reconnect = false;
    for (int index = 0; index < settings.sessions; index++)
        session_unbind(&sessions[index]);
    do {
        handle_events(RATED_WAIT_MS);
        unbinding = 0;
        for (int index = 0; index < settings.sessions; index++)
            unbinding += sessions[index].state == SESSION_UNBINDING;
    } while (unbinding && monotonic_us() - begin_us < UNBIND_WAIT_US);
}

static bool write_ok_log(void)
{
    FILE *file = fopen(settings.ok_log, "w");
    if (!file) {
        perror(settings.ok_log);
        return false;
    }
    for (uint64_t place = 0; place < settings.count; place++)
        if (messages[place].state == MESSAGE_ACCEPTED)
            fprintf(file, "%llu\n", (unsigned long long)(settings.first_number + place));
    return !fclose(file);
}

static void append_receipts(struct buffer *json)
{
    double seconds = seconds_between(totals.start_us, totals.last_receipt_us);
    json_begin(json, "dlr", '{');
    json_integer(json, "final", totals.receipts);
    json_integer(json, "intermediate", totals.intermediate_receipts);
    json_integer(json, "not_delivrd", totals.not_delivered);
    json_integer(json, "duplicates", totals.double_receipts);
    json_integer(json, "unmatched", totals.unmatched_receipts);
    json_decimal(json, "seconds", seconds, 3);
    json_decimal(json, "rate", seconds > 0 ? (double)totals.receipts / seconds : 0, 1);
    json_integer(json, "p50_us", histogram_percentile(&totals.receipt, 50));
    json_integer(json, "p90_us", histogram_percentile(&totals.receipt, 90));
    json_integer(json, "p99_us", histogram_percentile(&totals.receipt, 99));
    json_integer(json, "max_us", totals.receipt.largest);
    json_end(json, '}');
}

static void append_statuses(struct buffer *json)
{
    json_begin(json, "errors_by_status", '{');
    for (int index = 0; index < totals.status_count; index++) {
        char name[16];
        snprintf(name, sizeof name, "0x%08x", totals.statuses[index].status);
        json_integer(json, name, totals.statuses[index].count);
    }
    json_end(json, '}');
}

static void print_result(bool timed_out)
{
    struct buffer json = {0};
    double seconds = seconds_between(totals.start_us, totals.last_answer_us);
    uint64_t unanswered = 0;
    for (uint64_t place = 0; place < settings.count; place++)
        unanswered += messages[place].state == MESSAGE_OUTSTANDING;
    json_begin(&json, NULL, '{');
    json_integer(&json, "count", settings.count);
    json_integer(&json, "sessions", (uint64_t)settings.sessions);
    json_integer(&json, "window", (uint64_t)settings.window);
    json_integer(&json, "sent", totals.next_unsent);
    json_integer(&json, "ok", totals.accepted);
    json_integer(&json, "errors", totals.refused);
    json_integer(&json, "lost_on_disconnect", totals.lost);
    json_integer(&json, "unanswered", unanswered);
    json_integer(&json, "resent", totals.resent);
    json_integer(&json, "retried_throttled", totals.retried_throttled);
    json_integer(&json, "disconnects", totals.disconnects);
    json_boolean(&json, "timed_out", timed_out);
    json_decimal(&json, "seconds", seconds, 3);
    json_decimal(&json, "rate", seconds > 0 ? (double)totals.accepted / seconds : 0, 1);
    json_histogram(&json, "resp_us", &totals.answer);
    append_receipts(&json);
    json_integer(&json, "mo", totals.mobile_originated);
    append_statuses(&json);
    json_end(&json, '}');
    json_write_line(&json, stdout);
}

int main(int argc, char **argv)
{
    read_settings(argc, argv);
    receipts_prepare(settings.registered_delivery ? settings.count : 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    sessions_prepare();
    for (int index = 0; index < settings.sessions; index++)
        session_connect(&sessions[index]);
    bool timed_out = run_load();
    unbind_all();
    bool logged = !settings.ok_log || write_ok_log();
    print_result(timed_out);
    return totals.settled == settings.count && !timed_out && logged ? 0 : 1;
}
