// A thousand lives of a token that eight processes share: ./lab soak stampede [LIVES].

#include <fmt/format.h>
#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>

#include "stampede.hpp"

int main(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    std::string pattern = (std::filesystem::temp_directory_path() / "stampede-XXXXXX").string();
    apilab::stampede::Plan plan{.worker = TOKEN_WORKER, .folder = ::mkdtemp(pattern.data())};
    plan.lives = arguments.size() > 1 ? std::atoi(arguments[1]) : 1'000;
    plan.patience = std::chrono::seconds(plan.lives);
    fmt::print("{} processes, {} lives of 10 s at {} times the machine's speed\n", plan.processes,
               plan.lives, plan.speed);
    std::fflush(stdout);
    const auto told = apilab::stampede::play(plan);
    std::filesystem::remove_all(plan.folder);
    fmt::print(
        "tokens {}, token requests {} (refused: {}), calls answered {}, failed {}, 401s {}\n",
        told.tokens, told.token_requests, told.token_requests - told.tokens, told.answered,
        told.failed, told.unauthorized);
    const bool good = told.tokens >= plan.lives && told.token_requests == told.tokens &&
                      told.failed == 0 && told.silent == 0;
    fmt::print("{}\n", good ? "no refresh token was used twice" : "FAILED " + told.last_error);
    return good ? 0 : 1;
}
