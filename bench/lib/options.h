/* options.h - command-line options declared once, as a table.
 *
 * The table gives the parser, the text of --help with the defaults, and (for rows marked `live`) the settings that a
 * control port may change while the program runs. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,    /* bool, no argument */
    OPTION_TEXT,    /* const char * */
    OPTION_PORT,    /* int, 0..65535 */
    OPTION_INTEGER, /* int, not negative */
    OPTION_COUNT,   /* uint64_t */
    OPTION_STATUS,  /* uint32_t, decimal or 0x... */
    OPTION_DECIMAL, /* double, not negative */
    OPTION_PERCENT, /* double, 0..100 */
};

struct option_row {
    const char *name; /* without the dashes; the table ends with NULL */
    enum option_kind kind;
    void *value;
    const char *argument; /* what --help calls the argument */
    const char *meaning;
    bool live; /* may be left out: false */
};

struct program {
    const char *name;
    const char *usage;   /* first line of --help, after the name */
    const char *purpose; /* what the program does, some lines */
    const struct option_row *options;
    const char *notes; /* printed after the options; may be NULL */
};

/* Reads argv from `first` on. --help ends the program with 0; anything wrong is said and ends it with 2. */
void parse_options(const struct program *program, int argc, char **argv, int first);
void print_help(const struct program *program);

/* Ends the program with 2 after "name: message". */
void refuse_options(const struct program *program, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* Sets one row from a text; false (and nothing changed) when the text does not fit the row's kind. */
bool set_option_value(const struct option_row *row, const char *text);
const struct option_row *find_live_option(const struct option_row *options, const char *name);

#endif
