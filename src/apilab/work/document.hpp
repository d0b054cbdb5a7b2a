#pragma once

#include <cstdint>
#include <string>

#include "apilab/base/clock.hpp"

namespace apilab::work {

/// State that belongs to what is done with events, jobs and messages, and has to change in one
/// transaction with them: a text under a name, with a version. Kept until it is removed; no sweep
/// touches it.
struct Document {
    /// 1 to 64 of `a-z0-9._-`.
    std::string kind;
    /// 1 to 255 bytes of UTF-8 without NUL.
    std::string key;
    /// Any bytes, up to `StoreOptions::body_max`.
    std::string body;
    /// From 1, one more with each change. One that was removed and comes again begins at 1.
    std::int64_t version = 0;
    /// When it was put last.
    SystemTime updated;
};

}  // namespace apilab::work
