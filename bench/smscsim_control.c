/* smscsim_control.c - the commands of the control port: one line in, one line out. */
#include "smscsim.h"

#include <stdio.h>
#include <string.h>

static const char usage[] = "error: stats | reset | dump FILE | mo COUNT RATE | drop | dlr-delay-ms N | "
                            "dlr-fail-pct X | resp-delay-ms N | max-window N | max-tps N | throttle-pct X | "
                            "fail-pct X | fail-status N | disconnect-every N\n";

static void start_mo(struct buffer *answer, const char *arguments)
{
    unsigned long long count = 0;
    double rate = 0;
    if (sscanf(arguments, "%llu %lf", &count, &rate) < 1) {
        buffer_print(answer, "error: mo COUNT RATE\n");
        return;
    }
    start_mobile_originated(count, rate);
    buffer_print(answer, "ok\n");
}

static void change_setting(struct buffer *answer, const char *name, const char *value)
{
    const struct option_row *row = find_live_option(smscsim_options, name);
    if (!row)
        buffer_print(answer, "%s", usage);
    else if (!set_option_value(row, value))
        buffer_print(answer, "error: %s does not take '%s'\n", name, value);
    else
        buffer_print(answer, "ok\n");
}

void control_line(struct session *session, char *line)
{
    struct buffer *answer = &session->outgoing;
    char *arguments = line + strcspn(line, " \r");
    if (*arguments)
        *arguments++ = 0;
    arguments[strcspn(arguments, "\r")] = 0;
    if (!strcmp(line, "stats")) {
        stats_append_json(answer);
    } else if (!strcmp(line, "reset")) {
        stats_reset();
        buffer_print(answer, "ok\n");
    } else if (!strcmp(line, "dump")) {
        buffer_print(answer, "%s\n", stats_dump(arguments) ? "ok" : "error");
    } else if (!strcmp(line, "mo")) {
        start_mo(answer, arguments);
    } else if (!strcmp(line, "drop")) {
        buffer_print(answer, "ok %d\n", sessions_drop());
    } else {
        change_setting(answer, line, arguments);
    }
}
