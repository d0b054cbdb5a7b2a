#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/record.hpp"

namespace apilab::observe {

/// What was said in one attempt, fit to be shown and kept: no credentials, bodies bounded
/// (`http/redact.hpp`), and no secret that the process knows.
struct Exchange {
    /// Which attempt of the record, by its place in `CallRecord::attempts`.
    std::size_t attempt = 0;
    std::string method;
    std::string url;
    http::Headers request_headers;
    std::string request_body;
    /// As it was, shown or not.
    std::uint64_t request_body_size = 0;
    /// False: no whole answer came, and what follows is empty.
    bool answered = false;
    /// `OK`; the status is in the attempt.
    std::string reason;
    http::Headers response_headers;
    std::string response_body;
    std::uint64_t response_body_size = 0;
};

/// All that there is to tell of one logical call: what log, store, HAR, waterfall and the command
/// line work from. A value.
struct Story {
    /// By the calendar, of `record.started`; other moments are counted from there.
    SystemTime started;
    http::CallRecord record;
    /// In the order of the attempts; there may be none where nobody kept them.
    std::vector<Exchange> exchanges;

    /// A moment of the record by the calendar.
    [[nodiscard]] SystemTime at(SteadyTime time) const {
        return started + std::chrono::duration_cast<SystemTime::duration>(time - record.started);
    }
};

}  // namespace apilab::observe
