/* sockets.h - non-blocking TCP over IPv4, and the watching of it. */
#ifndef BENCH_SOCKETS_H
#define BENCH_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "buffer.h"

enum transfer {
    TRANSFER_MORE,    /* data came in and there may be more; or: all was sent */
    TRANSFER_BLOCKED, /* nothing more can be read or sent for now */
    TRANSFER_CLOSED,  /* the other end is gone */
};

/* Listens and returns the descriptor; `port` 0 takes a free one. A failure ends the program with a message. */
int listen_on(const char *host, int port, const char *program);
int port_of(int listening);

/* Accepts one connection with TCP_NODELAY set, or returns -1 when none waits. */
int accept_from(int listening);

/* Starts to connect; the outcome shows when the descriptor becomes writable: connect_error() gives errno or 0. A host
 * that is no IPv4 address ends the program with a message. */
int connect_to(const char *host, int port, const char *program);
int connect_error(int descriptor);

/* Makes the kernel acknowledge what was received at once instead of up to 40 ms later (one shot: repeat it). */
void acknowledge_now(int descriptor);

/* Sends as much as the kernel takes. */
enum transfer send_buffer(int descriptor, struct buffer *outgoing);

/* Reads once, whatever is there up to 64 kB. */
enum transfer receive_into(int descriptor, struct buffer *incoming);

/* epoll; the owner is what a ready event gives back in its `data`. */
void watch(int poller, int descriptor, uint32_t events, epoll_data_t owner);
void watch_change(int poller, int descriptor, uint32_t events, epoll_data_t owner);
void watch_end(int poller, int descriptor); /* closes it, too */

#endif
