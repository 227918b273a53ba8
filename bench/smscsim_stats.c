/* smscsim_stats.c - what the simulator counted, and its JSON. */
#include "smscsim.h"

#include <stdio.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/json.h"

#define DESTINATION_PLACES (1u << 21) /* a power of two */
#define MOST_DESTINATIONS (DESTINATION_PLACES / 4 * 3)

struct counters counters;
static struct tally seen;

/* Hashes of the destinations: tells whether a gateway mixed them up or sent all to one. */
static uint64_t *destinations;
static uint32_t destination_count;

void stats_prepare(void)
{
    tally_open(&seen, (uint32_t)settings.max_seq, settings.seq_file, "smscsim");
    destinations = allocate(DESTINATION_PLACES, sizeof *destinations);
}

void stats_reset(void)
{
    memset(&counters, 0, sizeof counters);
    memset(destinations, 0, DESTINATION_PLACES * sizeof *destinations);
    destination_count = 0;
    tally_reset(&seen);
}

static void count_destination(const char *address)
{
    if (destination_count >= MOST_DESTINATIONS)
        return;
    uint64_t hash = hash_text(address);
    uint32_t place = (uint32_t)hash & (DESTINATION_PLACES - 1);
    while (destinations[place] && destinations[place] != hash)
        place = (place + 1) & (DESTINATION_PLACES - 1);
    if (!destinations[place]) {
        destinations[place] = hash;
        destination_count++;
    }
}

static void count_mark(const uint8_t *text, size_t length, uint64_t now_us)
{
    struct mark mark;
    int before = find_mark(text, length, &mark) ? tally_add(&seen, mark.number) : -1;
    if (before < 0) {
        counters.no_seq++;
        return;
    }
    if (before)
        counters.duplicates++;
    else
        counters.unique++;
    if (mark.stamp_us && mark.stamp_us <= now_us)
        histogram_add(&counters.end_to_end, now_us - mark.stamp_us);
}

void stats_accept(const uint8_t *text, size_t length, const char *destination, uint64_t now_us)
{
    counters.accepted++;
    if (counters.first_us)
        histogram_add(&counters.between_arrivals, now_us - counters.last_us);
    else
        counters.first_us = now_us;
    counters.last_us = now_us;
    uint64_t second = (now_us - counters.first_us) / MICROSECONDS;
    if (second < MOST_SECONDS)
        counters.per_second[second]++;
    count_mark(text, length, now_us);
    count_destination(destination);
}

static void append_submits(struct buffer *json)
{
    json_integer(json, "submits", counters.submits);
    json_integer(json, "accepted", counters.accepted);
    json_integer(json, "unique", counters.unique);
    json_integer(json, "duplicates", counters.duplicates);
    json_integer(json, "no_seq", counters.no_seq);
    json_integer(json, "unique_dests", destination_count);
    json_integer(json, "throttled", counters.throttled);
    json_integer(json, "failed", counters.failed);
    json_integer(json, "over_window", counters.over_window);
    json_integer(json, "ambiguous", counters.unanswered_at_close);
    json_integer(json, "malformed", counters.malformed);
    json_integer(json, "nacks", counters.nacks);
    json_integer(json, "forced_drops", counters.forced_drops);
    json_integer(json, "max_window_seen", counters.widest_window);
}

static void append_deliveries(struct buffer *json)
{
    uint64_t in_flight = 0;
    for (int place = 0; place < sessions_high; place++)
        in_flight += sessions[place].unanswered_deliveries;
    json_integer(json, "dlr_requested", counters.receipts_asked);
    json_integer(json, "dlr_sent", counters.receipts_sent);
    json_integer(json, "dlr_acked", counters.receipts_acked);
    json_integer(json, "dlr_nacked", counters.receipts_nacked);
    json_integer(json, "deliver_requeued", counters.deliver_requeued);
    json_integer(json, "deliver_pending", deliveries_waiting());
    json_integer(json, "deliver_inflight", in_flight);
    json_integer(json, "mo_sent", counters.mo_sent);
    json_integer(json, "mo_acked", counters.mo_acked);
    json_integer(json, "mo_nacked", counters.mo_nacked);
}

static void append_sessions(struct buffer *json)
{
    json_integer(json, "connections", counters.connections);
    json_integer(json, "binds", counters.binds);
    json_integer(json, "bind_failures", counters.bind_failures);
    json_integer(json, "unbinds", counters.unbinds);
    json_integer(json, "enquire_links", counters.enquire_links);
    json_integer(json, "bound_now", (uint64_t)sessions_bound());
}

static void append_times(struct buffer *json)
{
    double seconds = seconds_between(counters.first_us, counters.last_us);
    json_decimal(json, "seconds", seconds, 3);
    json_decimal(json, "rate", seconds > 0 ? (double)(counters.accepted - 1) / seconds : 0, 1);
    json_histogram(json, "interarrival_us", &counters.between_arrivals);
    json_histogram(json, "e2e_us", &counters.end_to_end);
    json_histogram(json, "deliver_resp_us", &counters.deliver_answer);
    json_begin(json, "per_second", '[');
    uint64_t last_second = (counters.last_us - counters.first_us) / MICROSECONDS;
    for (uint64_t second = 0; counters.first_us && second <= last_second && second < MOST_SECONDS; second++)
        json_integer(json, NULL, counters.per_second[second]);
    json_end(json, ']');
}

void stats_append_json(struct buffer *json)
{
    /* Built apart, because the separators depend on what the buffer holds before. */
    struct buffer line = {0};
    json_begin(&line, NULL, '{');
    append_submits(&line);
    append_deliveries(&line);
    append_sessions(&line);
    append_times(&line);
    json_end(&line, '}');
    buffer_append(&line, "\n", 1);
    buffer_append(json, buffer_front(&line), buffer_length(&line));
    buffer_free(&line);
}

/* Written under another name first: whoever reads the file never sees half of it. */
static bool replace_file(const char *path, const struct buffer *content)
{
    char temporary[4096];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    FILE *file = fopen(temporary, "w");
    if (!file)
        return false;
    bool whole = fwrite(buffer_front(content), 1, buffer_length(content), file) == buffer_length(content);
    return !fclose(file) && whole && !rename(temporary, path);
}

void stats_write(void)
{
    struct buffer json = {0};
    stats_append_json(&json);
    if (!settings.stats_file) {
        fwrite(buffer_front(&json), 1, buffer_length(&json), stdout);
        fflush(stdout);
    } else if (!replace_file(settings.stats_file, &json)) {
        perror(settings.stats_file);
    }
    buffer_free(&json);
}

bool stats_dump(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    for (uint32_t number = 0; number < seen.size; number++)
        if (seen.counts[number])
            fprintf(file, "%u %u\n", number, seen.counts[number]);
    return !fclose(file);
}
