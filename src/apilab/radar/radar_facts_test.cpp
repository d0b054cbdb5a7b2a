#include "apilab/radar/radar_facts.hpp"

#include <gtest/gtest.h>

namespace apilab::radar {
namespace {

TEST(FailureOf, sorts_errors_into_exit_codes) {
    EXPECT_EQ(failure_of(Error(ErrorKind::connect, "x")), SourceFailure::unreachable);
    EXPECT_EQ(failure_of(Error(ErrorKind::deadline, "x")), SourceFailure::deadline);
    EXPECT_EQ(failure_of(Error(ErrorKind::status, "x").with_ending(Ending::deadline)),
              SourceFailure::deadline);
    EXPECT_EQ(failure_of(Error(ErrorKind::rate_limited, "x")), SourceFailure::gave_up);
    EXPECT_EQ(failure_of(Error(ErrorKind::rate_limited, "x").with_ending(Ending::deadline)),
              SourceFailure::gave_up);
    EXPECT_EQ(failure_of(Error(ErrorKind::status, "x").with_ending(Ending::budget)),
              SourceFailure::gave_up);
}

}  // namespace
}  // namespace apilab::radar
