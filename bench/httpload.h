/* httpload.h - the two halves of httpload.
 *
 *   httpload.c       options of both, and the choice between them
 *   httpload_load.c  sends requests
 *   httpload_sink.c  answers and counts requests
 */
#ifndef BENCH_HTTPLOAD_H
#define BENCH_HTTPLOAD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct load_settings {
    const char *url, *method, *body, *content_type, *authorization, *ok_log;
    char host[64];    /* from the URL */
    const char *path; /* from the URL, with the query */
    int port;         /* from the URL */
    int connections;
    uint64_t count, first_number;
    double rate, timeout_s;
    bool verbose;
};

struct sink_settings {
    const char *host, *final, *body;
    int port, status;
    double error_percent;
    uint64_t max_seq;
};

extern volatile sig_atomic_t stop_asked;

/* Both run until they are done or stopped, print one JSON object and return the exit code. */
int run_load(const struct load_settings *chosen);
int run_sink(const struct sink_settings *chosen);

#endif
