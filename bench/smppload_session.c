/* smppload_session.c - the sessions of the load generator: binds, submit_sm within a
 * window, what is done with each PDU. */
#include "smppload.h"

#include <stdio.h>
#include <string.h>

#include "lib/sockets.h"

#define MOST_READS 8
#define SHORT_READ 16384
#define RECONNECT_AFTER_US 500000
#define LONGEST_TEXT 159 /* one part of GSM text, whatever the separator between parts costs */
#define BIND_SEQUENCE 0x7f000001u /* far from those of messages */
#define UNBIND_SEQUENCE 0x7f000002u
#define SEQUENCE_MASK 0x00ffffffu
#define BIND_REFUSED 0x10000000u /* added to the status of a refused bind in the result */

struct session *sessions;
int poller;
bool stop_asked;

/* Places of messages that must be sent again, first in first out. */
static uint32_t *again;
static size_t again_next, again_length, again_capacity;

void sessions_prepare(void)
{
    poller = epoll_create1(EPOLL_CLOEXEC);
    sessions = allocate((size_t)settings.sessions, sizeof *sessions);
    for (int index = 0; index < settings.sessions; index++)
        sessions[index].slots = allocate(WINDOW_SLOTS, sizeof *sessions[index].slots);
}

bool messages_to_send(void)
{
    return totals.next_unsent < settings.count || again_next < again_length;
}

static void send_again(uint32_t place)
{
    messages[place].state = MESSAGE_UNSENT;
    if (again_length == again_capacity) {
        again_capacity = again_capacity ? again_capacity * 2 : 1024;
        again = reallocate(again, again_capacity * sizeof *again);
    }
    again[again_length++] = place;
}

static void settle(uint32_t place, enum message_state state, uint64_t *total)
{
    messages[place].state = (uint8_t)state;
    totals.settled++;
    (*total)++;
}

static void count_status(uint32_t status)
{
    int index = 0;
    while (index < totals.status_count && totals.statuses[index].status != status)
        index++;
    if (index == MOST_STATUSES)
        return;
    if (index == totals.status_count)
        totals.statuses[totals.status_count++].status = status;
    totals.statuses[index].count++;
}

/* --- connections --- */

static void watch_for(struct session *session, uint32_t events)
{
    if (session->events != events) {
        watch_change(poller, session->descriptor, events, (epoll_data_t){.ptr = session});
        session->events = events;
    }
}

void session_connect(struct session *session)
{
    session->descriptor = connect_to(settings.host, settings.port, "smppload");
    session->state = SESSION_CONNECTING;
    session->events = EPOLLIN | EPOLLOUT;
    watch(poller, session->descriptor, session->events, (epoll_data_t){.ptr = session});
}

static bool any_session_up(void)
{
    for (int index = 0; index < settings.sessions; index++)
        if (sessions[index].state != SESSION_DOWN)
            return true;
    return false;
}

/* Unanswered messages are sent again after a reconnect, or else are lost: nobody knows whether they arrived. */
static void session_down(struct session *session)
{
    if (session->state == SESSION_DOWN)
        return;
    if (session->state != SESSION_UNBINDING)
        totals.disconnects++;
    watch_end(poller, session->descriptor);
    session->state = SESSION_DOWN;
    session->outstanding = 0;
    buffer_clear(&session->incoming);
    buffer_clear(&session->outgoing);
    for (uint32_t slot = 0; slot < WINDOW_SLOTS; slot++) {
        if (!session->slots[slot])
            continue;
        uint32_t place = session->slots[slot] - 1;
        session->slots[slot] = 0;
        if (settings.reconnect) {
            send_again(place);
            totals.resent++;
        } else {
            settle(place, MESSAGE_LOST, &totals.lost);
        }
    }
    session->retry_at_us = monotonic_us() + RECONNECT_AFTER_US;
    if (!settings.reconnect && !any_session_up())
        stop_asked = true;
}

static void session_flush(struct session *session)
{
    if (session->state == SESSION_DOWN)
        return;
    if (send_buffer(session->descriptor, &session->outgoing) == TRANSFER_CLOSED)
        session_down(session);
    else
        watch_for(session, buffer_length(&session->outgoing) ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void session_connected(struct session *session)
{
    int error = connect_error(session->descriptor);
    if (error) {
        if (!settings.reconnect)
            fprintf(stderr, "smppload: cannot connect to %s:%d: %s\n", settings.host, settings.port, strerror(error));
        session_down(session);
        return;
    }
    uint32_t command = !strcmp(settings.bind, "tx") ? SMPP_BIND_TRANSMITTER : SMPP_BIND_TRANSCEIVER;
    smpp_append_bind(&session->outgoing, command, BIND_SEQUENCE, settings.system_id, settings.password);
    session->state = SESSION_BINDING;
    session_flush(session);
}

/* Nothing is lost with an unbind: whatever was still unanswered stays "unanswered" in the result. */
void session_unbind(struct session *session)
{
    if (session->state != SESSION_BOUND)
        return;
    memset(session->slots, 0, WINDOW_SLOTS * sizeof *session->slots);
    smpp_append_pdu(&session->outgoing, SMPP_UNBIND, 0, UNBIND_SEQUENCE, NULL, 0);
    session->state = SESSION_UNBINDING;
    session_flush(session);
}

/* --- sending --- */

static uint32_t free_sequence(struct session *session)
{
    do
        session->last_sequence = (session->last_sequence + 1) & SEQUENCE_MASK;
    while (!session->last_sequence || session->slots[session->last_sequence % WINDOW_SLOTS]);
    return session->last_sequence;
}

static void submit(struct session *session, uint32_t place)
{
    char text[256], destination[SMPP_ADDRESS_SIZE];
    unsigned long long number = settings.first_number + place;
    messages[place].sent_us = monotonic_us();
    int length = snprintf(text, sizeof text, "SEQ-%010llu-T%llu- %s", number,
                          (unsigned long long)messages[place].sent_us, settings.text);
    snprintf(destination, sizeof destination, "%.15s%05llu", settings.destination, number % 100000);
    struct smpp_message message = {
        .source = settings.source,
        .destination = destination,
        .registered_delivery = (uint8_t)settings.registered_delivery,
        .text = (const uint8_t *)text,
        .text_length = length < LONGEST_TEXT ? (size_t)length : LONGEST_TEXT,
    };
    uint32_t sequence = free_sequence(session);
    session->slots[sequence % WINDOW_SLOTS] = place + 1;
    session->outstanding++;
    messages[place].state = MESSAGE_OUTSTANDING;
    smpp_append_message(&session->outgoing, SMPP_SUBMIT_SM, sequence, &message);
}

static void fill_window(struct session *session)
{
    uint64_t due = due_by_rate(settings.rate, totals.start_us, settings.count);
    while (session->state == SESSION_BOUND && session->outstanding < settings.window) {
        if (again_next < again_length)
            submit(session, again[again_next++]);
        else if (totals.next_unsent < due)
            submit(session, (uint32_t)totals.next_unsent++);
        else
            break;
    }
    session_flush(session);
}

void session_tend(struct session *session)
{
    if (session->state == SESSION_BOUND && session->outstanding < settings.window && messages_to_send())
        fill_window(session);
    else if (session->state == SESSION_DOWN && settings.reconnect && monotonic_us() > session->retry_at_us)
        session_connect(session);
}

/* --- receiving --- */

static void on_bind_answer(struct session *session, const struct smpp_pdu *pdu)
{
    if (pdu->status) {
        fprintf(stderr, "smppload: the bind was refused with command_status 0x%08x\n", pdu->status);
        count_status(pdu->status | BIND_REFUSED);
        settings.reconnect = false;
        stop_asked = true;
        return;
    }
    session->state = SESSION_BOUND;
    if (!totals.start_us)
        totals.start_us = monotonic_us();
}

static void on_submit_answer(struct session *session, const struct smpp_pdu *pdu, uint32_t status)
{
    uint32_t *slot = &session->slots[pdu->sequence % WINDOW_SLOTS];
    if (!*slot)
        return;
    uint32_t place = *slot - 1;
    *slot = 0;
    session->outstanding--;
    totals.last_answer_us = monotonic_us();
    if (status == SMPP_ESME_RTHROTTLED && settings.retry_throttled) {
        totals.retried_throttled++;
        send_again(place);
        return;
    }
    histogram_add(&totals.answer, totals.last_answer_us - messages[place].sent_us);
    if (status) {
        count_status(status);
        settle(place, MESSAGE_REFUSED, &totals.refused);
        return;
    }
    settle(place, MESSAGE_ACCEPTED, &totals.accepted);
    struct smpp_reader reader = smpp_read_body(pdu);
    const char *message_id = smpp_read_text(&reader, SMPP_MESSAGE_ID_SIZE);
    if (settings.registered_delivery && !reader.broken)
        receipt_expect(message_id, place);
}

static void on_deliver(struct session *session, const struct smpp_pdu *pdu)
{
    struct smpp_message message;
    smpp_append_pdu(&session->outgoing, SMPP_DELIVER_SM | SMPP_RESPONSE, SMPP_ESME_ROK, pdu->sequence, "", 1);
    if (!smpp_read_message(pdu, &message))
        fprintf(stderr, "smppload: a deliver_sm that cannot be read\n");
    else if (message.esm_class & SMPP_ESM_KIND_MASK)
        receipt_arrived(&message);
    else
        totals.mobile_originated++;
}

static void on_pdu(struct session *session, const struct smpp_pdu *pdu)
{
    switch (pdu->command) {
    case SMPP_BIND_TRANSCEIVER | SMPP_RESPONSE:
    case SMPP_BIND_TRANSMITTER | SMPP_RESPONSE:
        on_bind_answer(session, pdu);
        break;
    case SMPP_SUBMIT_SM | SMPP_RESPONSE:
        on_submit_answer(session, pdu, pdu->status);
        break;
    case SMPP_GENERIC_NACK:
        on_submit_answer(session, pdu, pdu->status ? pdu->status : SMPP_ESME_RINVCMDID);
        break;
    case SMPP_DELIVER_SM:
        on_deliver(session, pdu);
        break;
    case SMPP_ENQUIRE_LINK:
        smpp_append_pdu(&session->outgoing, SMPP_ENQUIRE_LINK | SMPP_RESPONSE, 0, pdu->sequence, NULL, 0);
        break;
    case SMPP_UNBIND:
        smpp_append_pdu(&session->outgoing, SMPP_UNBIND | SMPP_RESPONSE, 0, pdu->sequence, NULL, 0);
        session_flush(session);
        session_down(session);
        break;
    case SMPP_UNBIND | SMPP_RESPONSE:
        session_down(session);
        break;
    }
}

static void session_read(struct session *session)
{
    struct smpp_pdu pdu;
    for (int reads = 0; reads < MOST_READS && session->state != SESSION_DOWN; reads++) {
        size_t before = buffer_length(&session->incoming);
        enum transfer outcome = receive_into(session->descriptor, &session->incoming);
        if (outcome == TRANSFER_BLOCKED)
            break;
        size_t received = buffer_length(&session->incoming) - before;
        enum smpp_cut cut = SMPP_CUT_INCOMPLETE;
        while (session->state != SESSION_DOWN
               && (cut = smpp_cut_pdu(&session->incoming, &pdu)) == SMPP_CUT_PDU)
            on_pdu(session, &pdu);
        if (outcome == TRANSFER_CLOSED || cut == SMPP_CUT_BROKEN) {
            session_down(session);
            return;
        }
        if (received < SHORT_READ)
            break;
    }
    if (session->state == SESSION_BOUND)
        fill_window(session);
    else
        session_flush(session);
}

void session_event(struct session *session, uint32_t events)
{
    if (session->state == SESSION_CONNECTING) {
        if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
            session_connected(session);
        return;
    }
    if (session->state != SESSION_DOWN && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        session_read(session);
    if (session->state != SESSION_DOWN && events & EPOLLOUT)
        session_flush(session);
}
