#pragma once

// Statement macros for .cpp files: take the value of a Result or return its error from here.
//
//     APILAB_TRY(auto text, read_file(path));      in a function that returns Result<...>
//     APILAB_CO_TRY(auto reply, co_await send());  in a coroutine that does

#include <utility>

#include "apilab/base/result.hpp"

#define APILAB_TRY_CAT2(a, b) a##b
#define APILAB_TRY_CAT(a, b) APILAB_TRY_CAT2(a, b)

#define APILAB_TRY_IMPL(tmp, ret, declaration, ...) \
    auto tmp = __VA_ARGS__;                         \
    if (!tmp) {                                     \
        ret ::apilab::fail(std::move(tmp).error()); \
    }                                               \
    declaration = *std::move(tmp)

#define APILAB_TRY(declaration, ...) \
    APILAB_TRY_IMPL(APILAB_TRY_CAT(apilab_try_, __LINE__), return, declaration, __VA_ARGS__)
#define APILAB_CO_TRY(declaration, ...) \
    APILAB_TRY_IMPL(APILAB_TRY_CAT(apilab_try_, __LINE__), co_return, declaration, __VA_ARGS__)

/// For Result<void>: returns the error, or goes on.
#define APILAB_CHECK(...)                                           \
    do {                                                            \
        if (auto apilab_check = __VA_ARGS__; !apilab_check) {       \
            return ::apilab::fail(std::move(apilab_check).error()); \
        }                                                           \
    } while (false)
#define APILAB_CO_CHECK(...)                                           \
    do {                                                               \
        if (auto apilab_check = __VA_ARGS__; !apilab_check) {          \
            co_return ::apilab::fail(std::move(apilab_check).error()); \
        }                                                              \
    } while (false)
