#pragma once

// For the tests of this module: the sandbox's own API under virtual time and a client by hand.

#include <memory>
#include <string>
#include <string_view>

#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox::internal {

/// Text that looks like a key from good chance, and is the same for the same number.
[[nodiscard]] std::string shop_key(std::uint64_t number);

class Shopper {
public:
    /// Throws where the scenario is refused: a test's mistake.
    explicit Shopper(std::string_view scenario_toml, std::uint64_t seed = 1);
    Shopper(const Shopper&) = delete;
    Shopper& operator=(const Shopper&) = delete;

    Seen send(std::string method, const std::string& target, std::string body = {},
              std::string cookie = {}, http::Headers headers = {}, bool keep = true);
    void log_in();
    /// With the session's cookie, or with all there are, or with `other_cookie` where it is set.
    Seen order(const std::string& reference, const std::string& key, bool keep, bool apart,
               const std::optional<std::string>& other_cookie = std::nullopt);
    void take_cookies(const Seen& seen);
    /// So many requests at the same time, each over a connection of its own.
    void crowd(int count);
    void wait(Duration duration) { scheduler.advance(duration); }
    [[nodiscard]] Finding finding(std::string_view check) const;

    runtime::VirtualScheduler scheduler;
    std::unique_ptr<Sandbox> sandbox;
    std::string host = "shop.test";
    std::string sid;
    std::string theme;

private:
    [[nodiscard]] runtime::Task<Seen> attempt(http::Request request, std::uint64_t connection,
                                              std::uint64_t nth);
    [[nodiscard]] runtime::Task<void> one_of_crowd(std::uint64_t connection);
    std::uint64_t connection_ = 0;
    std::uint64_t on_connection_ = 0;
};

}  // namespace apilab::sandbox::internal
