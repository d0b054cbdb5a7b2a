#pragma once

#include <gmock/gmock.h>

#include <ostream>

#include "apilab/base/result.hpp"

// GoogleMock matchers for Results. The only header of the library that needs GoogleTest.

namespace apilab {

inline void PrintTo(const Error& error, std::ostream* out) {
    *out << "Error{" << to_string(error.kind()) << ", " << to_string(error.outcome()) << ", "
         << to_string(error.ending()) << ": " << error.to_string() << "}";
}

}  // namespace apilab

namespace apilab::testing {

/// The Result holds a value; a failure prints the error.
MATCHER(IsOk, "is a value") {
    if (arg.has_value()) {
        return true;
    }
    *result_listener << "which failed: " << to_string(arg.error().kind()) << ": "
                     << arg.error().to_string();
    return false;
}

/// The Result holds an error of that kind.
MATCHER_P(IsError, kind, std::string("is an error of kind ") + std::string(to_string(kind))) {
    if (arg.has_value()) {
        *result_listener << "which is a value";
        return false;
    }
    *result_listener << "which is " << to_string(arg.error().kind()) << ": "
                     << arg.error().to_string();
    return arg.error().kind() == kind;
}

/// The Result holds an error whose whole text (context and remedy too) matches.
MATCHER_P(IsErrorSaying, text_matcher, "is an error whose text matches") {
    if (arg.has_value()) {
        *result_listener << "which is a value";
        return false;
    }
    return ::testing::ExplainMatchResult(text_matcher, arg.error().to_string(), result_listener);
}

}  // namespace apilab::testing
