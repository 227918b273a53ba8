/* smppload.h - what the parts of the SMPP load generator know of each other.
 *
 *   smppload.c           options, the event loop, the result
 *   smppload_session.c   binds, submit_sm within a window, what is done with each PDU
 *   smppload_receipts.c  receipts, matched by message id
 */
#ifndef BENCH_SMPPLOAD_H
#define BENCH_SMPPLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buffer.h"
#include "lib/clock.h"
#include "lib/histogram.h"
#include "lib/smpp.h"

#define WINDOW_SLOTS 65536 /* a power of two: the low bits of a sequence number are the slot of its message */
#define MOST_STATUSES 64

struct settings {
    const char *host, *system_id, *password, *bind, *source, *destination, *text, *ok_log;
    int port, sessions, window, registered_delivery;
    bool reconnect, retry_throttled;
    uint64_t count, first_number;
    double rate, timeout_s, receipt_wait_s;
};
extern struct settings settings;

/* --- messages, by their place 0 .. count-1 --- */

enum message_state {
    MESSAGE_UNSENT,
    MESSAGE_OUTSTANDING,
    MESSAGE_ACCEPTED,
    MESSAGE_REFUSED,
    MESSAGE_LOST, /* its connection closed before the answer */
};

struct message {
    uint64_t sent_us;
    uint8_t state;
    bool has_receipt;
};
extern struct message *messages;

struct status_count {
    uint32_t status;
    uint64_t count;
};

struct totals {
    uint64_t next_unsent; /* messages before that place have been sent at least once */
    uint64_t settled, accepted, refused, lost, resent, retried_throttled, disconnects;
    uint64_t receipts, intermediate_receipts, not_delivered, double_receipts, unmatched_receipts, mobile_originated;
    uint64_t start_us, last_answer_us, last_receipt_us;
    struct histogram answer, receipt;
    struct status_count statuses[MOST_STATUSES];
    int status_count;
};
extern struct totals totals;

/* --- sessions --- */

enum session_state { SESSION_DOWN, SESSION_CONNECTING, SESSION_BINDING, SESSION_BOUND, SESSION_UNBINDING };

struct session {
    enum session_state state;
    int descriptor, outstanding;
    uint32_t events, last_sequence;
    uint64_t retry_at_us;
    struct buffer incoming, outgoing;
    uint32_t *slots; /* place of the message + 1, by sequence number; 0 when free */
};
extern struct session *sessions;
extern int poller;
extern bool stop_asked;

void sessions_prepare(void);
void session_connect(struct session *session);
void session_event(struct session *session, uint32_t events);

/* Sends what the window and the rate allow, connects again what may. */
void session_tend(struct session *session);
void session_unbind(struct session *session);
bool messages_to_send(void);

/* --- receipts --- */

void receipts_prepare(uint64_t messages_expected);

/* A message was accepted under that id; its receipt may have come already. */
void receipt_expect(const char *message_id, uint64_t place);
void receipt_arrived(const struct smpp_message *message);

#endif
