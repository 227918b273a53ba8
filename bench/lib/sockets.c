/* sockets.c - see sockets.h. */
#define _GNU_SOURCE /* accept4 */
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTEN_BACKLOG 1024
#define READ_SIZE 65536

static void set_option(int descriptor, int level, int option)
{
    int on = 1;
    setsockopt(descriptor, level, option, &on, sizeof on);
}

static struct sockaddr_in address_of(const char *host, int port, const char *program)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        fprintf(stderr, "%s: '%s' is not an IPv4 address\n", program, host);
        exit(2);
    }
    return address;
}

int listen_on(const char *host, int port, const char *program)
{
    struct sockaddr_in address = address_of(host, port, program);
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    set_option(listening, SOL_SOCKET, SO_REUSEADDR);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) || listen(listening, LISTEN_BACKLOG)) {
        fprintf(stderr, "%s: cannot listen on %s:%d: %s\n", program, host, port, strerror(errno));
        exit(1);
    }
    return listening;
}

int port_of(int listening)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    getsockname(listening, (struct sockaddr *)&address, &length);
    return ntohs(address.sin_port);
}

int accept_from(int listening)
{
    int descriptor = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0)
        set_option(descriptor, IPPROTO_TCP, TCP_NODELAY);
    return descriptor;
}

int connect_to(const char *host, int port, const char *program)
{
    struct sockaddr_in address = address_of(host, port, program);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        fprintf(stderr, "%s: no socket: %s\n", program, strerror(errno));
        exit(1);
    }
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY);
    /* A refusal that comes at once is also reported by connect_error(), so the result is not needed here. */
    (void)!connect(descriptor, (struct sockaddr *)&address, sizeof address);
    return descriptor;
}

int connect_error(int descriptor)
{
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
    return error;
}

void acknowledge_now(int descriptor)
{
    set_option(descriptor, IPPROTO_TCP, TCP_QUICKACK);
}

enum transfer send_buffer(int descriptor, struct buffer *outgoing)
{
    while (buffer_length(outgoing)) {
        ssize_t sent = send(descriptor, buffer_front(outgoing), buffer_length(outgoing), MSG_NOSIGNAL);
        if (sent > 0)
            buffer_consume(outgoing, (size_t)sent);
        else if (errno == EAGAIN)
            return TRANSFER_BLOCKED;
        else if (errno != EINTR)
            return TRANSFER_CLOSED;
    }
    return TRANSFER_MORE;
}

enum transfer receive_into(int descriptor, struct buffer *incoming)
{
    uint8_t *room = buffer_reserve(incoming, READ_SIZE);
    ssize_t received = recv(descriptor, room, READ_SIZE, 0);
    if (received > 0) {
        incoming->end += (size_t)received;
        return TRANSFER_MORE;
    }
    if (received < 0 && (errno == EAGAIN || errno == EINTR))
        return TRANSFER_BLOCKED;
    return TRANSFER_CLOSED;
}

void watch(int poller, int descriptor, uint32_t events, epoll_data_t owner)
{
    struct epoll_event event = {.events = events, .data = owner};
    epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

void watch_change(int poller, int descriptor, uint32_t events, epoll_data_t owner)
{
    struct epoll_event event = {.events = events, .data = owner};
    epoll_ctl(poller, EPOLL_CTL_MOD, descriptor, &event);
}

void watch_end(int poller, int descriptor)
{
    epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, NULL);
    close(descriptor);
}
