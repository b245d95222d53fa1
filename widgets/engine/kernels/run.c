/* The library's two entry points: what kernels there are, and run a list of calls. */
#include "kernels.h"

#define EXPORT __attribute__((visibility("default")))

#define NAME(name, signature) #name " " signature "\n"
EXPORT const char *engine_kernels(void) { return KERNELS(NAME); }

enum {
#define INDEX(name, signature) INDEX_##name,
    KERNELS(INDEX)
};

EXPORT void engine_run(const Word *calls, int count) {
    for (const Word *call = calls; call < calls + (int64_t)count * WORDS_PER_CALL; call += WORDS_PER_CALL) {
        switch (call[0].integer) {
#define CASE(name, signature) \
    case INDEX_##name:        \
        name(call + 1);       \
        break;
            KERNELS(CASE)
        }
    }
}
