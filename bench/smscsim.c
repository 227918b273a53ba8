/* smscsim.c - an SMPP 3.4 SMSC simulator for measuring gateways: options, listening, the event loop.
 *
 * It counts the submit_sm that it accepts by the mark in the text (lib/mark.h), times them end to end, returns
 * delivery receipts, originates messages and makes faults on request. */
#include "smscsim.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/sockets.h"

#define MOST_EVENTS 128
#define LISTENING_SMPP (MOST_SESSIONS + 0u) /* owners of the two listening sockets in epoll */
#define LISTENING_CONTROL (MOST_SESSIONS + 1u)
#define NO_CONTROL_PORT (-1)

struct settings settings = {
    .host = "127.0.0.1",
    .port = 2775,
    .control_port = NO_CONTROL_PORT,
    .id_format = "dec",
    .deliver_window = 100,
    .fail_status = SMPP_ESME_RSYSERR,
    .max_seq = DEFAULT_TALLY_SIZE,
    .mo_source = "447700{n}",
    .mo_destination = "9000",
    .mo_text = "SEQ-{n}-T{us}- mobile originated test message",
};

const struct option_row smscsim_options[] = {
    {"host", OPTION_TEXT, &settings.host, "ADDRESS", "listen on this IPv4 address"},
    {"port", OPTION_PORT, &settings.port, "N", "listen on this port; 0 takes a free one"},
    {"ctl-port", OPTION_PORT, &settings.control_port, "N", "listen for control lines here; 0 takes a free port"},
    {"system-id", OPTION_TEXT, &settings.system_id, "TEXT", "accept only this system_id (default: any)"},
    {"password", OPTION_TEXT, &settings.password, "TEXT", "accept only this password (default: any)"},
    {"id-format", OPTION_TEXT, &settings.id_format, "dec|hex", "message ids in submit_sm_resp"},
    {"dlr-id-format", OPTION_TEXT, &settings.receipt_ids, "dec|hex", "the same in receipts (default: as there)"},
    {"dlr-delay-ms", OPTION_INTEGER, &settings.receipt_after_ms, "N", "send receipts that much later", true},
    {"dlr-fail-pct", OPTION_PERCENT, &settings.bad_receipts_percent, "X", "share of receipts saying UNDELIV", true},
    {"deliver-window", OPTION_INTEGER, &settings.deliver_window, "N", "most deliver_sm unanswered on a session"},
    {"no-nack-retry", OPTION_FLAG, &settings.no_nack_retry, NULL, "do not repeat a deliver_sm that was refused"},
    {"resp-delay-ms", OPTION_INTEGER, &settings.response_delay_ms, "N", "answer submit_sm that much later", true},
    {"max-window", OPTION_INTEGER, &settings.max_window, "N", "refuse more unanswered ones with ESME_RTHROTTLED", true},
    {"max-tps", OPTION_INTEGER, &settings.max_per_second, "N", "refuse more in a second with ESME_RTHROTTLED", true},
    {"throttle-pct", OPTION_PERCENT, &settings.throttle_percent, "X", "refuse that share with ESME_RTHROTTLED", true},
    {"fail-pct", OPTION_PERCENT, &settings.fail_percent, "X", "refuse that share with --fail-status", true},
    {"fail-status", OPTION_STATUS, &settings.fail_status, "N", "command_status for --fail-pct", true},
    {"disconnect-every", OPTION_INTEGER, &settings.disconnect_every, "N", "drop at every Nth submit_sm", true},
    {"mo-rate", OPTION_DECIMAL, &settings.mo_rate, "X", "originate X messages a second"},
    {"mo-count", OPTION_COUNT, &settings.mo_count, "N", "originate N messages (with --mo-rate alone: without end)"},
    {"mo-src", OPTION_TEXT, &settings.mo_source, "TEXT", "their source address"},
    {"mo-dst", OPTION_TEXT, &settings.mo_destination, "TEXT", "their destination address"},
    {"mo-text", OPTION_TEXT, &settings.mo_text, "TEXT", "their text"},
    {"stats-file", OPTION_TEXT, &settings.stats_file, "FILE", "write the statistics there, not to standard output"},
    {"max-seq", OPTION_COUNT, &settings.max_seq, "N", "count message numbers below N"},
    {"seq-file", OPTION_TEXT, &settings.seq_file, "FILE", "keep the counts in FILE, so that they survive a kill"},
    {"quickack", OPTION_FLAG, &settings.quickack, NULL, "acknowledge TCP segments at once, not up to 40 ms later"},
    {NULL},
};

static const struct program program = {
    .name = "smscsim",
    .usage = "[options]",
    .purpose = "An SMPP 3.4 SMSC simulator for measuring gateways. It accepts binds and submit_sm, counts the numbers\n"
               "and times the stamps that the texts carry as SEQ-<number>-T<CLOCK_MONOTONIC microseconds>-, sends\n"
               "receipts and mobile-originated messages. When it ends (SIGTERM, SIGINT) it writes its statistics as\n"
               "one JSON object.",
    .options = smscsim_options,
    .notes = "Source, destination and text of originated messages may hold {n}, a counter, and {us}, the stamp.\n"
             "SIGUSR1 writes the statistics, SIGUSR2 resets them.\n"
             "The control port takes one command a line and answers with a line: stats, reset, dump FILE (a line for\n"
             "each number: number and count), mo COUNT RATE, drop (close all sessions), and NAME VALUE for\n"
             "dlr-delay-ms, dlr-fail-pct, resp-delay-ms, max-window, max-tps, throttle-pct, fail-pct, fail-status,\n"
             "disconnect-every.",
};

int poller;
static int listening_smpp, listening_control = -1;
static volatile sig_atomic_t stop_asked, stats_asked, reset_asked;

static void on_signal(int signal_number)
{
    if (signal_number == SIGUSR1)
        stats_asked = 1;
    else if (signal_number == SIGUSR2)
        reset_asked = 1;
    else
        stop_asked = 1;
}

static void check_format(const char *option, const char *format)
{
    if (strcmp(format, "dec") && strcmp(format, "hex"))
        refuse_options(&program, "%s is dec or hex, not '%s'", option, format);
}

static void read_settings(int argc, char **argv)
{
    parse_options(&program, argc, argv, 1);
    if (!settings.receipt_ids)
        settings.receipt_ids = settings.id_format;
    check_format("--id-format", settings.id_format);
    check_format("--dlr-id-format", settings.receipt_ids);
    if (settings.max_seq < 1 || settings.max_seq > UINT32_MAX)
        refuse_options(&program, "--max-seq is between 1 and %u", UINT32_MAX);
    if (settings.deliver_window < 1 || settings.deliver_window >= DELIVER_SLOTS)
        refuse_options(&program, "--deliver-window is between 1 and %d", DELIVER_SLOTS - 1);
}

static void start_listening(void)
{
    poller = epoll_create1(EPOLL_CLOEXEC);
    listening_smpp = listen_on(settings.host, settings.port, program.name);
    watch(poller, listening_smpp, EPOLLIN, (epoll_data_t){.u32 = LISTENING_SMPP});
    fprintf(stderr, "smscsim: listening on %s:%d", settings.host, port_of(listening_smpp));
    if (settings.control_port != NO_CONTROL_PORT) {
        listening_control = listen_on(settings.host, settings.control_port, program.name);
        watch(poller, listening_control, EPOLLIN, (epoll_data_t){.u32 = LISTENING_CONTROL});
        fprintf(stderr, ", control port %d", port_of(listening_control));
    }
    fprintf(stderr, "\n");
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    int caught[] = {SIGTERM, SIGINT, SIGUSR1, SIGUSR2};
    for (size_t index = 0; index < sizeof caught / sizeof *caught; index++)
        sigaction(caught[index], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void accept_all(bool is_control)
{
    int descriptor;
    while ((descriptor = accept_from(is_control ? listening_control : listening_smpp)) >= 0)
        session_open(descriptor, is_control);
}

static void handle_event(const struct epoll_event *event)
{
    if (event->data.u32 >= MOST_SESSIONS) {
        accept_all(event->data.u32 == LISTENING_CONTROL);
        return;
    }
    struct session *session = &sessions[event->data.u32];
    if (session->in_use && event->events & EPOLLOUT)
        session_flush(session);
    if (session->in_use && event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        session_read(session);
}

static void run_until_stopped(void)
{
    struct epoll_event events[MOST_EVENTS];
    while (!stop_asked) {
        int ready = epoll_wait(poller, events, MOST_EVENTS, send_due());
        for (int index = 0; index < ready; index++)
            handle_event(&events[index]);
        sessions_close_marked();
        if (stats_asked) {
            stats_asked = 0;
            stats_write();
        }
        if (reset_asked) {
            reset_asked = 0;
            stats_reset();
        }
    }
}

int main(int argc, char **argv)
{
    read_settings(argc, argv);
    stats_prepare();
    catch_signals();
    start_listening();
    if (settings.mo_count || settings.mo_rate > 0)
        start_mobile_originated(settings.mo_count ? settings.mo_count : UINT64_MAX, settings.mo_rate);
    run_until_stopped();
    stats_write();
    return 0;
}
