/* cmocka and the headers that its 1.1.5 wants before it, in that order. */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#endif
