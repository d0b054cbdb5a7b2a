#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"

/// Several processes, one token in one file store, and a server that rotates refresh tokens and
/// ends the session of one that turns up twice.
namespace apilab::stampede {

struct Plan {
    /// The program `token_worker`.
    std::string worker;
    /// Where the store is and what the workers say; must exist.
    std::filesystem::path folder;
    int processes = 8;
    /// Ends when the server has given so many tokens. Each lives 10 s of the server's clock.
    int lives = 40;
    /// Seconds of the server's clock, and the workers', in one of the machine.
    int speed = 25;
    /// The process that is the first to be about to save its so many-th dies before it does; 0:
    /// nobody dies. Another one replaces it, and when the user has to be asked all end.
    int dies_at_save = 0;
    /// Of the machine: over by then, whatever there is to see.
    Duration patience = std::chrono::minutes(1);
};

struct Told {
    /// By the server.
    std::int64_t token_requests = 0;
    std::int64_t tokens = 0;
    std::int64_t unauthorized = 0;
    /// By the workers, added up.
    int answered = 0;
    int failed = 0;
    /// Who could not be started, died unplanned or said nothing.
    int silent = 0;
    /// How many ended in `needs_consent`.
    int want_consent = 0;
    std::string last_error;
};

[[nodiscard]] Told play(const Plan& plan);

}  // namespace apilab::stampede
