/* smscsim.h - what the parts of the SMSC simulator know of each other.
 *
 *   smscsim.c          options, listening, the event loop
 *   smscsim_session.c  connections and what is answered to each PDU, with the faults
 *   smscsim_deliver.c  receipts, mobile-originated messages, delayed answers: everything that has a due time
 *   smscsim_stats.c    the counters and their JSON
 *   smscsim_control.c  the commands of the control port
 */
#ifndef BENCH_SMSCSIM_H
#define BENCH_SMSCSIM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buffer.h"
#include "lib/clock.h"
#include "lib/histogram.h"
#include "lib/mark.h"
#include "lib/options.h"
#include "lib/ring.h"
#include "lib/smpp.h"

#define MOST_SESSIONS 512
#define DELIVER_SLOTS 65536 /* deliver_sm that one session can have unanswered */
#define MOST_SECONDS 7200   /* for the accepted messages of every second */

struct settings {
    const char *host, *system_id, *password, *id_format, *receipt_ids, *stats_file, *seq_file;
    const char *mo_source, *mo_destination, *mo_text;
    int port, control_port, receipt_after_ms, response_delay_ms, max_window, max_per_second, disconnect_every;
    int deliver_window;
    double throttle_percent, fail_percent, bad_receipts_percent, mo_rate;
    uint32_t fail_status;
    uint64_t mo_count, max_seq;
    bool no_nack_retry, quickack;
};
extern struct settings settings;
extern const struct option_row smscsim_options[];

/* --- statistics --- */

struct counters {
    uint64_t connections, binds, bind_failures, unbinds, enquire_links, forced_drops;
    uint64_t submits, accepted, unique, duplicates, no_seq, throttled, failed, over_window, unanswered_at_close;
    uint64_t malformed, nacks;
    uint64_t receipts_asked, receipts_sent, receipts_acked, receipts_nacked, deliver_requeued;
    uint64_t mo_sent, mo_acked, mo_nacked;
    uint64_t first_us, last_us; /* of the accepted messages */
    uint32_t widest_window;
    uint32_t per_second[MOST_SECONDS];
    struct histogram between_arrivals, end_to_end, deliver_answer;
};
extern struct counters counters;

void stats_prepare(void); /* once, after the options are read */
void stats_reset(void);

/* Counts one accepted message: its mark, its time and its destination. */
void stats_accept(const uint8_t *text, size_t length, const char *destination, uint64_t now_us);
void stats_append_json(struct buffer *json);
void stats_write(void); /* to --stats-file, or to standard output */
bool stats_dump(const char *path);

/* --- sessions --- */

struct delivery;

struct session {
    bool in_use, is_control, closing;
    int descriptor;
    uint32_t generation;   /* tells a delayed answer that its connection is gone and the place taken again */
    uint32_t bind_command; /* 0 until bound */
    int account;
    uint32_t events; /* what epoll watches for */
    struct buffer incoming, outgoing;
    uint32_t unanswered_submits, unanswered_deliveries, next_sequence;
    uint64_t submits;
    struct delivery **in_flight; /* by sequence number; NULL unless this session receives */
};
extern struct session sessions[MOST_SESSIONS];
extern int sessions_high; /* no place from here on was ever used */

void session_open(int descriptor, bool is_control);
void session_close(struct session *session);
void session_read(struct session *session);
void session_flush(struct session *session);
void session_answer_submit(struct session *session, uint32_t sequence, uint32_t status, uint64_t message_id);
void sessions_close_marked(void);
int sessions_drop(void); /* marks all bound ones for closing, returns how many */
int sessions_bound(void);
extern int poller;

/* --- what is sent later --- */

enum delivery_kind { DELIVERY_RECEIPT, DELIVERY_MO };

struct delivery {
    enum delivery_kind kind;
    int attempts;
    uint64_t due_us, sent_us;
    uint64_t number; /* message id of a receipt, counter of a mobile-originated message */
    int64_t accepted_at; /* seconds of the epoch */
    char source[SMPP_ADDRESS_SIZE], destination[SMPP_ADDRESS_SIZE], text[21];
};

#define MESSAGE_ID_TEXT_SIZE 24
void format_message_id(char text[MESSAGE_ID_TEXT_SIZE], uint64_t message_id, const char *format);

/* The place of an account in the queues; receipts go to any receiving session bound under the same system_id. */
int account_of(const char *system_id);
void queue_receipt(int account, const struct delivery *receipt);
void queue_answer(const struct session *session, uint32_t sequence, uint32_t status, uint64_t message_id,
                  uint64_t now_us);
void start_mobile_originated(uint64_t count, double rate);
void delivery_answered(struct session *session, uint32_t sequence, uint32_t status);
void requeue_unanswered(struct session *session);
uint64_t deliveries_waiting(void);

/* Sends everything due; returns the milliseconds until something else is (at most a second). */
int send_due(void);

/* --- faults and control --- */

bool chance(double percent);
void control_line(struct session *session, char *line);

#endif
