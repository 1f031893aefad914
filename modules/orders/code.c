/* Orders' codes: see code.h. */
#include "code.h"

#include <assert.h>
#include <string.h>

unsigned order_code_size(unsigned attempt)
{
    return ORDER_CODE_SIZE + attempt / ORDER_CODE_TRIES;
}

/* Only what the alphabet can spell: it has no I and no O. None has a digit. */
static const char *const rude_words[] = {
    "ANAL", "ANUS", "ARSE", "ASS",  "CRAP", "CUM",   "CUNT", "DAMN",  "DRECK", "FAG",
    "FCK",  "FUC",  "FUK",  "HURE", "JEW",  "KACKE", "KKK",  "MERDE", "NAZ",   "NSDAP",
    "PUTA", "RAPE", "SEX",  "SHAT", "SLUT", "SPAST", "TWAT", "VAG",   "WANK",  "XXX",
};

bool order_code_is_clean(const char *code)
{
    char read[64];
    size_t size = strlen(code);

    if (size >= sizeof(read))
        return false;
    for (size_t i = 0; i <= size; i++)
        read[i] = (char)(code[i] == '3' ? 'E' : code[i] == '7' ? 'T' : code[i]);
    for (size_t i = 0; i < sizeof(rude_words) / sizeof(rude_words[0]); i++) {
        if (strstr(read, rude_words[i]))
            return false;
    }
    return true;
}

static unsigned index_of(char letter)
{
    const char *at = strchr(ORDER_CODE_ALPHABET, letter);

    assert(letter && at);
    return (unsigned)(at - ORDER_CODE_ALPHABET);
}

void order_code_run_begin(struct order_code_run *run, const char *letters)
{
    size_t size = strlen(letters) - 1;
    unsigned step = index_of(letters[size]);

    assert(size >= ORDER_CODE_SIZE && size <= ORDER_CODE_SIZE_MAX);
    memcpy(run->code, letters, size);
    run->code[size] = '\0';
    run->left = ORDER_CODE_RUN;
    run->step = step + (step % 3 == 0); /* none in common with 27, so that each letter has its turn */
}

static char letter_after(char letter, unsigned step)
{
    return ORDER_CODE_ALPHABET[(index_of(letter) + step) % ORDER_CODE_RUN];
}

const char *order_code_run_next(struct order_code_run *run)
{
    size_t size = strlen(run->code);

    if (run->left == 0)
        return NULL;
    run->left--;
    for (size_t i = size - 2; i < size; i++)
        run->code[i] = letter_after(run->code[i], run->step);
    return run->code;
}
