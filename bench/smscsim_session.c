/* smscsim_session.c - connections, and what the simulator answers to each PDU. */
#include "smscsim.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/sockets.h"

#define MOST_READS 8            /* in a row, before the other connections get their turn */
#define SHORT_READ 16384        /* a read of less than that has emptied the socket, as a rule */
#define STOP_READING (4u << 20) /* octets waiting to be sent at which an unread peer is no longer read */
#define WIDE_TEXT 1024

struct session sessions[MOST_SESSIONS];
int sessions_high;

/* --- life of a connection --- */

static epoll_data_t owner_of(const struct session *session)
{
    return (epoll_data_t){.u32 = (uint32_t)(session - sessions)};
}

void session_open(int descriptor, bool is_control)
{
    int place = 0;
    while (place < MOST_SESSIONS && sessions[place].in_use)
        place++;
    if (place == MOST_SESSIONS) {
        fprintf(stderr, "smscsim: more than %d connections, one refused\n", MOST_SESSIONS);
        watch_end(poller, descriptor);
        return;
    }
    if (place >= sessions_high)
        sessions_high = place + 1;
    struct session *session = &sessions[place];
    session->in_use = true;
    session->is_control = is_control;
    session->descriptor = descriptor;
    session->events = EPOLLIN;
    watch(poller, descriptor, EPOLLIN, owner_of(session));
    if (!is_control)
        counters.connections++;
}

void session_close(struct session *session)
{
    if (!session->in_use)
        return;
    watch_end(poller, session->descriptor);
    if (session->in_flight)
        requeue_unanswered(session);
    counters.unanswered_at_close += session->unanswered_submits;
    buffer_free(&session->incoming);
    buffer_free(&session->outgoing);
    uint32_t generation = session->generation + 1;
    memset(session, 0, sizeof *session);
    session->generation = generation;
}

void sessions_close_marked(void)
{
    for (int place = 0; place < sessions_high; place++) {
        struct session *session = &sessions[place];
        if (session->in_use && session->closing) {
            session_flush(session);
            session_close(session);
        }
    }
}

int sessions_drop(void)
{
    int dropped = 0;
    for (int place = 0; place < sessions_high; place++) {
        if (sessions[place].in_use && sessions[place].bind_command) {
            sessions[place].closing = true;
            dropped++;
        }
    }
    return dropped;
}

int sessions_bound(void)
{
    int bound = 0;
    for (int place = 0; place < sessions_high; place++)
        bound += sessions[place].in_use && sessions[place].bind_command;
    return bound;
}

/* A peer that does not read what it is sent is not read either. */
static void watch_again(struct session *session)
{
    size_t waiting = buffer_length(&session->outgoing);
    uint32_t events = (waiting ? EPOLLOUT : 0) | (waiting < STOP_READING ? EPOLLIN : 0);
    if (events != session->events) {
        watch_change(poller, session->descriptor, events, owner_of(session));
        session->events = events;
    }
}

void session_flush(struct session *session)
{
    if (!session->in_use)
        return;
    if (send_buffer(session->descriptor, &session->outgoing) == TRANSFER_CLOSED)
        session_close(session);
    else
        watch_again(session);
}

/* --- faults --- */

bool chance(double percent)
{
    static uint64_t state = 88172645463325252ull; /* xorshift64, the same run every time */
    if (percent <= 0)
        return false;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) * (100.0 / 9007199254740992.0) < percent;
}

static bool over_rate(uint64_t now_us)
{
    static uint64_t second;
    static int in_second;
    if (!settings.max_per_second)
        return false;
    if (now_us / MICROSECONDS != second) {
        second = now_us / MICROSECONDS;
        in_second = 0;
    }
    return ++in_second > settings.max_per_second;
}

static uint32_t choose_status(const struct session *session, uint64_t now_us)
{
    if (over_rate(now_us)) {
        counters.throttled++;
        return SMPP_ESME_RTHROTTLED;
    }
    if (settings.max_window && session->unanswered_submits > (uint32_t)settings.max_window) {
        counters.over_window++;
        return SMPP_ESME_RTHROTTLED;
    }
    if (chance(settings.throttle_percent)) {
        counters.throttled++;
        return SMPP_ESME_RTHROTTLED;
    }
    if (chance(settings.fail_percent)) {
        counters.failed++;
        return settings.fail_status;
    }
    return SMPP_ESME_ROK;
}

/* --- submit_sm --- */

void session_answer_submit(struct session *session, uint32_t sequence, uint32_t status, uint64_t message_id)
{
    char id[MESSAGE_ID_TEXT_SIZE];
    size_t length = 0; /* a refusal has no body, SMPP 3.4 §4.4.2 */
    if (status == SMPP_ESME_ROK) {
        format_message_id(id, message_id, settings.id_format);
        length = strlen(id) + 1;
    }
    smpp_append_pdu(&session->outgoing, SMPP_SUBMIT_SM | SMPP_RESPONSE, status, sequence, id, length);
}

static void ask_for_receipt(const struct session *session, const struct smpp_message *message, uint64_t message_id,
                            uint64_t now_us)
{
    struct delivery receipt = {.kind = DELIVERY_RECEIPT, .number = message_id, .accepted_at = time(NULL)};
    receipt.due_us = now_us + (uint64_t)settings.receipt_after_ms * 1000;
    /* The receipt travels the other way. */
    snprintf(receipt.source, sizeof receipt.source, "%s", message->destination);
    snprintf(receipt.destination, sizeof receipt.destination, "%s", message->source);
    size_t kept = message->text_length < sizeof receipt.text - 1 ? message->text_length : sizeof receipt.text - 1;
    for (size_t at = 0; at < kept; at++)
        receipt.text[at] = message->text[at] >= 32 && message->text[at] < 127 ? (char)message->text[at] : '.';
    counters.receipts_asked++;
    queue_receipt(session->account, &receipt);
}

/* The mark is plain ASCII, so the low octet of each UCS2 character is enough to find it. */
static void narrow_text(struct smpp_message *message, uint8_t narrow[WIDE_TEXT])
{
    size_t length = 0;
    for (size_t at = 1; at < message->text_length && length < WIDE_TEXT; at += 2)
        narrow[length++] = message->text[at];
    message->text = narrow;
    message->text_length = length;
}

static uint64_t accept_message(const struct session *session, struct smpp_message *message, uint64_t now_us)
{
    static uint64_t next_id;
    uint8_t narrow[WIDE_TEXT];
    if (!next_id)
        next_id = (uint64_t)time(NULL) * MICROSECONDS; /* a restarted simulator does not repeat its ids */
    if (message->data_coding == SMPP_CODING_UCS2)
        narrow_text(message, narrow);
    stats_accept(message->text, message->text_length, message->destination, now_us);
    uint8_t wish = message->registered_delivery & 3; /* 1 always, 2 on failure; §5.2.17 */
    if (wish == 1 || wish == 2)
        ask_for_receipt(session, message, next_id, now_us);
    return next_id++;
}

static void on_submit(struct session *session, const struct smpp_pdu *pdu)
{
    struct smpp_message message;
    uint64_t now_us = monotonic_us(), message_id = 0;
    counters.submits++;
    session->submits++;
    if (session->bind_command != SMPP_BIND_TRANSMITTER && session->bind_command != SMPP_BIND_TRANSCEIVER) {
        session_answer_submit(session, pdu->sequence, SMPP_ESME_RINVBNDSTS, 0);
        return;
    }
    if (!smpp_read_message(pdu, &message)) {
        counters.malformed++;
        session_answer_submit(session, pdu->sequence, SMPP_ESME_RINVMSGLEN, 0);
        return;
    }
    if (settings.disconnect_every && session->submits % (uint64_t)settings.disconnect_every == 0) {
        counters.forced_drops++;
        session->closing = true;
        return;
    }
    if (++session->unanswered_submits > counters.widest_window)
        counters.widest_window = session->unanswered_submits;
    uint32_t status = choose_status(session, now_us);
    if (status == SMPP_ESME_ROK)
        message_id = accept_message(session, &message, now_us);
    if (settings.response_delay_ms) {
        queue_answer(session, pdu->sequence, status, message_id, now_us);
    } else {
        session->unanswered_submits--;
        session_answer_submit(session, pdu->sequence, status, message_id);
    }
}

/* --- the other PDUs --- */

static uint32_t bind_status(const struct session *session, const struct smpp_reader *reader, const char *system_id,
                            const char *password)
{
    if (session->bind_command)
        return SMPP_ESME_RALYBND;
    if (reader->broken)
        return SMPP_ESME_RBINDFAIL;
    if (settings.system_id && strcmp(system_id, settings.system_id))
        return SMPP_ESME_RINVSYSID;
    if (settings.password && strcmp(password, settings.password))
        return SMPP_ESME_RINVPASWD;
    return SMPP_ESME_ROK;
}

static void on_bind(struct session *session, const struct smpp_pdu *pdu)
{
    static const uint8_t answer[] = "SMSCSIM\0\x02\x10\x00\x01\x34"; /* system_id, sc_interface_version 3.4 */
    struct smpp_reader reader = smpp_read_body(pdu);
    const char *system_id = smpp_read_text(&reader, SMPP_SYSTEM_ID_SIZE);
    const char *password = smpp_read_text(&reader, SMPP_PASSWORD_SIZE);
    uint32_t status = bind_status(session, &reader, system_id, password);
    if (status) {
        counters.bind_failures++;
        smpp_append_pdu(&session->outgoing, pdu->command | SMPP_RESPONSE, status, pdu->sequence, "", 1);
        return;
    }
    counters.binds++;
    session->bind_command = pdu->command;
    session->account = account_of(system_id);
    if (pdu->command != SMPP_BIND_TRANSMITTER)
        session->in_flight = allocate(DELIVER_SLOTS, sizeof *session->in_flight);
    smpp_append_pdu(&session->outgoing, pdu->command | SMPP_RESPONSE, status, pdu->sequence, answer, sizeof answer - 1);
}

static void on_pdu(struct session *session, const struct smpp_pdu *pdu)
{
    switch (pdu->command) {
    case SMPP_BIND_RECEIVER:
    case SMPP_BIND_TRANSMITTER:
    case SMPP_BIND_TRANSCEIVER:
        on_bind(session, pdu);
        break;
    case SMPP_SUBMIT_SM:
        on_submit(session, pdu);
        break;
    case SMPP_ENQUIRE_LINK:
        counters.enquire_links++;
        smpp_append_pdu(&session->outgoing, SMPP_ENQUIRE_LINK | SMPP_RESPONSE, 0, pdu->sequence, NULL, 0);
        break;
    case SMPP_UNBIND:
        counters.unbinds++;
        smpp_append_pdu(&session->outgoing, SMPP_UNBIND | SMPP_RESPONSE, 0, pdu->sequence, NULL, 0);
        session->closing = true;
        break;
    case SMPP_DELIVER_SM | SMPP_RESPONSE:
        delivery_answered(session, pdu->sequence, pdu->status);
        break;
    case SMPP_ENQUIRE_LINK | SMPP_RESPONSE:
    case SMPP_UNBIND | SMPP_RESPONSE:
        break;
    case SMPP_GENERIC_NACK:
        counters.nacks++;
        break;
    default:
        counters.nacks++;
        smpp_append_pdu(&session->outgoing, SMPP_GENERIC_NACK, SMPP_ESME_RINVCMDID, pdu->sequence, NULL, 0);
    }
}

/* --- reading --- */

static void handle_pdus(struct session *session)
{
    struct smpp_pdu pdu;
    enum smpp_cut cut = SMPP_CUT_PDU;
    while (!session->closing && (cut = smpp_cut_pdu(&session->incoming, &pdu)) == SMPP_CUT_PDU)
        on_pdu(session, &pdu);
    if (cut == SMPP_CUT_BROKEN) {
        counters.malformed++;
        smpp_append_pdu(&session->outgoing, SMPP_GENERIC_NACK, SMPP_ESME_RINVCMDLEN, 0, NULL, 0);
        session->closing = true;
    }
}

static void handle_lines(struct session *session)
{
    char *line, *end;
    while (buffer_length(&session->incoming)
           && (end = memchr(buffer_front(&session->incoming), '\n', buffer_length(&session->incoming)))) {
        line = (char *)buffer_front(&session->incoming);
        buffer_consume(&session->incoming, (size_t)(end + 1 - line));
        *end = 0;
        control_line(session, line);
    }
}

void session_read(struct session *session)
{
    for (int reads = 0; reads < MOST_READS && !session->closing; reads++) {
        size_t before = buffer_length(&session->incoming);
        enum transfer outcome = receive_into(session->descriptor, &session->incoming);
        if (outcome == TRANSFER_CLOSED) {
            session_close(session);
            return;
        }
        if (outcome == TRANSFER_BLOCKED)
            break;
        size_t received = buffer_length(&session->incoming) - before;
        if (session->is_control) {
            handle_lines(session);
        } else {
            if (settings.quickack)
                acknowledge_now(session->descriptor);
            handle_pdus(session);
        }
        if (received < SHORT_READ)
            break;
    }
    session_flush(session);
    if (session->in_use && session->closing)
        session_close(session);
}
