/* hash.h - the FNV-1a hash of a C string, never 0, so that 0 can mean "free" in an open-addressing table. */
#ifndef BENCH_HASH_H
#define BENCH_HASH_H

#include <stdint.h>

static inline uint64_t hash_text(const char *text)
{
    uint64_t hash = 1469598103934665603ull;
    for (; *text; text++) {
        hash ^= (uint8_t)*text;
        hash *= 1099511628211ull;
    }
    return hash ? hash : 1;
}

#endif
