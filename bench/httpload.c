/* httpload.c - HTTP/1.1 keep-alive load, and a sink for callbacks: the options of both. */
#include "httpload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mark.h"
#include "lib/options.h"

volatile sig_atomic_t stop_asked;

static struct load_settings load = {
    .content_type = "application/x-www-form-urlencoded",
    .connections = 1,
    .count = 1000,
    .timeout_s = 120,
};

static const struct option_row load_options[] = {
    {"url", OPTION_TEXT, &load.url, "URL", "http://ADDRESS:PORT/path?query"},
    {"method", OPTION_TEXT, &load.method, "TEXT", "method (default: GET, or POST with --body)"},
    {"body", OPTION_TEXT, &load.body, "TEXT", "body of each request"},
    {"content-type", OPTION_TEXT, &load.content_type, "TEXT", "its Content-Type"},
    {"auth", OPTION_TEXT, &load.authorization, "TEXT", "value of the Authorization header"},
    {"connections", OPTION_INTEGER, &load.connections, "N", "connections, each with one request at a time"},
    {"count", OPTION_COUNT, &load.count, "N", "requests to send, exactly; none is repeated"},
    {"rate", OPTION_DECIMAL, &load.rate, "X", "requests a second, all together (default: no limit)"},
    {"seq-base", OPTION_COUNT, &load.first_number, "N", "number of the first request"},
    {"timeout", OPTION_DECIMAL, &load.timeout_s, "S", "give up after S seconds"},
    {"ok-log", OPTION_TEXT, &load.ok_log, "FILE", "write the numbers that were answered with 2xx there"},
    {"verbose", OPTION_FLAG, &load.verbose, NULL, "show the first answer on standard error"},
    {NULL},
};

static const struct program load_program = {
    .name = "httpload load",
    .usage = "--url URL [options]",
    .purpose = "Sends an exact number of HTTP/1.1 requests over connections that are kept open, and prints one JSON\n"
               "object. Ends with 0 when all were answered with 2xx, with 1 otherwise, with 2 for wrong options.",
    .options = load_options,
    .notes = "URL and body may hold {seq}, the number of the request with ten digits, {us}, microseconds of\n"
             "CLOCK_MONOTONIC, and {dst}, the last five digits of the number.",
};

static struct sink_settings sink = {
    .host = "127.0.0.1",
    .port = 8088,
    .body = "ACK/Jasmin",
    .status = 200,
    .max_seq = DEFAULT_TALLY_SIZE,
};

static const struct option_row sink_options[] = {
    {"host", OPTION_TEXT, &sink.host, "ADDRESS", "listen on this IPv4 address"},
    {"port", OPTION_PORT, &sink.port, "N", "listen on this port; 0 takes a free one"},
    {"final", OPTION_TEXT, &sink.final, "TEXT", "a request that holds TEXT is a final receipt (default: any is)"},
    {"body", OPTION_TEXT, &sink.body, "TEXT", "answer with that body"},
    {"status", OPTION_INTEGER, &sink.status, "N", "answer with that status"},
    {"error-pct", OPTION_PERCENT, &sink.error_percent, "X", "answer that share with 500, uncounted"},
    {"max-seq", OPTION_COUNT, &sink.max_seq, "N", "count message numbers below N"},
    {NULL},
};

static const struct program sink_program = {
    .name = "httpload sink",
    .usage = "[options]",
    .purpose = "Answers every HTTP request at once and counts it by the mark SEQ-<number>-T<microseconds>- in its\n"
               "head or body. When it ends (SIGTERM, SIGINT) it prints its statistics as one JSON object.",
    .options = sink_options,
    .notes = "GET /__stats gives the statistics, GET /__reset starts anew, GET /__dump?FILE writes a line for each\n"
             "number: number, final receipts, other requests.",
};

static void on_signal(int signal_number)
{
    (void)signal_number;
    stop_asked = 1;
}

static void take_url_apart(const char *url)
{
    const char *start = url ? url : "";
    if (strncmp(start, "http://", 7))
        refuse_options(&load_program, "--url http://ADDRESS:PORT/... is needed");
    start += 7;
    size_t authority = strcspn(start, "/"), address = strcspn(start, ":/");
    snprintf(load.host, sizeof load.host, "%.*s", (int)address, start);
    load.port = address < authority ? atoi(start + address + 1) : 80;
    load.path = start[authority] ? start + authority : "/";
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    const char *mode = argc > 1 ? argv[1] : "";
    if (!strcmp(mode, "load")) {
        parse_options(&load_program, argc, argv, 2);
        take_url_apart(load.url);
        if (!load.method)
            load.method = load.body ? "POST" : "GET";
        if (load.connections < 1)
            refuse_options(&load_program, "--connections is at least 1");
        return run_load(&load);
    }
    if (!strcmp(mode, "sink")) {
        parse_options(&sink_program, argc, argv, 2);
        if (sink.max_seq < 1 || sink.max_seq > UINT32_MAX)
            refuse_options(&sink_program, "--max-seq is between 1 and %u", UINT32_MAX);
        return run_sink(&sink);
    }
    if (!strcmp(mode, "--help")) {
        print_help(&load_program);
        printf("\n");
        print_help(&sink_program);
        return 0;
    }
    fprintf(stderr, "usage: httpload load|sink [options]   (see httpload --help)\n");
    return 2;
}
